using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load.Staged;

/// <summary>A table that is loaded through staging tables, by writers with their own connections.</summary>
internal abstract class StagedTarget(LoadOptions options, StagedTable? table) : ITarget
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly HashSet<string> _notWidened = [];
    private volatile StagedTable? _table = table;
    private IReadOnlyList<Record> _sample = [];

    public abstract string Database { get; }

    public abstract string Table { get; }

    public virtual IReadOnlyList<EtlException> Warnings => [];

    public LoadOptions Options => options;

    /// <summary>The run that writes watermarks.</summary>
    public Guid Run { get; protected set; }

    /// <summary>The current table; null until the first good record has arrived.</summary>
    public StagedTable? Definition => _table;

    TargetTable? ITarget.Definition => _table;

    public int MaxWriters => Definition is { OrderMatters: false, HasHashableKey: true } ? int.MaxValue : 1;

    public void Learn(IReadOnlyList<Record> sample) => _sample = sample;

    public ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken) => OneByOneAsync(
        async () =>
        {
            if (_table is null)
            {
                StagedTable made = Define(NewTableSample.Example(record, _sample, TypeFor));
                _sample = [];
                RequireNames(made.Columns);
                if (Check(made, record) is { } fault)
                    return fault;
                new ColumnMapping(made, record.Schema, options).RequireFitting(made, options);
                // Another run may have created it at the same moment; the existing table counts.
                _table = await ChangeAsync([made.CreateStatement], cancellationToken).ConfigureAwait(false);
            }
            ColumnMapping mapping = new(_table, record.Schema, options);
            if (options.ExtraColumn == ExtraColumn.Add && mapping.Extra.Count > 0)
            {
                StagedTable found = _table;
                RowFault? unnameable = mapping.Extra.Select(index => WhyNotMade(options.TargetNameOf(record.Schema[index]))).FirstOrDefault(fault => fault is not null);
                if (unnameable is not null)
                    return isFirst ? throw new EtlException(FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"{unnameable.Message} Nothing was loaded.") : unnameable;
                _table = await ChangeAsync([.. mapping.Extra.Select(index => found.AddStatement(DefineExtra(record, index)))], cancellationToken).ConfigureAwait(false);
                mapping = new(_table, record.Schema, options);
            }
            if (isFirst)
                mapping.RequireFitting(_table, options);
            return null;
        },
        cancellationToken);

    public ValueTask<bool> WidenAsync(Record record, Action<EtlException> tell, CancellationToken cancellationToken) => OneByOneAsync(
        async () =>
        {
            // Another writer may have widened it since.
            if (Check(_table!, record) is null)
                return true;
            if (Wider(_table!, record).Count == 0)
                return false;
            StagedChange change = await AlterAsync(found => Wider(found, record), cancellationToken).ConfigureAwait(false);
            _table = change.Table;
            if (change.Refused is { } refused)
            {
                _notWidened.Add(refused.From.Name);
                tell(Widening.Refused(_table.Name, refused.From.Name, refused.From.DeclaredType, refused.To.DeclaredType, change.Reason!));
                return false;
            }
            foreach (ColumnChange done in change.Done)
                tell(Widening.Done(_table.Name, done.From.Name, done.From.DeclaredType, done.To.DeclaredType));
            return Check(_table, record) is null;
        },
        cancellationToken);

    public LoadPlan Plan(Record record)
    {
        var statements = new List<string>();
        var changes = new Dictionary<string, string>();
        if (options.WatermarkName is not null)
            statements.Add(CreateWatermarks());
        StagedTable table = _table ?? Define(record);
        if (_table is null)
        {
            RequireNames(table.Columns);
            statements.Add(table.CreateStatement);
        }
        if (options.ExtraColumn == ExtraColumn.Add)
        {
            TargetColumn[] extra = [.. new ColumnMapping(table, record.Schema, options).Extra.Select(index => DefineExtra(record, index))];
            statements.AddRange(extra.Select(table.AddStatement));
            Array.ForEach(extra, column => changes[column.Name] = "added");
            table = table with { Columns = [.. table.Columns, .. extra] };
        }
        new ColumnMapping(table, record.Schema, options).RequireFitting(table, options);
        if (options.SchemaChange == SchemaChange.Evolve)
        {
            List<ColumnChange> wider = Wider(table, record);
            statements.AddRange(wider.Select(change => table.AlterStatement(change.To)));
            wider.ForEach(change => changes[change.From.Name] = $"widened from {change.From.DeclaredType}");
            table = After(table, wider);
        }
        var plans = new StagedPlans(table, options);
        statements.AddRange(table.LoadStatements(plans.PlanOf(plans.Of(record.Schema), -1), options));
        return new LoadPlan
        {
            Database = Database,
            Table = table.Name.ToString(),
            Columns = PlannedColumns.Of(table, record.Schema, options, changes),
            Statements = statements,
            Problem = Check(table, record)?.Message,
        };
    }

    /// <summary>The rows of a batch.</summary>
    /// <param name="plans">How they are written; null if there is no table yet, and then there are no rows.</param>
    /// <param name="isStale">Whether the table has changed since the batch began.</param>
    public abstract StagedRows NewRows(StagedPlans? plans, Func<bool> isStale);

    public abstract int HashKey(Record record);

    public abstract ITargetSession NewSession(CancellationToken stopping);

    public abstract ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, Action<IReadOnlyList<Watermark>> require, CancellationToken cancellationToken);

    public virtual ValueTask<IReadOnlyList<StageNotice>> FinishAsync(CancellationToken cancellationToken) => ValueTask.FromResult<IReadOnlyList<StageNotice>>([]);

    public virtual ValueTask DisposeAsync()
    {
        _changing.Dispose();
        return default;
    }

    /// <summary>The table that -CreateTable creates from a record.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    protected abstract StagedTable Define(Record record);

    /// <summary>The type for a record's value in a column that -CreateTable or -ExtraColumn Add creates.</summary>
    protected abstract TargetType TypeFor(Record record, int index);

    /// <summary>Why the database cannot have a column of this name, or null.</summary>
    protected virtual RowFault? WhyNotMade(string column) => null;

    /// <summary>The statement that creates the watermark table unless it exists by then.</summary>
    protected abstract string CreateWatermarks();

    /// <summary>Runs statements that create or change the table.</summary>
    /// <returns>The current table.</returns>
    protected abstract ValueTask<StagedTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken);

    /// <summary>Gives columns wider types: reads the table, which nobody else can change meanwhile, and changes it, or leaves it as it was
    /// if the server refuses.</summary>
    /// <param name="choose">Selects columns of the table that was read.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected abstract ValueTask<StagedChange> AlterAsync(Func<StagedTable, IReadOnlyList<ColumnChange>> choose, CancellationToken cancellationToken);

    /// <summary>The columns to widen so that the record fits; none if it would not fit even then.</summary>
    private List<ColumnChange> Wider(StagedTable table, Record record)
    {
        ColumnMapping mapping = new(table, record.Schema, options);
        var wider = new List<ColumnChange>();
        for (int i = 0; i < mapping.Columns.Length; i++)
        {
            TargetColumn column = mapping.Columns[i];
            int index = mapping.Sources[i];
            if (column.IsIdentity || column.IsDomain || _notWidened.Contains(column.Name) || !options.MayWiden(column.Name) || column.Type.Accepts(record, index))
                continue;
            if (column.Type.Wider(record, index).FirstOrDefault(type => type.Accepts(record, index)) is { } wide)
                wider.Add(new ColumnChange(column, column.As(wide)));
        }
        return wider.Count > 0 && Check(After(table, wider), record) is null ? wider : [];
    }

    private static StagedTable After(StagedTable table, List<ColumnChange> changes) => table with
    {
        Columns = [.. table.Columns.Select(column => changes.Find(change => ReferenceEquals(change.From, column))?.To ?? column)],
    };

    /// <summary>Why a table would not accept the record, or null.</summary>
    private RowFault? Check(StagedTable table, Record record)
    {
        using StagedRows rows = NewRows(new StagedPlans(table, options), () => false);
        return rows.Add(0, record);
    }

    private void RequireNames(IEnumerable<TargetColumn> columns)
    {
        if (columns.Select(column => WhyNotMade(column.Name)).FirstOrDefault(fault => fault is not null) is { } fault)
            throw new EtlException(FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"{fault.Message} Nothing was created.");
    }

    private TargetColumn DefineExtra(Record record, int index) => NewTable.Column(options.TargetNameOf(record.Schema[index]), TypeFor(record, index), options);

    private async ValueTask<T> OneByOneAsync<T>(Func<ValueTask<T>> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await change().ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }
}
