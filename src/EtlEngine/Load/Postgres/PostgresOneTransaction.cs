using System.Data.Common;
using EtlTools.Engine.Records;
using Npgsql;
using NpgsqlTypes;
using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>
/// A load that is one transaction. In it, a batch is a savepoint. The keys that arrived are kept in a table that ends with the transaction.
/// Readers see the old rows until the commit, and the table's rights, indexes and views are not touched.
/// </summary>
internal sealed class PostgresOneTransaction(LoadOptions options, PostgresSource source)
{
    private PostgresTable? _table;
    private IReadOnlyList<TargetColumn>? _stageColumns;
    private bool _keepsKeys;
    private bool _isLost;
    private long _deleted;

    private bool IsBegun => _table is not null;

    /// <summary>Throws if the transaction was lost with its connection.</summary>
    public void RequireAlive(bool isConnected)
    {
        if (_isLost || (IsBegun && !isConnected))
            throw Incomplete.Lost(options, source.Name);
    }

    /// <summary>Begins a batch, and with the first one the transaction.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="table">The target.</param>
    /// <param name="keepAlive">The result of <see cref="PostgresKeepAlive"/>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask BeginBatchAsync(NpgsqlConnection connection, PostgresTable table, string keepAlive, CancellationToken cancellationToken)
    {
        if (!IsBegun)
            await BeginAsync(connection, table, keepAlive, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, "SAVEPOINT etl_batch", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates the staging table for the first batch, and empties it for later ones. That of a wide table has only the columns of
    /// the records.</summary>
    public async ValueTask PrepareStageAsync(NpgsqlConnection connection, PostgresTable table, IReadOnlyList<TargetColumn> columns, CancellationToken cancellationToken)
    {
        if (!table.IsWide)
            columns = table.Columns;
        bool fits = _stageColumns is not null && _stageColumns.SequenceEqual(columns);
        _stageColumns = null;
        await RunAsync(
            connection, fits ? $"TRUNCATE {PostgresSql.Stage}" : $"DROP TABLE IF EXISTS {PostgresSql.Stage}; {PostgresSql.CreateStage(table, columns)}", cancellationToken).ConfigureAwait(false);
        _stageColumns = columns;
    }

    /// <summary>Stores the keys of the staged rows.</summary>
    public async ValueTask KeepKeysAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        if (_keepsKeys)
            await RunAsync(connection, PostgresSql.KeepKeys(table), cancellationToken).ConfigureAwait(false);
    }

    public static ValueTask<int> CommitBatchAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        RunAsync(connection, "RELEASE SAVEPOINT etl_batch", cancellationToken);

    /// <summary>Rolls back the open batch, or everything if none was begun.</summary>
    /// <returns>False if the transaction is lost.</returns>
    public async ValueTask<bool> RollbackBatchAsync(NpgsqlConnection connection)
    {
        // It may have been created in the batch.
        _stageColumns = null;
        try
        {
            await RunAsync(connection, IsBegun ? "ROLLBACK TO SAVEPOINT etl_batch; RELEASE SAVEPOINT etl_batch" : "ROLLBACK", CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (DbException)
        {
            // The next use reports it.
            _isLost = IsBegun;
            return false;
        }
    }

    /// <summary>Deletes or marks the rows without a record, and commits.</summary>
    public async ValueTask<long> CompleteAsync(NpgsqlConnection connection, bool takesOut, CancellationToken cancellationToken)
    {
        if (!IsBegun)
            return 0;
        bool isCommitting = false;
        try
        {
            if (takesOut && _keepsKeys)
                _deleted = await TakeOutAsync(connection, cancellationToken).ConfigureAwait(false);
            isCommitting = true;
            await RunAsync(connection, "COMMIT", cancellationToken).ConfigureAwait(false);
            return _deleted;
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation)
        {
            throw Incomplete.Referenced(options, _table!.Name);
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Exception failure = PostgresErrors.ToException(e, source);
            if (failure is not TransientTargetException transient)
                throw failure;
            throw isCommitting && !transient.IsContention
                ? new EtlException(
                    FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                    $"{transient.Message} while the one transaction of the load was committed. All of it is in the table, or nothing: run it again.", e)
                : Incomplete.Lost(options, source.Name, transient.Message);
        }
    }

    private async ValueTask BeginAsync(NpgsqlConnection connection, PostgresTable table, string keepAlive, CancellationToken cancellationToken)
    {
        // The source may keep the transaction waiting.
        await RunAsync(
            connection, $"BEGIN{(table.HasDeferredConstraints ? "; SET CONSTRAINTS ALL IMMEDIATE" : "")}; SET LOCAL idle_in_transaction_session_timeout = 0{keepAlive}", cancellationToken).ConfigureAwait(false);
        _keepsKeys = true;
        if (options.Mode == LoadMode.Replace)
            await BeginReplacingAsync(connection, table, cancellationToken).ConfigureAwait(false);
        else
            await BeginComparingAsync(connection, table, cancellationToken).ConfigureAwait(false);
        if (_keepsKeys)
            await RunAsync(connection, PostgresSql.CreateSeen(table), cancellationToken).ConfigureAwait(false);
        _table = table;
    }

    /// <summary>Prevents other writers from changing the table, and deletes its rows. If other tables refer to it, their rows would be
    /// deleted as well or prevent it; then only rows whose key does not arrive are deleted.</summary>
    private async ValueTask BeginReplacingAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        await RunAsync(
            connection, $"SET LOCAL lock_timeout = '5s'; LOCK TABLE {Quote(table.Name)} IN SHARE ROW EXCLUSIVE MODE; SET LOCAL lock_timeout TO DEFAULT", cancellationToken).ConfigureAwait(false);
        using var find = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::regclass AND conrelid <> confrelid)", connection);
        find.Parameters.Add(new NpgsqlParameter<string> { TypedValue = Quote(table.Name) });
        bool isReferenced = await find.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        if (isReferenced && table.Key.Count == 0)
            throw Incomplete.ReplaceNeedsKey(table.Name);
        _keepsKeys = isReferenced;
        if (!isReferenced)
            _deleted = await RunAsync(connection, MissingRows.DeleteAll(table.Name), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records which rows exist. Others may write while the source is read, and the source says nothing about rows that they
    /// write.</summary>
    private async ValueTask BeginComparingAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        await RequireScopeAsync(connection, table, cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, PostgresSql.CreateThere(table), cancellationToken).ConfigureAwait(false);
        await RunAsync(connection, PostgresSql.KeepThere(table, options), cancellationToken, ScopeValues()).ConfigureAwait(false);
    }

    private async ValueTask RequireScopeAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        foreach ((string name, object? value) in options.MissingScope)
        {
            TargetColumn column = table.Find(name)!;
            using var command = new NpgsqlCommand($"SELECT CAST($1 AS {column.DeclaredType})::text", connection);
            command.Parameters.Add(Text(value));
            try
            {
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException e) when (e.SqlState.StartsWith("22", StringComparison.Ordinal))
            {
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-MissingScope has a value for '{name}' that does not have the column's type ({column.DeclaredType}). Nothing was loaded.");
            }
        }
    }

    private async ValueTask<long> TakeOutAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        PostgresTable table = _table!;
        await RunAsync(
            connection, $"ANALYZE {PostgresSql.Seen}{(options.Mode == LoadMode.Replace ? "" : $"; ANALYZE {PostgresSql.There}")}", cancellationToken).ConfigureAwait(false);
        if (options.RequiresScope)
            await RequireInScopeAsync(connection, table, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<string> statements = PostgresSql.TakeOut(table, options);
        foreach (string statement in statements.SkipLast(1))
            await RunAsync(connection, statement, cancellationToken).ConfigureAwait(false);
        return await RunAsync(connection, statements[^1], cancellationToken, ScopeValues()).ConfigureAwait(false);
    }

    private async ValueTask RequireInScopeAsync(NpgsqlConnection connection, PostgresTable table, CancellationToken cancellationToken)
    {
        using var command = new NpgsqlCommand(PostgresSql.FindOutside(table, options), connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(ScopeValues());
        if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null)
            throw Incomplete.OutsideScope(table.Name);
    }

    private NpgsqlParameter[] ScopeValues() => [.. options.MissingScope.Values.Select(Text)];

    private static NpgsqlParameter Text(object? value) => new()
    {
        NpgsqlDbType = NpgsqlDbType.Text,
        Value = value is null or DBNull ? DBNull.Value : InvariantText.Of(value),
    };

    /// <summary>Runs a statement without a time-out, because it may affect all rows of the table.</summary>
    private static async ValueTask<int> RunAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }
}
