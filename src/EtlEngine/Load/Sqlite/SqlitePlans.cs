using EtlTools.Engine.Records;
using SQLitePCL;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>The mappings and prepared plans of the schemas seen lately.</summary>
internal sealed class SqlitePlans : IDisposable
{
    private readonly sqlite3 _database;
    private readonly SqliteTable _table;
    private readonly LoadOptions _options;
    private readonly MappingCache<SqliteMapping> _mappings;
    private readonly List<SqlitePlan> _plans = [];

    public SqlitePlans(sqlite3 database, SqliteTable table, LoadOptions options)
    {
        _database = database;
        _table = table;
        _options = options;
        _mappings = new MappingCache<SqliteMapping>(schema => new SqliteMapping(table, schema, options), Forget);
    }

    public SqliteMapping MappingOf(Schema schema) => _mappings.Of(schema);

    public SqlitePlan PlanOf(Record record)
    {
        SqliteMapping mapping = MappingOf(record.Schema);
        return mapping.FreeRowid < 0 || record[mapping.Sources[mapping.FreeRowid]] is not null
            ? mapping.Plan ??= Make(mapping, -1)
            : mapping.PlanWithoutRowid ??= Make(mapping, mapping.FreeRowid);
    }

    /// <summary>Forgets all: statements are finalized.</summary>
    public void Dispose() => _mappings.Clear();

    private void Forget()
    {
        _plans.ForEach(plan => plan.Dispose());
        _plans.Clear();
    }

    private SqlitePlan Make(SqliteMapping mapping, int without)
    {
        int[] kept = [.. Enumerable.Range(0, mapping.Columns.Length).Where(i => i != without)];
        var plan = new SqlitePlan(_database, _table, _options, [.. kept.Select(i => mapping.Columns[i])], [.. kept.Select(i => mapping.Sources[i])]);
        _plans.Add(plan);
        return plan;
    }
}
