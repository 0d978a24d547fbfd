using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using Npgsql;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>A table of a PostgreSQL database.</summary>
internal sealed class PostgresTarget(NpgsqlConnection connection, PostgresSource source, TableName wanted, LoadOptions options, PostgresTable? table)
    : StagedTarget(options, table), ITarget
{
    private readonly PostgresKeyHash _hash = new();
    private readonly TargetConnection<NpgsqlConnection> _own =
        new(connection, source.OpenAsync, e => PostgresErrors.ToLoadException(e, source));

    private PostgresWatermarkLock? _lock;

    public override string Database => source.Name;

    public override string Table => (Definition?.Name ?? wanted).ToString();

    public PostgresSource Source => source;

    public override int HashKey(Record record) => _hash.Of(record, Definition!, Options);

    public bool TryFindShare(Record record, int count, out int share) => _hash.TryFindShare(record, Definition!, Options, count, out share);

    public override ITargetSession NewSession(CancellationToken stopping) => new PostgresSession(this);

    public override ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken) => _own.UseAsync(
        async open =>
        {
            _lock ??= new PostgresWatermarkLock(source, name, Options.WatermarkTable, Options.JobName);
            await _lock.HoldAsync(cancellationToken).ConfigureAwait(false);
            await _lock.RequireSecondSessionAsync(open, cancellationToken).ConfigureAwait(false);
            if (Options.Partition is { } share)
            {
                await new ShareOpening(WatermarksOf(open), Options.JobName!, share, Options.Key, TimeProvider.System.GetUtcNow())
                    .OpenAsync(names => PostgresWatermarkLock.TryAllAsync(open, Options.WatermarkTable, names, cancellationToken), cancellationToken).ConfigureAwait(false);
            }
            Run = run;
            return await WatermarksOf(open).ClaimAsync(name, run, require, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    public ValueTask<int> PinSourceAsync(SourceInfo next, int previous, CancellationToken cancellationToken) => Options.JobName is not { } job
        ? ValueTask.FromResult(-1)
        : _own.UseAsync(open => new SharePins(WatermarksOf(open), job, Options.Partition!).PinAsync(next, previous, cancellationToken), cancellationToken);

    public ValueTask<string?> ReadShareAsync(CancellationToken cancellationToken) =>
        _own.UseAsync(open => WatermarksOf(open).ReadCountsAsync(Options.WatermarkName!, cancellationToken), cancellationToken);

    /// <summary>The watermarks, over a connection.</summary>
    public WatermarkStore WatermarksOf(NpgsqlConnection open) =>
        new(open, PostgresSql.Watermarks(Options.WatermarkTable), e => PostgresErrors.ToLoadException(e, source));

    /// <summary>Checks that the claim still holds after connections were lost.</summary>
    public ValueTask KeepWatermarkLockAsync(CancellationToken cancellationToken) => _lock?.HoldAsync(cancellationToken) ?? ValueTask.CompletedTask;

    /// <summary>Gives the target's own connection to a writer if it is no longer needed, because a user may have few connections.</summary>
    public ValueTask LeaveConnectionAsync(CancellationToken cancellationToken) =>
        Options.ExtraColumn == ExtraColumn.Add || Options.SchemaChange == SchemaChange.Evolve ? ValueTask.CompletedTask : _own.CloseAsync(cancellationToken);

    /// <summary>The rows are committed, so a sequence that cannot be set is only reported.</summary>
    public override async ValueTask<IReadOnlyList<StageNotice>> FinishAsync(CancellationToken cancellationToken)
    {
        if (Definition is not PostgresTable { IsView: false } table || !table.Columns.Any(column => column.IsIdentity || column.HasDefault))
            return [];
        try
        {
            return await _own.UseAsync(open => PostgresSequences.SetForwardAsync(open, table, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is EtlException or TransientTargetException)
        {
            return
            [
                new StageNotice(NoticeLevel.Warning, new EtlException(
                    FailureCodes.StatementFailed, FailureKind.InvalidData,
                    $"The rows are loaded, but it could not be checked whether a sequence of '{table.Name}' is behind them: {e.Message.TrimEnd('.')}.", e)),
            ];
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync().ConfigureAwait(false);
        await _own.DisposeAsync().ConfigureAwait(false);
        if (_lock is not null)
            await _lock.DisposeAsync().ConfigureAwait(false);
    }

    public override StagedRows NewRows(StagedPlans? plans, Func<bool> isStale) => new PostgresRows(plans, isStale);

    protected override StagedTable Define(Record record)
    {
        (TargetColumn[] columns, TargetColumn[] key) = NewTable.Define(Options, record, (index, _) => PostgresTypes.For(record, index));
        return new PostgresTable { Name = wanted, Columns = columns, Key = key, IsEmpty = true };
    }

    protected override TargetType TypeFor(Record record, int index) => PostgresTypes.For(record, index);

    protected override RowFault? WhyNotMade(string column) => PostgresNames.WhyNotColumn(column);

    protected override string CreateWatermarks() => PostgresSql.Watermarks(Options.WatermarkTable).Create;

    protected override ValueTask<StagedChange> AlterAsync(
        Func<StagedTable, IReadOnlyList<ColumnChange>> choose, CancellationToken cancellationToken) => _own.UseAsync(
        open => new PostgresChanger(open, Definition!.Name, () => ReadAsync(open, cancellationToken)).ChangeAsync(choose, cancellationToken), cancellationToken);

    protected override ValueTask<StagedTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken) => _own.UseAsync(
        async open =>
        {
            using var command = new NpgsqlCommand(string.Join("; ", [PostgresSql.WaitBriefly, .. statements]), open);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            return await ReadAsync(open, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    private async ValueTask<StagedTable> ReadAsync(NpgsqlConnection open, CancellationToken cancellationToken) =>
        (await new PostgresTableReader(open, Options).ReadAsync(wanted, cancellationToken).ConfigureAwait(false))!;
}
