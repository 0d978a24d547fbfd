using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The names by which cultures and time zones are found again, in another session or on another machine.</summary>
internal static class NamedConversion
{
    /// <summary>A culture's name; null for a changed copy, which has the name of the original.</summary>
    public static string? NameOf(CultureInfo culture) =>
        CultureOf(culture.Name) is { } original && HasSameNumbers(culture, original) && HasSameDates(culture, original) ? culture.Name : null;

    /// <summary>A time zone's id; null for one of someone's own.</summary>
    public static string? NameOf(TimeZoneInfo zone) =>
        ZoneOf(zone.Id) is { } original && original.HasSameRules(zone) ? zone.Id : null;

    /// <summary>The culture of a name; null where this machine has none.</summary>
    public static CultureInfo? CultureOf(string name)
    {
        try
        {
            return CultureInfo.GetCultureInfo(name, predefinedOnly: name.Length > 0);
        }
        catch (CultureNotFoundException)
        {
            // Written on a machine that has others.
            return null;
        }
    }

    /// <summary>The time zone of an id; null where this machine has none.</summary>
    public static TimeZoneInfo? ZoneOf(string id) => TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone) ? zone : null;

    private static bool HasSameNumbers(CultureInfo culture, CultureInfo original)
    {
        NumberFormatInfo one = culture.NumberFormat;
        NumberFormatInfo other = original.NumberFormat;
        return one.NumberDecimalSeparator == other.NumberDecimalSeparator
            && one.NumberGroupSeparator == other.NumberGroupSeparator
            && one.NegativeSign == other.NegativeSign
            && one.NumberGroupSizes.AsSpan().SequenceEqual(other.NumberGroupSizes);
    }

    private static bool HasSameDates(CultureInfo culture, CultureInfo original)
    {
        DateTimeFormatInfo one = culture.DateTimeFormat;
        DateTimeFormatInfo other = original.DateTimeFormat;
        return one.Calendar.GetType() == other.Calendar.GetType()
            && TextsOf(one).SequenceEqual(TextsOf(other), StringComparer.Ordinal);

        static IEnumerable<string> TextsOf(DateTimeFormatInfo format) =>
        [
            format.ShortDatePattern, format.DateSeparator, format.TimeSeparator, format.AMDesignator, format.PMDesignator,
            .. format.MonthNames, .. format.MonthGenitiveNames, .. format.AbbreviatedMonthNames, .. format.AbbreviatedMonthGenitiveNames,
            .. format.DayNames, .. format.AbbreviatedDayNames,
        ];
    }
}
