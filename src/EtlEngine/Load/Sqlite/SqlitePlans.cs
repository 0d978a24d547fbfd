using EtlTools.Engine.Records;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>The mappings and plans of the schemas seen lately. Bounded: data-driven schemas cannot grow it.</summary>
internal sealed class SqlitePlans(sqlite3 database, SqliteTable table) : IDisposable
{
    /// <summary>Schemas remembered; beyond it all are forgotten and prepared afresh as they come.</summary>
    private const int MaxSchemas = 64;

    private readonly Dictionary<Schema, SqliteMapping> _bySchema = new(ReferenceEqualityComparer.Instance);
    private readonly List<SqlitePlan> _plans = [];
    private Schema? _lastSchema;
    private SqliteMapping? _lastMapping;

    public SqliteMapping MappingOf(Schema schema)
    {
        if (ReferenceEquals(schema, _lastSchema))
            return _lastMapping!;
        if (!_bySchema.TryGetValue(schema, out SqliteMapping? mapping))
        {
            if (_bySchema.Count == MaxSchemas)
                Dispose();
            // Objects piped one by one may each have a schema of their own that says the same.
            mapping = _bySchema.FirstOrDefault(known => known.Key.HasSameNames(schema.Names)).Value ?? new SqliteMapping(table, schema);
            _bySchema.Add(schema, mapping);
        }
        _lastSchema = schema;
        _lastMapping = mapping;
        return mapping;
    }

    public SqlitePlan PlanOf(Record record)
    {
        SqliteMapping mapping = MappingOf(record.Schema);
        return mapping.FreeRowid < 0 || record[mapping.FreeRowid] is not null
            ? mapping.Plan ??= Make(mapping, -1)
            : mapping.PlanWithoutRowid ??= Make(mapping, mapping.FreeRowid);
    }

    /// <summary>Forgets all: statements are finalized.</summary>
    public void Dispose()
    {
        _plans.ForEach(plan => plan.Dispose());
        _plans.Clear();
        _bySchema.Clear();
        _lastSchema = null;
    }

    private SqlitePlan Make(SqliteMapping mapping, int without)
    {
        int[] sources = [.. Enumerable.Range(0, mapping.Columns.Length).Where(i => i != without)];
        var plan = new SqlitePlan(database, table, [.. sources.Select(i => mapping.Columns[i])], sources);
        _plans.Add(plan);
        return plan;
    }
}
