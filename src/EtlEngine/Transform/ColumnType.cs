using System.Diagnostics.CodeAnalysis;

namespace EtlTools.Engine.Transform;

/// <summary>The type that a column's values are converted to.</summary>
internal enum ColumnType
{
    /// <summary>Text, unchanged.</summary>
    String,

    /// <summary>A 32-bit integer.</summary>
    Int,

    /// <summary>A 64-bit integer.</summary>
    Long,

    /// <summary>A decimal number of up to 28 digits.</summary>
    Decimal,

    /// <summary>A double-precision number.</summary>
    Double,

    /// <summary>True or false.</summary>
    Bool,

    /// <summary>A <see cref="System.DateTime"/> in UTC.</summary>
    DateTime,

    /// <summary>A <see cref="System.DateTimeOffset"/>.</summary>
    DateTimeOffset,

    /// <summary>A <see cref="DateOnly"/>.</summary>
    Date,

    /// <summary>A <see cref="TimeOnly"/>.</summary>
    Time,

    /// <summary>A <see cref="System.Guid"/>.</summary>
    Guid,
}

/// <summary>The names of column types.</summary>
internal static class ColumnTypes
{
    private static readonly Dictionary<string, ColumnType> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["string"] = ColumnType.String,
        ["int"] = ColumnType.Int,
        ["int32"] = ColumnType.Int,
        ["long"] = ColumnType.Long,
        ["int64"] = ColumnType.Long,
        ["decimal"] = ColumnType.Decimal,
        ["double"] = ColumnType.Double,
        // A single would print other digits than the text; a double preserves all of them.
        ["float"] = ColumnType.Double,
        ["single"] = ColumnType.Double,
        ["bool"] = ColumnType.Bool,
        ["boolean"] = ColumnType.Bool,
        ["datetime"] = ColumnType.DateTime,
        ["datetimeoffset"] = ColumnType.DateTimeOffset,
        ["date"] = ColumnType.Date,
        ["dateonly"] = ColumnType.Date,
        ["time"] = ColumnType.Time,
        ["timeonly"] = ColumnType.Time,
        ["guid"] = ColumnType.Guid,
    };

    /// <summary>The names to show in messages, one for each type.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["string", "int", "long", "decimal", "double", "bool", "datetime", "datetimeoffset", "date", "time", "guid"];

    /// <summary>The type's name in messages.</summary>
    public static string NameOf(ColumnType type) => Names[(int)type];

    /// <summary>Parses a type's name, without regard to case; .NET names (<c>Int32</c>, <c>System.DateOnly</c>) are accepted too.</summary>
    public static bool TryParse([NotNullWhen(true)] string? name, out ColumnType type)
    {
        type = default;
        if (name is null)
            return false;
        const string prefix = "System.";
        string key = name.Trim();
        if (key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            key = key[prefix.Length..];
        return ByName.TryGetValue(key, out type);
    }
}
