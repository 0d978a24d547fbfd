using System.Collections.Frozen;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>The names of column types.</summary>
public static class ColumnTypes
{
    private static readonly (Type Net, ColumnType Type)[] NetTypes =
    [
        (typeof(string), ColumnType.String),
        (typeof(int), ColumnType.Int),
        (typeof(long), ColumnType.Long),
        (typeof(decimal), ColumnType.Decimal),
        (typeof(double), ColumnType.Double),
        (typeof(float), ColumnType.Float),
        (typeof(DateTime), ColumnType.DateTime),
        (typeof(DateTimeOffset), ColumnType.DateTimeOffset),
        (typeof(DateOnly), ColumnType.Date),
        (typeof(TimeOnly), ColumnType.Time),
        (typeof(Guid), ColumnType.Guid),
    ];

    private static readonly FrozenDictionary<string, ColumnType> ByName = MakeNames().ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The names that messages and completion offer.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<ColumnType>().Select(NameOf)];

    /// <summary>The name of a type.</summary>
    public static string NameOf(ColumnType type) => type.ToString().ToLowerInvariant();

    /// <summary>Finds a type by its name or .NET's name for it, without regard to case.</summary>
    public static bool TryParse(string name, out ColumnType type) => ByName.TryGetValue(name, out type);

    private static IEnumerable<KeyValuePair<string, ColumnType>> MakeNames()
    {
        foreach (ColumnType type in Enum.GetValues<ColumnType>())
            yield return new(NameOf(type), type);
        foreach ((Type net, ColumnType type) in NetTypes)
        {
            yield return new(net.FullName!, type);
            if (!Enum.TryParse<ColumnType>(net.Name, ignoreCase: true, out _))
                yield return new(net.Name, type);
        }
        yield return new("bigint", ColumnType.Long);
        yield return new("boolean", ColumnType.Bool);
        yield return new("text", ColumnType.String);
        yield return new("timestamp", ColumnType.DateTime);
        yield return new("uuid", ColumnType.Guid);
    }
}
