using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>Checks a format of <see cref="DateTime.ParseExact(string, string, IFormatProvider)"/>, because .NET takes missing parts from
/// the clock.</summary>
internal static class DateFormat
{
    private const string Letters =
        "yyyy is the year, MM the month, dd the day, HH the hour, mm the minute, ss the second; other text stands in single quotes.";

    /// <summary>A leap year of another century, which cannot equal the clock's date by chance.</summary>
    private static readonly DateTime Sample = new(1996, 10, 25, 13, 45, 56);

    /// <summary>Whether the format contains only a time of day.</summary>
    public static bool IsTime(string format) => format.Length == 1
        ? format is "t" or "T"
        : !Unquoted(format).AsSpan().ContainsAny('y', 'M', 'd');

    /// <summary>Whether dates in the format have a year.</summary>
    public static bool HasYear(string format) => format.Length == 1
        ? format is not ("t" or "T" or "m" or "M")
        : Unquoted(format).Contains('y', StringComparison.Ordinal);

    /// <summary>Whether times in the format are in UTC, as its name, a Z at its end or the word UTC or GMT says. .NET does not look at a text
    /// in quotes.</summary>
    public static bool IsUtc(string format) => format.Length == 1
        ? format is "r" or "R" or "u"
        : Unquoted(format).AsSpan().ContainsAny('H', 'h')
            && (Ending(format) == "Z" || Parts(format).Any(part => part.IsQuoted && part.Text.Trim() is "UTC" or "GMT"));

    /// <summary>Why the format cannot be used, as the end of a sentence; null if it can.</summary>
    public static string? WhyUnusable(string format, CultureInfo culture)
    {
        try
        {
            string sample = Sample.ToString(format, culture);
            if (Mistaken(format) is { } letter)
                return $"has the letter {letter}, which has no meaning in a format. {Letters}";
            // Before it is tried, because whether a weekday matches would depend on the clock.
            if (!IsTime(format) && !HasYear(format))
                return $"has no year. {Letters}";
            if (!DateTime.TryParseExact(sample, format, culture, DateTimeStyles.RoundtripKind, out DateTime back))
                return $"is not a format of a date or time. {Letters}";
            if (Unquoted(format).Contains(":M", StringComparison.Ordinal))
                return $"has the month (MM) behind a colon. {Letters}";
            if (back.Hour == Sample.Hour - 12)
                return $"has an hour of twelve (hh) and no AM or PM (tt): noon would be midnight. {Letters}";
            if (IsTime(format))
                return null;
            // Otherwise all dates would be in January.
            return back.Day == Sample.Day && back.Month != Sample.Month ? $"has a day and no month. {Letters}" : null;
        }
        catch (FormatException)
        {
            return $"is not a format of a date or time. {Letters}";
        }
    }

    /// <summary>A capital letter by which other languages denote the day, year or second, if the format has no .NET letter for
    /// it.</summary>
    private static char? Mistaken(string format)
    {
        string letters = format.Length == 1 ? "" : Unquoted(format);
        foreach ((char capital, char meant) in ((char, char)[])[('D', 'd'), ('Y', 'y'), ('S', 's')])
        {
            if (letters.Contains(capital, StringComparison.Ordinal) && !letters.Contains(meant, StringComparison.Ordinal))
                return capital;
        }
        return null;
    }

    private static string Unquoted(string format) => string.Concat(Parts(format).Where(part => !part.IsQuoted).Select(part => part.Text));

    /// <summary>The text behind the last letter with a meaning.</summary>
    private static string Ending(string format) =>
        string.Concat(Parts(format).Reverse().TakeWhile(part => part.IsQuoted || !"dfFghHKmMstyz".Contains(part.Text, StringComparison.Ordinal)).Reverse().Select(part => part.Text)).Trim();

    /// <summary>The characters of a format, and the texts in quotes or behind a backslash.</summary>
    private static IEnumerable<(string Text, bool IsQuoted)> Parts(string format)
    {
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] == '\\' && i + 1 < format.Length)
            {
                yield return (format[++i].ToString(), true);
            }
            else if (format[i] is '\'' or '"' && format.IndexOf(format[i], i + 1) is > 0 and var end)
            {
                yield return (format[(i + 1)..end], true);
                i = end;
            }
            else
            {
                yield return (format[i].ToString(), false);
            }
        }
    }
}
