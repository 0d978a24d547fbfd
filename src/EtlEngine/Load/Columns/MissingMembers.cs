using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// Completes records whose nested objects were made columns, such as addr.city. An object that is null or empty has no members to make
/// columns of: it is a column addr, which the table does not have, and the row would keep the old addr.city. Such a record gets a null for each
/// column of the table that is a member of it. One thread.
/// </summary>
internal sealed class MissingMembers
{
    private readonly LoadOptions _options;
    private readonly MappingCache<EmptyObject[]> _cache;
    private TargetTable? _table;

    public MissingMembers(LoadOptions options)
    {
        _options = options;
        _cache = new MappingCache<EmptyObject[]>(Find);
    }

    /// <summary>The record with the members of its empty objects; the same record if it has none.</summary>
    public Record Complete(Record record, TargetTable? table)
    {
        if (table is null)
            return record;
        if (!ReferenceEquals(table, _table))
        {
            _table = table;
            _cache.Clear();
        }
        while (FindEmpty(record) is { } empty)
            record = record.Reshape(empty.Schema, empty.Map, keepsWeight: true);
        return record;
    }

    private EmptyObject? FindEmpty(Record record)
    {
        foreach (EmptyObject column in _cache.Of(record.Schema))
        {
            if (record[column.Index] is null or DBNull or JsonValue { IsEmptyObject: true })
                return column;
        }
        return null;
    }

    /// <summary>The columns of a schema that the table lacks, but whose members it has.</summary>
    private EmptyObject[] Find(Schema schema) =>
        [.. Enumerable.Range(0, schema.Count).Where(index => _table!.Find(_options.TargetNameOf(schema[index])) is null).Select(index => Find(schema, index)).OfType<EmptyObject>()];

    private EmptyObject? Find(Schema schema, int index)
    {
        string[] members = [.. _table!.Columns.Where(column => column is { IsGenerated: false, IsLeftOut: false, Refusal: null }).Select(column => column.Name).Concat(_options.ColumnMap.Keys)
            .Where(name => name.StartsWith(schema[index] + '.', StringComparison.OrdinalIgnoreCase) && schema.IndexOf(name) < 0 && _table.Find(_options.TargetNameOf(name)) is not null)
            .Distinct(StringComparer.OrdinalIgnoreCase)];
        if (members.Length == 0)
            return null;
        IEnumerable<(string Name, int Source)> columns = schema.Names.Select((name, i) => (name, i));
        (string Name, int Source)[] completed = [.. columns.Take(index), .. members.Select(name => (name, -1)), .. columns.Skip(index + 1)];
        return new EmptyObject(index, new Schema(completed.Select(column => column.Name)), new ColumnMap(completed.Select(column => column.Source)));
    }

    /// <summary>A column that stands for an object if it is null or empty.</summary>
    /// <param name="Index">Its place in the record.</param>
    /// <param name="Schema">The columns with those of its members in its place.</param>
    /// <param name="Map">Where they come from.</param>
    private sealed record EmptyObject(int Index, Schema Schema, ColumnMap Map);
}
