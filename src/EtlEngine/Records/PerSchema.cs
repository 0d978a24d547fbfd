using System.Runtime.CompilerServices;

namespace EtlTools.Engine.Records;

/// <summary>What is worked out once for each schema; the last one is found without a look-up. Safe for several threads.</summary>
internal sealed class PerSchema<T>(Func<Schema, T> make) where T : class
{
    private readonly ConditionalWeakTable<Schema, Known> _known = [];
    private Known? _last;

    public T For(Schema schema)
    {
        Known? last = Volatile.Read(ref _last);
        if (last is null || !ReferenceEquals(last.Schema, schema))
        {
            last = _known.GetValue(schema, key => new Known(key, make(key)));
            Volatile.Write(ref _last, last);
        }
        return last.Value;
    }

    private sealed record Known(Schema Schema, T Value);
}
