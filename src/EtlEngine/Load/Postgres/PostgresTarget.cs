using System.Data.Common;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A table of a PostgreSQL database.</summary>
internal sealed class PostgresTarget(NpgsqlConnection connection, PostgresSource source, TableName wanted, LoadOptions options, PostgresTable? table)
    : StagedTarget<PostgresColumn, PostgresTable>(options, table)
{
    private readonly PostgresKeyHash _hash = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private NpgsqlConnection _connection = connection;
    private (string Name, Guid Run)? _claim;

    public override string Database => source.Name;

    public override string Table => (Definition?.Name ?? wanted).ToString();

    public PostgresSource Source => source;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run => _claim?.Run ?? Guid.Empty;

    public override int HashKey(Record record) => _hash.Of(record, Definition!, Options);

    public override ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<ITargetSession>(new PostgresSession(this));

    public override async ValueTask<IReadOnlyList<Watermark>> ClaimWatermarkAsync(string name, Guid run, CancellationToken cancellationToken)
    {
        return await UseAsync(
            async open =>
            {
                await PostgresClaim.TakeAsync(open, name, Options.WatermarkTable, cancellationToken).ConfigureAwait(false);
                WatermarkStore store = WatermarksOf(open);
                await store.CreateAsync(cancellationToken).ConfigureAwait(false);
                await store.OwnAsync(name, run, cancellationToken).ConfigureAwait(false);
                _claim = (name, run);
                return await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The watermarks, over a connection.</summary>
    public WatermarkStore WatermarksOf(NpgsqlConnection open) =>
        new(open, PostgresSql.Watermarks(Options.WatermarkTable), e => PostgresErrors.ToException(e, source));

    /// <summary>Makes sure that the claim still holds after connections were lost.</summary>
    public async ValueTask KeepClaimAsync(CancellationToken cancellationToken)
    {
        if (_claim is not null)
            await UseAsync(_ => ValueTask.FromResult(true), cancellationToken).ConfigureAwait(false);
    }

    public override async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    protected override PostgresTable Define(Record record)
    {
        string[] names = [.. record.Schema.Names.Select(Options.TargetNameOf)];
        int[] keys = [.. Options.Key.Select(key => Array.FindIndex(names, name => string.Equals(name, key, StringComparison.OrdinalIgnoreCase)))];
        int missing = Array.IndexOf(keys, -1);
        if (missing >= 0)
            throw ColumnFaults.KeyMissing(Options.Key[missing]);
        PostgresColumn[] columns = [.. names.Select((name, i) => PostgresTypes.Define(name, record, i, keys.Contains(i)))];
        return new PostgresTable { Name = wanted, Columns = columns, Key = [.. keys.Select(i => columns[i])] };
    }

    protected override RowFault? Check(PostgresTable table, Record record)
    {
        return new PostgresRows(new StagedPlans<PostgresColumn>(table, Options), new PostgresEncoder(), () => false).Add(0, record);
    }

    protected override ValueTask<PostgresTable> CreateTableAsync(PostgresTable table, CancellationToken cancellationToken) =>
        ChangeAsync([PostgresSql.CreateTable(table)], cancellationToken);

    protected override ValueTask<PostgresTable> AddColumnsAsync(PostgresTable table, Record record, IReadOnlyList<int> extra, CancellationToken cancellationToken) => ChangeAsync(
        [.. extra.Select(index => PostgresSql.AddColumn(table.Name, PostgresTypes.Define(Options.TargetNameOf(record.Schema[index]), record, index, isKey: false)))],
        cancellationToken);

    private ValueTask<PostgresTable> ChangeAsync(string[] statements, CancellationToken cancellationToken) => UseAsync(
        async open =>
        {
            using var command = new NpgsqlCommand(string.Join("; ", statements), open);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return (await new PostgresTableReader(open, Options).ReadAsync(wanted, cancellationToken).ConfigureAwait(false))!;
        },
        cancellationToken);

    /// <summary>Uses the target's own connection, opened anew and with its claim where it was lost.</summary>
    private async ValueTask<T> UseAsync<T>(Func<NpgsqlConnection, ValueTask<T>> use, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_connection.State != System.Data.ConnectionState.Open)
            {
                await _connection.DisposeAsync().ConfigureAwait(false);
                _connection = source.NewConnection();
                await _connection.OpenAsync(cancellationToken).ConfigureAwait(false);
                if (_claim is { } claim)
                    await PostgresClaim.TakeAsync(_connection, claim.Name, Options.WatermarkTable, cancellationToken).ConfigureAwait(false);
            }
            return await use(_connection).ConfigureAwait(false);
        }
        catch (DbException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw PostgresErrors.ToException(e, source);
        }
        finally
        {
            _turn.Release();
        }
    }
}
