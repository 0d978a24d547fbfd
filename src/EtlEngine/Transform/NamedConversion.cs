using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The names by which cultures and time zones are found in another session or on another machine.</summary>
internal static class NamedConversion
{
    /// <summary>A culture's name; null for a modified copy, which has the name of the original.</summary>
    public static string? NameOf(CultureInfo culture) =>
        CultureOf(culture.Name) is { } original && HasSameNumbers(culture, original) && HasSameDates(culture, original) ? culture.Name : null;

    /// <summary>A time zone's id; null for a custom zone.</summary>
    public static string? NameOf(TimeZoneInfo zone) =>
        ZoneOf(zone.Id) is { } original && original.HasSameRules(zone) ? zone.Id : null;

    /// <summary>The culture with a name; null if this machine does not have it.</summary>
    public static CultureInfo? CultureOf(string name)
    {
        try
        {
            return CultureInfo.GetCultureInfo(name, predefinedOnly: name.Length > 0);
        }
        catch (CultureNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The time zone with an id; null if this machine does not have it.</summary>
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
