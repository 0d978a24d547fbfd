using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>The declarative part of a transform.</summary>
public sealed record TransformOptions
{
    /// <summary>Columns to convert, before the rules see them. Default none.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>Columns that must be there, and neither null nor an empty text. Default none.</summary>
    public IReadOnlyList<string> Required { get; init; } = [];

    /// <summary>The most characters (UTF-16 units) that a column's text may have. Default none.</summary>
    public IReadOnlyDictionary<string, int> MaxLength { get; init; } = new Dictionary<string, int>();

    /// <summary>True when there is nothing to do.</summary>
    public bool IsEmpty => Types.Count == 0 && Required.Count == 0 && MaxLength.Count == 0;
}
