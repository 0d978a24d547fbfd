using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Staged;

/// <summary>A table that is loaded through staging tables, by writers with a connection each.</summary>
internal abstract class StagedTarget<TColumn, TTable>(LoadOptions options, TTable? table) : ITarget
    where TColumn : TargetColumn
    where TTable : StagedTable<TColumn>
{
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly HashSet<string> _notWidened = [];
    private volatile TTable? _table = table;

    public abstract string Database { get; }

    public abstract string Table { get; }

    public virtual IReadOnlyList<EtlException> Warnings => [];

    public LoadOptions Options => options;

    /// <summary>The table as it is now; null until the first good record has come.</summary>
    public TTable? Definition => _table;

    public int MaxWriters => Definition is { OrderMatters: false, HasHashableKey: true } ? int.MaxValue : 1;

    public ValueTask<RowFault?> FitAsync(Record record, bool isFirst, CancellationToken cancellationToken) => OneByOneAsync(
        async () =>
        {
            if (_table is null)
            {
                TTable made = Define(record);
                if (Check(made, record) is { } fault)
                    return fault;
                // Another run may have made it at the same moment: what counts is what is there.
                _table = await ChangeAsync([CreateTable(made)], cancellationToken).ConfigureAwait(false);
            }
            ColumnMapping<TColumn> mapping = new(_table, record.Schema, options);
            if (options.ExtraColumn == ExtraColumn.Add && mapping.Extra.Count > 0)
            {
                TTable found = _table;
                _table = await ChangeAsync([.. mapping.Extra.Select(index => AddColumn(found, DefineExtra(record, index)))], cancellationToken).ConfigureAwait(false);
                mapping = new(_table, record.Schema, options);
            }
            if (isFirst)
            {
                mapping.RequireFitting(_table);
                ColumnFaults.RequireKnown(_table, options);
            }
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
            StagedChange<TColumn, TTable> change = await AlterAsync(found => Wider(found, record), cancellationToken).ConfigureAwait(false);
            _table = change.Table;
            if (change.Refused is { } refused)
            {
                _notWidened.Add(refused.From.Name);
                tell(Widening.Refused(_table.Name, refused.From.Name, refused.From.DeclaredType, refused.To.DeclaredType, change.Reason!));
                return false;
            }
            foreach (Widening<TColumn> done in change.Done)
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
        TTable table = _table ?? Define(record);
        if (_table is null)
            statements.Add(CreateTable(table));
        if (options.ExtraColumn == ExtraColumn.Add)
        {
            TColumn[] extra = [.. new ColumnMapping<TColumn>(table, record.Schema, options).Extra.Select(index => DefineExtra(record, index))];
            statements.AddRange(extra.Select(column => AddColumn(table, column)));
            Array.ForEach(extra, column => changes[column.Name] = "added");
            table = table with { Columns = [.. table.Columns, .. extra] };
        }
        new ColumnMapping<TColumn>(table, record.Schema, options).RequireFitting(table);
        ColumnFaults.RequireKnown(table, options);
        if (options.SchemaChange == SchemaChange.Evolve)
        {
            List<Widening<TColumn>> wider = Wider(table, record);
            statements.AddRange(wider.Select(change => AlterColumn(table, change.To)));
            wider.ForEach(change => changes[change.From.Name] = $"widened from {change.From.DeclaredType}");
            table = After(table, wider);
        }
        var plans = new StagedPlans<TColumn>(table, options);
        statements.AddRange(LoadBatch(table, plans.PlanOf(plans.Of(record.Schema), -1)));
        return new LoadPlan
        {
            Database = Database,
            Table = table.Name.ToString(),
            Columns = PlannedColumns.Of(table, record.Schema, options, changes),
            Statements = statements,
            Problem = Check(table, record)?.Message,
        };
    }

    public abstract int HashKey(Record record);

    public abstract ValueTask<ITargetSession> OpenSessionAsync(CancellationToken cancellationToken);

    public abstract ValueTask<IReadOnlyList<Watermark>> LockWatermarkAsync(string name, Guid run, CancellationToken cancellationToken);

    public virtual ValueTask DisposeAsync()
    {
        _changing.Dispose();
        return default;
    }

    /// <summary>The table that -CreateTable makes from a record.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    protected abstract TTable Define(Record record);

    /// <summary>Why a table would not take the record, or null.</summary>
    protected abstract RowFault? Check(TTable table, Record record);

    /// <summary>A column that -ExtraColumn Add makes for one of a record.</summary>
    protected abstract TColumn DefineColumn(string name, Record record, int index);

    /// <summary>The statement that creates the table if it is not there by then.</summary>
    protected abstract string CreateTable(TTable table);

    /// <summary>The statement that adds a column if it is not there by then.</summary>
    protected abstract string AddColumn(TTable table, TColumn column);

    /// <summary>The statement that gives a column the type that it is described with.</summary>
    protected abstract string AlterColumn(TTable table, TColumn column);

    /// <summary>The statement that makes the table of watermarks if it is not there by then.</summary>
    protected abstract string CreateWatermarks();

    /// <summary>The statements that load a batch whose rows have these columns.</summary>
    protected abstract IEnumerable<string> LoadBatch(TTable table, StagedPlan<TColumn> plan);

    /// <summary>Runs statements that create or change the table.</summary>
    /// <returns>The table as it is.</returns>
    protected abstract ValueTask<TTable> ChangeAsync(IReadOnlyList<string> statements, CancellationToken cancellationToken);

    /// <summary>The column with the narrowest type that takes all that it takes now and the record's value; null where it takes
    /// the value already, or none does.</summary>
    protected abstract TColumn? Widen(TColumn column, Record record, int index);

    /// <summary>Gives columns wider types: looks at the table, which nobody else can change meanwhile, and changes it, or leaves
    /// it as it was where the server refuses.</summary>
    /// <param name="choose">Which columns of the table as it is found.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    protected abstract ValueTask<StagedChange<TColumn, TTable>> AlterAsync(Func<TTable, IReadOnlyList<Widening<TColumn>>> choose, CancellationToken cancellationToken);

    /// <summary>The columns to be widened so that the record fits; none where it would not fit even then.</summary>
    private List<Widening<TColumn>> Wider(TTable table, Record record)
    {
        ColumnMapping<TColumn> mapping = new(table, record.Schema, options);
        var wider = new List<Widening<TColumn>>();
        for (int i = 0; i < mapping.Columns.Length; i++)
        {
            TColumn column = mapping.Columns[i];
            if (!table.IsKey(column) && !column.IsIdentity && !_notWidened.Contains(column.Name) && Widen(column, record, mapping.Sources[i]) is { } wide)
                wider.Add(new Widening<TColumn>(column, wide));
        }
        return wider.Count > 0 && Check(After(table, wider), record) is null ? wider : [];
    }

    private static TTable After(TTable table, List<Widening<TColumn>> changes) => table with
    {
        Columns = [.. table.Columns.Select(column => changes.Find(change => ReferenceEquals(change.From, column))?.To ?? column)],
    };

    private TColumn DefineExtra(Record record, int index) => DefineColumn(options.TargetNameOf(record.Schema[index]), record, index);

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
