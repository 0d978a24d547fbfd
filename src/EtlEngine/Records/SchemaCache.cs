namespace EtlTools.Engine.Records;

/// <summary>Remembers the schemas of a stream of objects, so that those of the same shape share one; a mixed stream has few
/// shapes. One thread at a time.</summary>
internal sealed class SchemaCache
{
    private const int MaxSchemas = 16;

    private readonly List<Schema> _schemas = [];

    /// <summary>The schema of these columns.</summary>
    /// <exception cref="ArgumentException">A name is empty or occurs twice.</exception>
    public Schema Get(IReadOnlyList<string> names)
    {
        foreach (Schema schema in _schemas)
        {
            if (schema.HasSameNames(names))
                return schema;
        }
        var made = new Schema(names);
        if (_schemas.Count == MaxSchemas)
            _schemas.RemoveAt(0);
        _schemas.Add(made);
        return made;
    }
}
