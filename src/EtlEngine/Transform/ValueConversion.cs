namespace EtlTools.Engine.Transform;

/// <summary>
/// Converts texts and objects to column types, without exceptions, and in the invariant culture unless the options name another one. A
/// conversion either loses nothing or fails.
/// </summary>
internal static class ValueConversion
{
    private static readonly object True = true;
    private static readonly object False = false;

    /// <summary>
    /// Converts a text. White space around it is allowed, and a blank text is null, except for <see cref="ColumnType.String"/>, which keeps
    /// the text unchanged. Unless the options have formats, dates are accepted in ISO 8601 (a date, or date and time separated by T or a
    /// space, with or without an offset), in the culture's numeric formats (invariant: month/day/year), and in RFC 1123. Without an offset
    /// they are in the options' time zone.
    /// </summary>
    /// <returns>False if the text is not a value of the type.</returns>
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
            value = type == ColumnType.Bool && options is { HasOwnWords: true } ? ParseWord(text, options) : null;
            return true;
        }
        value = text[^1] == '\0' ? null : Parse(text, type, options ?? ConversionOptions.Default);
        return value is not null;
    }

    /// <summary>
    /// Converts an object: a text as above, a number to another number type without loss, and dates and times to each other if nothing is
    /// lost. Null and DBNull are null.
    /// </summary>
    /// <returns>False if the object is not a value of the type.</returns>
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

    // .NET's number parsers ignore trailing NUL characters, so such a text never gets here.
    private static object? Parse(ReadOnlySpan<char> text, ColumnType type, ConversionOptions options) => type switch
    {
        ColumnType.Int or ColumnType.Long or ColumnType.Decimal or ColumnType.Double => NumberParser.Parse(text, type, options),
        ColumnType.Bool => options.HasOwnWords ? ParseWord(text, options) : ParseBool(text),
        ColumnType.DateTime => DateText.TryParse(text, options, out DateText t) && t.TryGetUtc(options.TimeZone, out DateTime utc) ? utc : null,
        ColumnType.DateTimeOffset => DateText.TryParse(text, options, out DateText t) && t.TryGetOffset(options.TimeZone, out DateTimeOffset o) ? o : null,
        ColumnType.Date => DateText.TryParse(text, options, out DateText t) && t.TryGetDate(out DateOnly date) ? date : null,
        ColumnType.Time => DateText.TryParseTime(text, options, out TimeOnly time) ? time : null,
        ColumnType.Guid => Guid.TryParse(text, out Guid guid) ? guid : null,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static object? ParseWord(ReadOnlySpan<char> text, ConversionOptions options) =>
        IsAmong(options.TrueValues, text) ? True : IsAmong(options.FalseValues, text) ? False : null;

    private static bool IsAmong(IReadOnlyList<string> words, ReadOnlySpan<char> text)
    {
        foreach (string word in words)
        {
            if (text.Equals(word, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        return false;
    }

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
