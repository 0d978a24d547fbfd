using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Guesses the types of columns from a sample of their values. What looks like a number and may be a name stays text: digits
/// with zeros before them, with a plus, with an exponent, and more of them than a number exactly has everywhere.
/// </summary>
internal sealed class TypeGuess(int columns, ConversionOptions options)
{
    /// <summary>Beyond it spreadsheets and doubles change digits.</summary>
    private const int MaxDigits = 15;

    private static readonly ColumnType[] Order =
        [ColumnType.Bool, ColumnType.Long, ColumnType.Decimal, ColumnType.Date, ColumnType.DateTime, ColumnType.Time, ColumnType.Guid];

    private readonly List<ColumnType>?[] _open = new List<ColumnType>?[columns];

    /// <summary>Whether more values of a column can tell more.</summary>
    public bool IsOpen(int column) => _open[column] is not { Count: 0 };

    /// <summary>Takes notice of a value.</summary>
    public void See(int column, string text)
    {
        text = text.Trim();
        if (text.Length == 0)
            return;
        _open[column] ??= [.. Order];
        _open[column]!.RemoveAll(type => !CanBe(text, type));
    }

    /// <summary>A type for each column; text where nothing else fits, or no value was seen.</summary>
    public ColumnType[] ToTypes() => [.. _open.Select(open => open is { Count: > 0 } ? open[0] : ColumnType.String)];

    private bool CanBe(string text, ColumnType type) => HasShapeOf(text, type) && ValueConversion.TryConvert(text, type, out _, options);

    private bool HasShapeOf(string text, ColumnType type) => type switch
    {
        ColumnType.Bool => text.Length > 1,
        ColumnType.Long or ColumnType.Decimal => IsNumber(text),
        // Month and day are told apart by the year that comes first, or by a culture or format that was named.
        ColumnType.Date or ColumnType.DateTime =>
            options.DateTimeFormats.Count > 0 || options.Numbers is not null || (text.Length >= 10 && text[4] == '-'),
        ColumnType.Time => text.Contains(':', StringComparison.Ordinal),
        _ => text.Contains('-', StringComparison.Ordinal),
    };

    private static bool IsNumber(string text)
    {
        string digits = text.TrimStart('-', '\u2212');
        bool hasZerosBefore = digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]);
        return !hasZerosBefore && !digits.StartsWith('+') && !digits.ContainsAny(['e', 'E'])
            && digits.Count(char.IsAsciiDigit) is >= 1 and <= MaxDigits;
    }
}
