using System.Data.Common;
using EtlTools.Engine.Extract.Sql;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>PostgreSQL: rows are copied to a staging table in binary format, and upserted from there.</summary>
internal sealed class PostgresDialect : IDialect
{
    public string Name => "PostgreSQL";

    public bool IsOnServer => true;

    public bool TakesShares => true;

    public bool Recognizes(DbConnectionStringBuilder connectionString) => connectionString.ContainsKey("Host");

    public async ValueTask<ITarget> OpenAsync(LoadOptions options, CancellationToken cancellationToken)
    {
        TableName wanted = TableName.Parse(options.Table).RequireLasting(PostgresSql.Temporary);
        var source = PostgresSource.Parse(options);
        return await ConnectAsync<ITarget>(
            source,
            source.NewConnection(),
            async connection =>
            {
                // Describing a table that somebody has locked waits.
                await RunAsync(connection, PostgresSql.BeginBriefly, cancellationToken).ConfigureAwait(false);
                await RequireWritableAsync(connection, source, cancellationToken).ConfigureAwait(false);
                if (options.CreateTable)
                    PostgresNames.RequireTable(wanted);
                PostgresTable? table = await new PostgresTableReader(connection, options).ReadAsync(wanted, cancellationToken).ConfigureAwait(false);
                if (table is null && !options.CreateTable)
                    throw new EtlException(
                        FailureCodes.TableNotFound, FailureKind.NotFound,
                        $"The table '{wanted}' does not exist in {source.Name}. Check -Table and its schema, or use -CreateTable to create it from the first record.{await new TargetCatalog(connection, PostgresSql.Catalog).HintAsync(wanted, cancellationToken).ConfigureAwait(false)}");
                await RunAsync(connection, "ROLLBACK", cancellationToken).ConfigureAwait(false);
                return new PostgresTarget(connection, source, wanted, options, table);
            },
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<WatermarkStore> OpenWatermarksAsync(TargetOptions options, TableName table, CancellationToken cancellationToken)
    {
        var source = PostgresSource.Parse(options);
        return await ConnectAsync(
            source,
            source.NewConnection(),
            connection => ValueTask.FromResult(new WatermarkStore(connection, PostgresSql.Watermarks(table), e => PostgresErrors.ToException(e, source))
            {
                Lock = async (name, token) =>
                {
                    var held = new PostgresWatermarkLock(source, name, table);
                    await held.HoldAsync(token).ConfigureAwait(false);
                    return held;
                },
            }),
            cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<TargetCatalog> OpenCatalogAsync(TargetOptions options, CancellationToken cancellationToken)
    {
        var source = PostgresSource.Parse(options);
        return await ConnectAsync(
            source, source.NewConnection(), connection => ValueTask.FromResult(new TargetCatalog(connection, PostgresSql.Catalog)), cancellationToken).ConfigureAwait(false);
    }

    public string? SchemasOf(TargetOptions options) => PostgresSource.Parse(options).SearchPath;

    public string NameOf(TargetOptions options) => PostgresSource.Parse(options).Name;

    public async ValueTask<QuerySession> OpenQueryAsync(TargetOptions options, CancellationToken cancellationToken)
    {
        var source = PostgresSource.Parse(options);
        return await ConnectAsync(source, source.NewReadingConnection(), connection => ValueTask.FromResult(new PostgresQuerySession(connection, source)), cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<T> ConnectAsync<T>(
        PostgresSource source, NpgsqlConnection connection, Func<NpgsqlConnection, ValueTask<T>> open, CancellationToken cancellationToken)
    {
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await open(connection).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (e is DbException database)
                throw PostgresErrors.ToOpeningException(database, source);
            throw;
        }
    }

    private static async ValueTask RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask RequireWritableAsync(NpgsqlConnection connection, PostgresSource source, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(
            "SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only') = 'on', has_database_privilege(current_database(), 'TEMP')", connection);
        NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = row.ConfigureAwait(false);
        await row.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (row.GetBoolean(0))
            throw PostgresErrors.ReadOnly(source);
        if (!row.GetBoolean(1))
            throw new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"The user is not allowed to create temporary tables in {source.Name}. Connect as another user (-Credential), or have its owner run: GRANT TEMPORARY ON DATABASE ... TO the user.");
    }
}
