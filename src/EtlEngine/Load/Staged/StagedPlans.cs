using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Staged;

/// <summary>The mappings of recently seen schemas to the current table, and the plans that they share.</summary>
internal sealed class StagedPlans
{
    private readonly MappingCache<Entry> _mappings;
    private readonly Dictionary<string, StagedPlan> _plans = [];

    public StagedPlans(StagedTable table, LoadOptions options)
    {
        Table = table;
        _mappings = new MappingCache<Entry>(
            schema => new Entry(new ColumnMapping(table, schema, options), table), _plans.Clear);
    }

    public StagedTable Table { get; }

    public Entry Of(Schema schema) => _mappings.Of(schema);

    /// <summary>The plan for a row of the mapping, with all columns or without one.</summary>
    /// <param name="entry">The mapping.</param>
    /// <param name="without">The position of the column, or -1.</param>
    public StagedPlan PlanOf(Entry entry, int without)
    {
        if (without < 0 && entry.Plan is { } known)
            return known;
        TargetColumn[] columns = [.. Table.Columns.Where(column => Array.IndexOf(entry.Mapping.Columns, column) is >= 0 and var at && at != without)];
        string id = string.Join(',', columns.Select(Table.IndexOf));
        if (!_plans.TryGetValue(id, out StagedPlan? plan))
            _plans[id] = plan = new StagedPlan(columns);
        if (without < 0)
            entry.Plan = plan;
        return plan;
    }

    /// <summary>A schema's mapping, with the parts that every row needs.</summary>
    internal sealed class Entry
    {
        public Entry(ColumnMapping mapping, StagedTable table)
        {
            Mapping = mapping;
            Places = [.. mapping.Columns.Select(table.IndexOf)];
            Order = [.. Enumerable.Range(0, mapping.Columns.Length).OrderBy(i => Places[i])];
            IsKey = [.. mapping.Columns.Select(table.IsKey)];
            FreeIdentity = Array.FindIndex(mapping.Columns, column => column.IsIdentity && !table.IsKey(column));
        }

        public ColumnMapping Mapping { get; }

        /// <summary>The places of the mapping's columns in the table.</summary>
        public int[] Places { get; }

        /// <summary>The positions of the mapping's columns, in the order of the table.</summary>
        public int[] Order { get; }

        public bool[] IsKey { get; }

        /// <summary>The position of a column that the database numbers and that is not part of the key, or -1. A row with a null there
        /// keeps or gets its own number.</summary>
        public int FreeIdentity { get; }

        public StagedPlan? Plan { get; set; }
    }
}
