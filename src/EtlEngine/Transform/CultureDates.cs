using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The numeric formats of a culture's dates and times.</summary>
internal sealed class CultureDates
{
    private const string InvariantDate = "M/d/yyyy";

    private static readonly string[] TimePatterns = ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF", "h:mm tt", "h:mm:ss tt"];

    private CultureDates(CultureInfo culture)
    {
        // Without leading zeros, which are then accepted as well, and with a four-digit year.
        string date = Loosened(culture.DateTimeFormat.ShortDatePattern);
        AreOwn = culture.Name.Length > 0 || date != InvariantDate;
        // Without a year, .NET would use the current one.
        Dates = DateFormat.HasYear(date) ? [date, .. TimePatterns.Select(time => $"{date} {time}")] : [];
        Times = culture.DateTimeFormat.AMDesignator.Length > 0 ? TimePatterns : [.. TimePatterns.Where(time => !time.EndsWith("tt", StringComparison.Ordinal))];
    }

    /// <summary>Whether dates are written otherwise than in the invariant culture.</summary>
    public bool AreOwn { get; }

    /// <summary>Dates, and dates with a time.</summary>
    public string[] Dates { get; private init; }

    /// <summary>Times of day.</summary>
    public string[] Times { get; }

    public static CultureDates Of(CultureInfo culture) => new(culture);

    /// <summary>The times of the invariant culture, and no dates.</summary>
    public static CultureDates OnlyTimes { get; } = new(CultureInfo.InvariantCulture) { Dates = [] };

    private static string Loosened(string pattern)
    {
        pattern = pattern.Replace("dd", "d", StringComparison.Ordinal).Replace("MM", "M", StringComparison.Ordinal);
        return pattern.Contains("yyyy", StringComparison.Ordinal)
            ? pattern
            : pattern.Replace("yy", "y", StringComparison.Ordinal).Replace("y", "yyyy", StringComparison.Ordinal);
    }
}
