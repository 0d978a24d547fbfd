using System.Globalization;
using System.Text;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Dates before Christ, as PostgreSQL writes them: 0044-03-15 BC, 0044-03-15 12:00:00 BC. .NET has none.</summary>
internal static class PostgresEra
{
    private const int DaysOfFourCenturies = 146_097;

    /// <summary>Reads such a date.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="days">Days since the epoch.</param>
    /// <param name="ofDay">The time of day.</param>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out int days, out TimeSpan ofDay)
    {
        (days, ofDay) = (0, default);
        if (!utf8.EndsWith(" BC"u8))
            return false;
        string[] parts = Encoding.UTF8.GetString(utf8[..^3]).Split(' ');
        string[] date = parts[0].Split('-');
        if (parts.Length > 2 || date.Length != 3 || !Number(date[0], 4713, out int year) || !Number(date[1], 12, out int month) || !Number(date[2], 31, out int day))
            return false;
        // The year before 1 is 1 BC, a leap year, as is each fourth year before it. The calendar repeats after 400 years.
        int astronomical = 1 - year;
        int cycles = (-astronomical / 400) + 1;
        int same = astronomical + (cycles * 400);
        if (same == 0 || day > DateTime.DaysInMonth(same, month))
            return false;
        days = new DateOnly(same, month, day).DayNumber - DateOnly.FromDateTime(PostgresClock.Epoch).DayNumber - (cycles * DaysOfFourCenturies);
        return parts.Length == 1 || (TimeOnly.TryParse(parts[1], CultureInfo.InvariantCulture, out TimeOnly clock) && (ofDay = clock.ToTimeSpan()) >= TimeSpan.Zero);
    }

    private static bool Number(string text, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1 && number <= most;
}
