using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A table of a PostgreSQL database.</summary>
internal sealed class PostgresTarget(NpgsqlConnection connection, PostgresSource source, TableName wanted, LoadOptions options, PostgresTable? table)
    : StagedTarget<PostgresColumn, PostgresTable>(options, table)
{
    private readonly PostgresKeyHash _hash = new();
    private readonly PostgresWidening _widening = new();
    private readonly TargetConnection<NpgsqlConnection> _own =
        new(connection, source.OpenAsync, options.WatermarkTable, PostgresWatermarkLock.TakeAsync, e => PostgresErrors.ToException(e, source));

    public override string Database => source.Name;

    public override string Table => (Definition?.Name ?? wanted).ToString();

    public PostgresSource Source => source;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run => _own.Run;

    public override int HashKey(Record record) => _hash.Of(record, Definition!, Options);

    public override ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<ITargetSession>(new PostgresSession(this));

    public override ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, CancellationToken cancellationToken) =>
        _own.LockWatermarkAsync(name, run, WatermarksOf, cancellationToken);

    /// <summary>The watermarks, over a connection.</summary>
    public WatermarkStore WatermarksOf(NpgsqlConnection open) =>
        new(open, PostgresSql.Watermarks(Options.WatermarkTable), e => PostgresErrors.ToException(e, source));

    /// <summary>Makes sure that the claim still holds after connections were lost.</summary>
    public ValueTask KeepWatermarkLockAsync(CancellationToken cancellationToken) => _own.KeepWatermarkLockAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _own.DisposeAsync().ConfigureAwait(false);
    }

    protected override PostgresTable Define(Record record)
    {
        string[] names = [.. record.Schema.Names.Select(Options.TargetNameOf)];
        int[] keys = [.. Options.Key.Select(key => Array.FindIndex(names, name => string.Equals(name, key, StringComparison.OrdinalIgnoreCase)))];
        int missing = Array.IndexOf(keys, -1);
        if (missing >= 0)
            throw ColumnFaults.KeyMissing(Options.Key[missing], names);
        PostgresColumn[] columns = [.. names.Select((name, i) => PostgresTypes.Define(name, record, i, keys.Contains(i)))];
        return new PostgresTable { Name = wanted, Columns = columns, Key = [.. keys.Select(i => columns[i])], IsEmpty = true };
    }

    protected override RowFault? Check(PostgresTable table, Record record)
    {
        return new PostgresRows(new StagedPlans<PostgresColumn>(table, Options), new PostgresEncoder(), () => false).Add(0, record);
    }

    protected override PostgresColumn DefineColumn(string name, Record record, int index) => PostgresTypes.Define(name, record, index, isKey: false);

    protected override string CreateTable(PostgresTable table) => PostgresSql.CreateTable(table);

    protected override string AddColumn(PostgresTable table, PostgresColumn column) => PostgresSql.AddColumn(table.Name, column);

    protected override string AlterColumn(PostgresTable table, PostgresColumn column) => PostgresSql.AlterColumn(table.Name, column);

    protected override string CreateWatermarks() => PostgresSql.Watermarks(Options.WatermarkTable).Create;

    protected override IEnumerable<string> LoadBatch(PostgresTable table, StagedPlan<PostgresColumn> plan) =>
        [.. table.TakesCopies ? new[] { PostgresSql.CopyToTable(table, plan.Columns) } : [], PostgresSql.CreateStage(table), PostgresSql.Copy(table, plan.Columns), PostgresSql.Upsert(table, plan, Options, without: false)];

    protected override PostgresColumn? Widen(PostgresColumn column, Record record, int index) => _widening.Of(column, record, index);

    protected override ValueTask<StagedChange<PostgresColumn, PostgresTable>> AlterAsync(
        Func<PostgresTable, IReadOnlyList<Widening<PostgresColumn>>> choose, CancellationToken cancellationToken) => _own.UseAsync(
        open => new PostgresChanger(open, Definition!.Name, () => ReadAsync(open, cancellationToken)).ChangeAsync(choose, cancellationToken), cancellationToken);

    protected override ValueTask<PostgresTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => _own.UseAsync(
        async open =>
        {
            using var command = new NpgsqlCommand(string.Join("; ", statements), open);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return await ReadAsync(open, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private async ValueTask<PostgresTable> ReadAsync(NpgsqlConnection open, CancellationToken cancellationToken) =>
        (await new PostgresTableReader(open, Options).ReadAsync(wanted, cancellationToken).ConfigureAwait(false))!;
}
