using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>
/// Converts texts and objects to column types, without exceptions and by the invariant culture unless the options name
/// another. A conversion loses nothing or fails.
/// </summary>
internal static class ValueConversion
{
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>
    /// Converts a text. White space around it is allowed, and a text of nothing else is null, except for
    /// <see cref="ColumnType.String"/>, which keeps the text as it is. Dates are read as ISO 8601 (date, or date and time
    /// separated by T or a space, with or without an offset), as the culture's figures (invariant: month/day/year), and as
    /// RFC 1123, unless the options have formats; without an offset they are of the options' time zone.
    /// </summary>
    /// <returns>False when the text is no value of the type.</returns>
    public static bool TryConvert(ReadOnlySpan<char> text, ColumnType type, out object? value, ConversionOptions? options = null)
    {
        if (type == ColumnType.String)
        {
            value = text.ToString();
            return true;
        }
        text = text.Trim();
        if (text.IsEmpty)
        {
            value = null;
            return true;
        }
        value = text[^1] == '\0' ? null : Parse(text, type, options ?? ConversionOptions.Default);
        return value is not null;
    }

    /// <summary>
    /// Converts an object: a text as above, a number to another number type without loss, dates and times to each other
    /// where nothing is lost. Null and DBNull are null.
    /// </summary>
    /// <returns>False when the object is no value of the type.</returns>
    public static bool TryConvert(object? value, ColumnType type, out object? converted, ConversionOptions? options = null)
    {
        switch (value)
        {
            case null or DBNull:
                converted = null;
                return true;
            case string text when type == ColumnType.String:
                converted = text;
                return true;
            case string text:
                return TryConvert(text.AsSpan(), type, out converted, options);
            default:
                converted = ObjectConversion.Convert(value, type, options ?? ConversionOptions.Default);
                return converted is not null;
        }
    }

    // .NET's number parsers ignore NUL characters at the end, which is why a text that ends so never gets here.
    private static object? Parse(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options) => type switch
    {
        ColumnType.Int or ColumnType.Long or ColumnType.Decimal or ColumnType.Double =>
            options.Numbers is null ? ParseNumber(text, type) : ParseNumber(text, type, options.Numbers),
        ColumnType.Bool => ParseBool(text),
        ColumnType.DateTime => DateText.TryParse(text, options, out DateText t) && t.TryGetUtc(options.TimeZone, out DateTime utc) ? utc : null,
        ColumnType.DateTimeOffset => DateText.TryParse(text, options, out DateText t) && t.TryGetOffset(options.TimeZone, out DateTimeOffset o) ? o : null,
        ColumnType.Date => DateText.TryParse(text, options, out DateText t) && t.TryGetDate(out DateOnly date) ? date : null,
        ColumnType.Time => DateText.TryParseTime(text, options, out TimeOnly time) ? time : null,
        ColumnType.Guid => Guid.TryParse(text, out Guid guid) ? guid : null,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static object? ParseNumber(ReadOnlySpan<char> text, ColumnType type, CultureNumbers numbers)
    {
        if (text.Length > CultureNumbers.MaxLength)
            return null;
        Span<char> invariant = stackalloc char[text.Length];
        return numbers.TryToInvariant(text, invariant, out int length) ? ParseNumber(invariant[..length], type) : null;
    }

    private static object? ParseNumber(ReadOnlySpan<char> text, ColumnType type)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        const NumberStyles real = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return type switch
        {
            ColumnType.Int => int.TryParse(text, NumberStyles.AllowLeadingSign, culture, out int i) ? i : null,
            ColumnType.Long => long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long l) ? l : null,
            ColumnType.Decimal => DecimalText.TryParse(text, out decimal m) ? m : null,
            _ => double.TryParse(text, real, culture, out double d) && IsAsWritten(d, text) ? d : null,
        };
    }

    /// <summary>False for digits beyond the range of a double, which .NET reads as infinity.</summary>
    private static bool IsAsWritten(double value, ReadOnlySpan<char> text) =>
        !double.IsInfinity(value) || !text.ContainsAnyInRange('0', '9');

    private static object? ParseBool(ReadOnlySpan<char> text)
    {
        const StringComparison any = StringComparison.OrdinalIgnoreCase;
        if (text.Length == 1)
        {
            return text[0] switch
            {
                '1' or 't' or 'T' or 'y' or 'Y' => True,
                '0' or 'f' or 'F' or 'n' or 'N' => False,
                _ => null,
            };
        }
        if (text.Equals("true", any) || text.Equals("yes", any))
            return True;
        return text.Equals("false", any) || text.Equals("no", any) ? False : null;
    }
}
