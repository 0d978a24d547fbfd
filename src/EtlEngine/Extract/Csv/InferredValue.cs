using System.Buffers;
using System.Globalization;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The values of inferred types: the one rule by which a type is chosen and its column is read. What looks like a number and
/// may be a name is none: digits with zeros before them, with a plus, with an exponent, and more of them than a number exactly has
/// everywhere.
/// </summary>
internal static class InferredValue
{
    /// <summary>Beyond it spreadsheets and doubles change digits.</summary>
    private const int MaxDigits = 15;

    private static readonly SearchValues<char> DigitsAndSigns = SearchValues.Create("0123456789()-\u2212");

    /// <summary>Converts a text as <see cref="ValueConversion"/> does; false also where it has not the shape of the type.</summary>
    public static bool TryConvert(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options, out object? value)
    {
        text = text.Trim();
        value = null;
        return text.IsEmpty || (HasShapeOf(text, type, options) && ValueConversion.TryConvert(text, type, out value, options));
    }

    private static bool HasShapeOf(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options) => type switch
    {
        ColumnType.Bool => options.HasOwnWords || text.Length > 1,
        ColumnType.Long or ColumnType.Decimal => options.NumberNotation == NumberNotations.Plain
            ? IsNumber(text)
            : IsWritten(text, options.NumberNotation) && WrittenNumber.TryRead(text, options.NumberNotation, options.Culture, out WrittenNumber number) && IsNumber(number.Digits),
        // Month and day are told apart by the year that comes first, or by a culture or format that was named.
        ColumnType.Date or ColumnType.DateTime =>
            options.HasDateFormats || options.HasCulture || (text.Length >= 10 && text[4] == '-'),
        ColumnType.Time => text.Contains(':'),
        _ => text.Contains('-'),
    };

    /// <summary>What is a number where it is known to be one may be a code in a guess: ABC100 has no currency, and 12- and (1) are told from a part
    /// and a seat only where there is more than digits, such as a separator or a currency, or their notation was named alone.</summary>
    private static bool IsWritten(ReadOnlySpan<char> text, NumberNotations notation)
    {
        int letters = text.IndexOfAnyInRange('A', 'z');
        if (letters >= 0 && !Currencies.Contains(text.Slice(letters, Math.Min(3, text.Length - letters)).ToString()))
            return false;
        bool isSigned = text[0] == '(' || text[^1] is '-' or '\u2212';
        return !isSigned || notation != NumberNotations.Any || text.ContainsAnyExcept(DigitsAndSigns);
    }

    /// <summary>The codes of ISO 4217 that .NET knows.</summary>
    private static HashSet<string> Currencies => field ??= [.. CultureInfo.GetCultures(CultureTypes.SpecificCultures).Select(culture => new RegionInfo(culture.Name).ISOCurrencySymbol)];

    private static bool IsNumber(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> digits = text.TrimStart(['-', '\u2212']);
        if (digits.StartsWith('+') || digits.ContainsAny('e', 'E') || (digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1])))
            return false;
        int count = 0;
        foreach (char c in digits)
            count += char.IsAsciiDigit(c) ? 1 : 0;
        return count is >= 1 and <= MaxDigits;
    }
}
