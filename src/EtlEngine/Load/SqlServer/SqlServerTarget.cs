using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A table of SQL Server, over a connection that describes it, changes it and holds the watermark's name.</summary>
internal sealed class SqlServerTarget(SqlServerConnector connector, SqlConnection connection, TableName name, LoadOptions loadOptions, SqlServerTable? table)
    : StagedTarget<SqlServerColumn, SqlServerTable>(loadOptions, table)
{
    private MappingCache<ColumnMapping<SqlServerColumn>>? _keyMappings;
    private SqlServerTable? _keyTable;
    private readonly TargetConnection<SqlConnection> _own =
        new(connection, connector.OpenAsync, loadOptions.WatermarkTable, SqlServerWatermarkLock.TakeAsync, e => SqlServerFailures.ToException((SqlException)e, connector));

    public override string Database => connector.Name;

    public override string Table => (Definition?.Name ?? name).ToString();

    public SqlServerConnector Connector => connector;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run => _own.Run;

    public override IReadOnlyList<EtlException> Warnings => Definition is not { HasUniqueKey: false } found ? [] :
    [
        new EtlException(
            FailureCodes.KeyNotUnique, FailureKind.InvalidCall,
            $"The table '{found.Name}' has no unique index on exactly the columns of -Key ({string.Join(", ", found.Key.Select(column => column.Name))}): each batch reads the whole table, "
            + $"and other loads may write a key twice. Make the index: {SqlServerSql.CreateUniqueIndex(found.Name, found.Key)}"),
    ];

    public override int HashKey(Record record)
    {
        if (!ReferenceEquals(_keyTable, Definition))
        {
            _keyTable = Definition!;
            _keyMappings = new MappingCache<ColumnMapping<SqlServerColumn>>(schema => new ColumnMapping<SqlServerColumn>(_keyTable, schema, Options), () => { });
        }
        ColumnMapping<SqlServerColumn> mapping = _keyMappings!.Of(record.Schema);
        var hash = new HashCode();
        for (int i = 0; i < mapping.KeySources.Length; i++)
        {
            if (mapping.KeySources[i] < 0)
                continue;
            SqlServerColumn column = _keyTable!.Key[i];
            SqlServerConverter.Convert(record[mapping.Sources[mapping.KeySources[i]]], column, out object? value);
            hash.Add(SqlServerKeyHash.Hash(column, value));
        }
        return hash.ToHashCode();
    }

    public override ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken) => ValueTask.FromResult<ITargetSession>(new SqlServerSession(this));

    public override ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, CancellationToken cancellationToken) =>
        _own.LockWatermarkAsync(name, run, WatermarksOver, cancellationToken);

    /// <summary>Makes sure that the claim still holds after connections were lost.</summary>
    public ValueTask KeepWatermarkLockAsync(CancellationToken cancellationToken) => _own.KeepWatermarkLockAsync(cancellationToken);

    /// <summary>The watermarks over a connection, in its open transaction if it has one.</summary>
    public WatermarkStore WatermarksOver(SqlConnection over) =>
        new(over, SqlServerSql.Watermarks(Options.WatermarkTable), e => SqlServerFailures.ToException((SqlException)e, connector));

    /// <summary>A command with the load's time-out.</summary>
    public SqlCommand NewCommand(SqlConnection over, string text) => new(text, over) { CommandTimeout = connector.CommandTimeout };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _own.DisposeAsync().ConfigureAwait(false);
    }

    protected override SqlServerTable Define(Record record) => SqlServerTableMaker.Define(name, Options, record);

    protected override RowFault? Check(SqlServerTable table, Record record)
    {
        return new SqlServerRows(new StagedPlans<SqlServerColumn>(table, Options), () => false).Add(0, record);
    }

    protected override SqlServerColumn DefineColumn(string name, Record record, int index) => SqlServerTableMaker.DefineColumn(name, record, index);

    protected override string CreateTable(SqlServerTable table) => SqlServerSql.CreateTable(table);

    protected override string AddColumn(SqlServerTable table, SqlServerColumn column) => SqlServerSql.AddColumn(table, column);

    protected override string AlterColumn(SqlServerTable table, SqlServerColumn column) => SqlServerSql.AlterColumn(table.Name, column);

    protected override string CreateWatermarks() => SqlServerSql.Watermarks(Options.WatermarkTable).Create;

    /// <summary>The bulk copy between the first two is the driver's own.</summary>
    protected override IEnumerable<string> LoadBatch(SqlServerTable table, StagedPlan<SqlServerColumn> plan) =>
    [
        SqlServerSql.CreateStaging(table, plan.Columns), SqlServerSql.Duplicates(table),
        new SqlServerUpsert(table, plan.Columns, Options, skipsRows: false).Text,
    ];

    protected override SqlServerColumn? Widen(SqlServerColumn column, Record record, int index) => SqlServerWidening.Of(column, record, index);

    protected override ValueTask<StagedChange<SqlServerColumn, SqlServerTable>> AlterAsync(
        Func<SqlServerTable, IReadOnlyList<Widening<SqlServerColumn>>> choose, CancellationToken cancellationToken) => _own.UseAsync(
        open => new SqlServerChanger(open, Definition!.Name, () => ReadAsync(open, cancellationToken)).ChangeAsync(choose, cancellationToken), cancellationToken);

    protected override ValueTask<SqlServerTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => _own.UseAsync(
        async open =>
        {
            SqlCommand command = NewCommand(open, string.Join('\n', statements));
            await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return await ReadAsync(open, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private async ValueTask<SqlServerTable> ReadAsync(SqlConnection open, CancellationToken cancellationToken) =>
        await SqlServerTableReader.ReadAsync(open, name, Options, cancellationToken).ConfigureAwait(false) ?? throw SqlServerDialect.NoTable(name, connector);
}
