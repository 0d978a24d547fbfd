using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The message about a value that does not have its type: what was tried, and what to change. It never contains the
/// value.</summary>
internal static class ConversionRefusal
{
    private static readonly NumberNotations[] Notations =
        [NumberNotations.Parentheses, NumberNotations.TrailingSign, NumberNotations.Currency, NumberNotations.Percent, NumberNotations.Groups, NumberNotations.Any];

    private static readonly DateTime Sample = new(2026, 10, 31, 13, 45, 56);

    /// <summary>The sentence without its full stop.</summary>
    /// <param name="column">The column's name.</param>
    /// <param name="type">The type.</param>
    /// <param name="options">How the value was read.</param>
    /// <param name="text">The value, if it is a text; it determines which notation would accept it, and is not shown.</param>
    public static string Of(string column, ColumnType type, ConversionOptions options, ReadOnlySpan<char> text = default) =>
        $"'{column}' is not {(type == ColumnType.Int ? "an" : "a")} {ColumnTypes.NameOf(type)}{(IsSkipped(type, options, text) ? $"{In(options.TimeZone)}: the clocks there skip that time when they are put forward" : Rest(type, options))}{Wider(type, options, text) ?? NumberAdvice(type, options, text)}";

    /// <summary>The message about a value that has the type, but another notation than the values from which the type was
    /// inferred.</summary>
    public static string OfInferred(string column, ColumnType type, ConversionOptions options) =>
        $"{Of(column, type, options)}, or is written differently than in the first rows, from which -InferType inferred this type; give the column's type with -Type";

    /// <summary>The advice for a value that a wider type would hold; null if there is none.</summary>
    private static string? Wider(ColumnType type, ConversionOptions options, ReadOnlySpan<char> text)
    {
        (ColumnType Type, string Why)[] wider = type switch
        {
            ColumnType.Int => [(ColumnType.Long, "It is beyond an int's range"), (ColumnType.Decimal, "It is beyond an int's range or has a fraction"), (ColumnType.Double, "It is beyond an int's range or has an exponent")],
            ColumnType.Long => [(ColumnType.Decimal, "It is beyond a long's range or has a fraction"), (ColumnType.Double, "It is beyond a long's range or has an exponent")],
            ColumnType.Decimal => [(ColumnType.Double, "It has more digits than a decimal holds, or an exponent")],
            ColumnType.Date => [(ColumnType.DateTime, "It has a time of day")],
            _ => [],
        };
        foreach ((ColumnType other, string why) in text.IsEmpty ? [] : wider)
        {
            if (ValueConversion.TryConvert(text, other, out _, options))
                return $". {why}: use the type {ColumnTypes.NameOf(other)}{(other == ColumnType.Double ? ", which rounds, or string" : "")}";
        }
        return null;
    }

    /// <summary>The advice for a number: a culture if none is given, and the notation that would accept the text.</summary>
    private static string NumberAdvice(ColumnType type, ConversionOptions options, ReadOnlySpan<char> text)
    {
        if (type is not (ColumnType.Int or ColumnType.Long or ColumnType.Decimal or ColumnType.Double))
            return "";
        return (options.HasCulture, NotationOf(type, options, text)) switch
        {
            (false, { } notation) => $"; give its -Culture, or -NumberNotation {notation}",
            (false, null) => "; give its -Culture",
            (true, { } notation) => $"; give its -NumberNotation {notation}",
            _ => "",
        };
    }

    private static NumberNotations? NotationOf(ColumnType type, ConversionOptions options, ReadOnlySpan<char> text)
    {
        foreach (NumberNotations more in text.IsEmpty ? [] : Notations)
        {
            NumberNotations notation = options.NumberNotation | more;
            if (notation != options.NumberNotation && ValueConversion.TryConvert(text, type, out _, options with { NumberNotation = notation }))
                return notation;
        }
        return null;
    }

    private static string Rest(ColumnType type, ConversionOptions options) => type switch
    {
        ColumnType.Int or ColumnType.Long => InCulture(options, options.Numbers is null ? "1234" : 1234.ToString("N0", options.Culture)),
        ColumnType.Decimal or ColumnType.Double => InCulture(options, options.Numbers is null ? "1234.56" : 1234.56m.ToString("N2", options.Culture)),
        ColumnType.Bool when options.HasOwnWords => $": {Words(options.TrueValues)} is true and {Words(options.FalseValues)} is false (-TrueValue, -FalseValue)",
        ColumnType.Bool => ": true, yes, t, y, 1, false, no, f, n and 0 are; name others with -TrueValue and -FalseValue",
        ColumnType.Date or ColumnType.DateTime or ColumnType.DateTimeOffset => OfDate(type, options),
        ColumnType.Time => " such as 13:45 or 13:45:56; set its -DateTimeFormat",
        _ => "",
    };

    /// <summary>Whether a text is a time that the clocks of the zone skip.</summary>
    private static bool IsSkipped(ColumnType type, ConversionOptions options, ReadOnlySpan<char> text) =>
        type is ColumnType.DateTime or ColumnType.DateTimeOffset && !text.IsEmpty
        && ValueConversion.TryConvert(text, ColumnType.DateTimeOffset, out object? value, options with { TimeZone = TimeZoneInfo.Utc })
        && value is DateTimeOffset time && options.TimeZone.IsInvalidTime(time.DateTime);

    private static string In(TimeZoneInfo zone) => $" in the time zone {zone.Id}";

    private static string InCulture(ConversionOptions options, string sample) => $" in {NameOf(options.Culture)}, like {sample}";

    private static string OfDate(ColumnType type, ConversionOptions options)
    {
        string zone = type != ColumnType.Date && !ReferenceEquals(options.TimeZone, TimeZoneInfo.Utc) ? In(options.TimeZone) : "";
        if (options.HasDateFormats)
        {
            string[] given = [.. options.DateTimeFormats.Where(format => NamedFormat.IsOne(format) || DateFormat.HasYear(format))];
            string formats = string.Join(", ", given.Select(format => $"'{format}'"));
            return $"{zone} in {(given.Length == 1 ? "the format" : "any of the formats")} {formats}; check -DateTimeFormat";
        }
        string iso = Sample.ToString(type == ColumnType.Date ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
        string? own = options.Dates.Dates.ElementAtOrDefault(type == ColumnType.Date ? 0 : 2);
        string orOwn = own is null ? "" : $" or {Sample.ToString(own, options.Culture)}";
        return $"{zone} in ISO 8601 or {NameOf(options.Culture)}, like {iso}{orOwn}, or there is no such day; if it is written otherwise, set -DateTimeFormat{(options.HasCulture ? "" : " or -Culture")}";
    }

    private static string Words(IReadOnlyList<string> words) => words.Count == 0 ? "nothing" : string.Join(" or ", words.Select(word => $"'{word}'"));

    private static string NameOf(CultureInfo culture) => culture.Name.Length > 0 ? $"the culture {culture.Name}"
        : ReferenceEquals(culture, CultureInfo.InvariantCulture) ? "the invariant culture"
        : "the culture given";
}
