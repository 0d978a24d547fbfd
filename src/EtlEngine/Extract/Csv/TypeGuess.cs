using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Guesses the types of columns from a sample of their values; see <see cref="InferredValue"/>.</summary>
internal sealed class TypeGuess(int columns, ConversionOptions options)
{
    private static readonly ColumnType[] Order =
        [ColumnType.Bool, ColumnType.Long, ColumnType.Decimal, ColumnType.Date, ColumnType.DateTime, ColumnType.Time, ColumnType.Guid];

    private readonly List<ColumnType>?[] _open = new List<ColumnType>?[columns];

    /// <summary>Whether more values of a column can tell more.</summary>
    public bool IsOpen(int column) => _open[column] is not { Count: 0 };

    /// <summary>Takes notice of a value.</summary>
    public void See(int column, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return;
        _open[column] ??= [.. Order];
        _open[column]!.RemoveAll(type => !InferredValue.TryConvert(text, type, options, out _));
    }

    /// <summary>A type for each column; text where nothing else fits, or no value was seen.</summary>
    public ColumnType[] ToTypes() => [.. _open.Select(open => open is { Count: > 0 } ? open[0] : ColumnType.String)];
}
