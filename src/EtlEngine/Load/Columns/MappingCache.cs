using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The mappings of recently seen schemas. Bounded, so that schemas that depend on the data cannot make it grow. One
/// thread.</summary>
internal sealed class MappingCache<TMapping>(Func<Schema, TMapping> make, Action? forget = null) where TMapping : class
{
    /// <summary>The number of schemas remembered; then all are forgotten and created again as they arrive.</summary>
    private const int MaxSchemas = 64;

    private readonly Dictionary<Schema, TMapping> _bySchema = new(ReferenceEqualityComparer.Instance);
    private Schema? _lastSchema;
    private TMapping? _last;

    public TMapping Of(Schema schema)
    {
        if (!ReferenceEquals(schema, _lastSchema))
            (_last, _lastSchema) = (Find(schema), schema);
        return _last!;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _bySchema.Clear();
        _lastSchema = null;
        forget?.Invoke();
    }

    private TMapping Find(Schema schema)
    {
        if (!_bySchema.TryGetValue(schema, out TMapping? mapping))
        {
            // Objects that are piped one by one may each have their own schema with the same columns.
            Schema? same = _bySchema.Keys.FirstOrDefault(known => schema.HasSameNames(known.Names));
            mapping = same is null ? null : _bySchema[same];
            if (_bySchema.Count == MaxSchemas && same is not null)
                _bySchema.Remove(same);
            else if (_bySchema.Count == MaxSchemas)
                Clear();
            mapping ??= make(schema);
            _bySchema.Add(schema, mapping);
        }
        return mapping;
    }
}
