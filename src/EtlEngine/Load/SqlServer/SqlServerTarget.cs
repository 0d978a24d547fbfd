using System.Runtime.CompilerServices;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A table of SQL Server, over a connection that describes it, changes it and holds the lock of the watermark.</summary>
internal sealed class SqlServerTarget(SqlServerConnector connector, SqlConnection connection, TableName name, LoadOptions loadOptions, SqlServerTable? table)
    : StagedTarget(loadOptions, table)
{
    /// <summary>An object or column of this name exists already: 2714 and 2705.</summary>
    private const int TableExists = 2714, ColumnExists = 2705;

    private readonly SqlServerKeyHash _hash = new();
    private readonly SqlServerWatermarkLock _lock = new(loadOptions.WatermarkTable);
    private readonly TargetConnection<SqlConnection> _own = new(connection, connector.OpenAsync, e => SqlServerFailures.ToException((SqlException)e, connector));

    public override string Database => connector.Name;

    public override string Table => (Definition?.Name ?? name).ToString();

    public SqlServerConnector Connector => connector;

    public override IReadOnlyList<EtlException> Warnings => Definition is not SqlServerTable { HasUniqueKey: false, Key.Count: > 0 } found ? [] :
    [
        new EtlException(
            FailureCodes.KeyNotUnique, FailureKind.InvalidCall,
            $"The table '{found.Name}' has no unique index on exactly the columns of -Key ({string.Join(", ", found.Key.Select(column => column.Name))}): each batch reads the whole table, "
            + $"and other loads may write a key twice. Make the index: {SqlServerSql.CreateUniqueIndex(found.Name, found.Key)}"),
    ];

    public override int HashKey(Record record) => _hash.Of(record, Definition!, Options);

    public override ITargetSession NewSession(CancellationToken stopping) => new SqlServerSession(this);

    public override ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken)
    {
        _lock.Claim(name);
        Run = run;
        return UseOwnAsync(open => WatermarksOver(open).ClaimAsync(name, run, require, cancellationToken), cancellationToken);
    }

    /// <summary>Checks that the claim still holds after connections were lost. The driver notices a lost connection only when it is used;
    /// the next attempt then claims the name again.</summary>
    public async ValueTask KeepWatermarkLockAsync(CancellationToken cancellationToken)
    {
        if (Run == Guid.Empty)
            return;
        await UseOwnAsync(
            async open =>
            {
                SqlCommand probe = NewCommand(open, SqlServerSql.Probe);
                await using ConfiguredAsyncDisposable disposing = probe.ConfigureAwait(false);
                return await probe.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            },
            cancellationToken).ConfigureAwait(false);
    }

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

    public override StagedRows NewRows(StagedPlans? plans, Func<bool> isStale) => new SqlServerRows(plans, isStale);

    protected override StagedTable Define(Record record)
    {
        (TargetColumn[] columns, TargetColumn[] key) = NewTable.Define(
            Options, record, (index, isKey) => isKey ? SqlServerTypes.ForKey(record, index, Options.Key.Count) : TypeFor(record, index));
        const int mostColumns = 1024;
        if (columns.Length >= mostColumns)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"The first record has {columns.Length} columns. A table of SQL Server has at most {mostColumns}, and the loader's staging table needs one of them. Leave some out.");
        return new SqlServerTable { Name = name, Columns = columns, Key = key };
    }

    protected override TargetType TypeFor(Record record, int index) => SqlServerTypes.For(record, index, isSized: Options.SchemaChange == SchemaChange.Evolve);

    protected override string CreateWatermarks() => SqlServerSql.Watermarks(Options.WatermarkTable).Create;

    protected override ValueTask<StagedChange> AlterAsync(
        Func<StagedTable, IReadOnlyList<ColumnChange>> choose, CancellationToken cancellationToken) => UseOwnAsync(
        open => new SqlServerChanger(open, Definition!.Name, () => ReadAsync(open, cancellationToken)).ChangeAsync(choose, cancellationToken), cancellationToken);

    protected override ValueTask<StagedTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => UseOwnAsync(
        async open =>
        {
            foreach (string statement in statements)
            {
                SqlCommand command = NewCommand(open, statement);
                await using ConfiguredAsyncDisposable disposing = command.ConfigureAwait(false);
                try
                {
                    await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (SqlException e) when (e.Errors.Cast<SqlError>().Any(error => error.Number is TableExists or ColumnExists))
                {
                    // Another run has created it meanwhile; the existing table counts.
                }
            }
            return await ReadAsync(open, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private ValueTask<T> UseOwnAsync<T>(Func<SqlConnection, ValueTask<T>> use, CancellationToken cancellationToken) => _own.UseAsync(
        async open =>
        {
            await _lock.HoldAsync(open, cancellationToken).ConfigureAwait(false);
            return await use(open).ConfigureAwait(false);
        },
        cancellationToken);

    private async ValueTask<StagedTable> ReadAsync(SqlConnection open, CancellationToken cancellationToken) =>
        await SqlServerTableReader.ReadAsync(open, name, Options, cancellationToken).ConfigureAwait(false) ?? throw SqlServerDialect.NoTable(name, connector);
}
