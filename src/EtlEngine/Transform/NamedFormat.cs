namespace EtlTools.Engine.Transform;

/// <summary>Date formats with a name, because no pattern can express them.</summary>
[Flags]
internal enum NamedFormats
{
    None = 0,

    /// <summary>Seconds since 1970 in UTC, with or without a fraction.</summary>
    UnixSeconds = 1,

    /// <summary>Milliseconds since 1970 in UTC.</summary>
    UnixMilliseconds = 2,

    /// <summary>Excel's day numbers; 1 is 1 January 1900.</summary>
    ExcelSerial = 4,

    /// <summary>The name of a time zone after the timestamp, in addition to the other formats.</summary>
    ZoneName = 8,

    /// <summary>Those that are numbers.</summary>
    Numbers = UnixSeconds | UnixMilliseconds | ExcelSerial,
}

/// <summary>Parses dates in named formats.</summary>
internal static class NamedFormat
{
    /// <summary>Excel's day 60 is 29 February 1900, which did not exist; the days before it are off by one.</summary>
    private const int LeapDay = 60;

    private const int LastDay = 2958465;
    private const long TicksOfUnixEpoch = 621355968000000000;

    private static readonly DateTime DayZero = new(1899, 12, 30);

    /// <summary>Whether a format is one of these, without regard to case.</summary>
    public static bool IsOne(string format) => Enum.TryParse(format, ignoreCase: true, out NamedFormats named)
        && !char.IsAsciiDigit(format[0]) && named is not (NamedFormats.None or NamedFormats.Numbers) && !format.Contains(',', StringComparison.Ordinal);

    /// <summary>The named formats among some formats.</summary>
    public static NamedFormats Of(IEnumerable<string> formats) =>
        formats.Where(IsOne).Aggregate(NamedFormats.None, (all, format) => all | Enum.Parse<NamedFormats>(format, ignoreCase: true));

    /// <summary>Converts a number by the first format in which it is a date.</summary>
    /// <param name="text">The number.</param>
    /// <param name="options">The formats, and how numbers are written.</param>
    /// <param name="local">The date and time.</param>
    /// <param name="offset">Its offset; null if it has no time zone.</param>
    public static bool TryParse(ReadOnlySpan<char> text, ConversionOptions options, out DateTime local, out TimeSpan? offset)
    {
        NamedFormats formats = options.NamedFormats;
        local = default;
        offset = TimeSpan.Zero;
        if (text.ContainsAny('e', 'E') || NumberParser.Parse(text, ColumnType.Decimal, options) is not decimal number)
            return false;
        if (formats.HasFlag(NamedFormats.UnixSeconds) && TryAddTicks(number, TimeSpan.TicksPerSecond, ref local))
            return true;
        if (formats.HasFlag(NamedFormats.UnixMilliseconds) && TryAddTicks(number, TimeSpan.TicksPerMillisecond, ref local))
            return true;
        offset = null;
        return formats.HasFlag(NamedFormats.ExcelSerial) && TryOfExcel(number, ref local);
    }

    private static bool TryAddTicks(decimal number, long unit, ref DateTime value)
    {
        decimal limit = (decimal)DateTime.MaxValue.Ticks / unit;
        if (number < -limit || number > limit)
            return false;
        decimal ticks = TicksOfUnixEpoch + decimal.Truncate(number * unit);
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks)
            return false;
        value = new DateTime((long)ticks);
        return true;
    }

    /// <summary>Excel's doubles have the time of day to the millisecond.</summary>
    private static bool TryOfExcel(decimal number, ref DateTime value)
    {
        const int millisecondsPerDay = 24 * 60 * 60 * 1000;
        if (number < 1 || number >= LastDay + 1 || (number >= LeapDay && number < LeapDay + 1))
            return false;
        decimal milliseconds = decimal.Round(number * millisecondsPerDay);
        // The last moment of the last day may be rounded up.
        if (milliseconds >= (LastDay + 1m) * millisecondsPerDay)
            return false;
        value = DayZero.AddDays(number < LeapDay ? 1 : 0).AddTicks((long)milliseconds * TimeSpan.TicksPerMillisecond);
        return true;
    }
}
