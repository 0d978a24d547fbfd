using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>A date or a date and time read from text, with the offset it was written with.</summary>
internal readonly struct DateText
{
    private readonly DateTime _local;
    private readonly TimeSpan? _offset;

    private DateText(DateTime local, TimeSpan? offset)
    {
        _local = local;
        _offset = offset;
    }

    public static bool TryParse(ReadOnlySpan<char> text, ConversionOptions options, out DateText result) =>
        options.NamedFormats == NamedFormats.None ? TryParseUsual(text, options, out result) : TryParseNamed(text, options, out result);

    private static bool TryParseNamed(ReadOnlySpan<char> text, ConversionOptions options, out DateText result)
    {
        if ((options.NamedFormats & NamedFormats.Numbers) != 0 && NamedFormat.TryParse(text, options, out DateTime local, out TimeSpan? offset))
        {
            result = new DateText(local, offset);
            return true;
        }
        TimeZoneInfo? zone = options.NamedFormats.HasFlag(NamedFormats.ZoneName) ? ZoneSuffix.Take(ref text) : null;
        if (!TryParseUsual(text, options, out result))
            return false;
        if (zone is null)
            return true;
        bool isThere = TryInZone(result._local, zone, out DateTimeOffset there);
        // For an hour that occurs twice, the offset tells which one is meant.
        if (result._offset is { } given)
            return TryAt(result._local, given, out there) && zone.GetUtcOffset(there) == given;
        result = new DateText(there.DateTime, there.Offset);
        return isThere;
    }

    private static bool TryParseUsual(ReadOnlySpan<char> text, ConversionOptions options, out DateText result)
    {
        if (options.HasDateFormats)
            return TryParseExact(text, options, out result);
        if (TryParseIso(text, out result))
            return true;
        if (DateTime.TryParseExact(text, options.Dates.Dates, options.Culture, DateTimeStyles.None, out DateTime local))
        {
            result = new DateText(local, null);
            return true;
        }
        if (DateTime.TryParseExact(text, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out local))
        {
            result = new DateText(local, TimeSpan.Zero);
            return true;
        }
        return false;
    }

    public static bool TryParseTime(ReadOnlySpan<char> text, ConversionOptions options, out TimeOnly time)
    {
        foreach (string format in options.TimeFormats)
        {
            if (TimeOnly.TryParseExact(text, format, options.Culture, DateTimeStyles.None, out time))
                return true;
        }
        return TimeOnly.TryParseExact(text, options.Dates.Times, options.Culture, DateTimeStyles.None, out time);
    }

    public bool TryGetUtc(TimeZoneInfo zone, out DateTime utc)
    {
        bool inRange = TryGetOffset(zone, out DateTimeOffset value);
        utc = value.UtcDateTime;
        return inRange;
    }

    public bool TryGetOffset(TimeZoneInfo zone, out DateTimeOffset value)
    {
        if (_offset is { } offset)
            return TryAt(_local, offset, out value);
        return TryInZone(_local, zone, out value);
    }

    /// <summary>A local time in the zone; false if the clocks skip it.</summary>
    public static bool TryInZone(DateTime local, TimeZoneInfo zone, out DateTimeOffset value)
    {
        if (ReferenceEquals(zone, TimeZoneInfo.Utc))
            return TryAt(local, TimeSpan.Zero, out value);
        value = default;
        var unspecified = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return !zone.IsInvalidTime(unspecified) && TryAt(local, zone.GetUtcOffset(unspecified), out value);
    }

    /// <summary>A local time at an offset; false if one of the two times is outside .NET's range.</summary>
    public static bool TryAt(DateTime local, TimeSpan offset, out DateTimeOffset value)
    {
        long utcTicks = local.Ticks - offset.Ticks;
        bool inRange = utcTicks >= DateTime.MinValue.Ticks && utcTicks <= DateTime.MaxValue.Ticks && offset.Duration() <= TimeSpan.FromHours(14);
        value = inRange ? new DateTimeOffset(local.Ticks, offset) : default;
        return inRange;
    }

    private static bool TryParseExact(ReadOnlySpan<char> text, ConversionOptions options, out DateText result)
    {
        foreach ((string format, bool isUtc) in options.DateFormats)
        {
            // With an offset, .NET has already converted the time to this machine's zone, and the kind shows it.
            if (!DateTime.TryParseExact(text, format, options.Culture, DateTimeStyles.RoundtripKind, out DateTime local))
                continue;
            if (!isUtc && local.Kind == DateTimeKind.Unspecified)
            {
                result = new DateText(local, null);
                return true;
            }
            if (DateTimeOffset.TryParseExact(text, format, options.Culture, DateTimeStyles.AssumeUniversal, out DateTimeOffset value))
            {
                result = new DateText(value.DateTime, value.Offset);
                return true;
            }
        }
        result = default;
        return false;
    }

    /// <summary>A date; false if a time of day or an offset would be lost.</summary>
    public bool TryGetDate(out DateOnly date)
    {
        date = DateOnly.FromDateTime(_local);
        return _offset is null && _local.TimeOfDay == TimeSpan.Zero;
    }

    /// <summary>yyyy-MM-dd, then T or a space, HH:mm, :ss, .f to .fffffffff, then Z or an offset: by hand, since .NET's exact
    /// parsing of several formats tries one after another.</summary>
    private static bool TryParseIso(ReadOnlySpan<char> text, out DateText result)
    {
        result = default;
        var rest = new DigitReader(text);
        if (!rest.TryNumber(4, out int year) || !rest.TrySkip('-') || !rest.TryNumber(2, out int month)
            || !rest.TrySkip('-') || !rest.TryNumber(2, out int day)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return false;
        }
        var local = new DateTime(year, month, day);
        if (rest.IsAtEnd)
        {
            result = new DateText(local, null);
            return true;
        }
        if (!(rest.TrySkip('T') || rest.TrySkip(' ') || rest.TrySkip('t')) || !TryReadTime(ref rest, out TimeSpan time)
            || !TryReadOffset(ref rest, out TimeSpan? offset))
        {
            return false;
        }
        result = new DateText(local + time, offset);
        return true;
    }

    private static bool TryReadTime(ref DigitReader rest, out TimeSpan time)
    {
        time = default;
        int second = 0;
        int fraction = 0;
        if (!rest.TryNumber(2, out int hour) || !rest.TrySkip(':') || !rest.TryNumber(2, out int minute))
            return false;
        if (rest.TrySkip(':') && (!rest.TryNumber(2, out second) || (rest.TrySkip('.') && !rest.TryFraction(out fraction))))
            return false;
        time = new TimeSpan(0, hour, minute, second) + TimeSpan.FromTicks(fraction);
        return hour < 24 && minute < 60 && second < 60;
    }

    private static bool TryReadOffset(ref DigitReader rest, out TimeSpan? offset)
    {
        offset = null;
        if (rest.IsAtEnd)
            return true;
        rest.TrySkip(' ');
        if (rest.TrySkip('Z') || rest.TrySkip('z'))
        {
            offset = TimeSpan.Zero;
            return rest.IsAtEnd;
        }
        bool negative = rest.TrySkip('-');
        if ((!negative && !rest.TrySkip('+')) || !rest.TryNumber(2, out int hours))
            return false;
        int minutes = 0;
        bool colon = rest.TrySkip(':');
        if ((colon || !rest.IsAtEnd) && !rest.TryNumber(2, out minutes))
            return false;
        var magnitude = new TimeSpan(hours, minutes, 0);
        offset = negative ? -magnitude : magnitude;
        return rest.IsAtEnd && minutes < 60;
    }

    private ref struct DigitReader(ReadOnlySpan<char> text)
    {
        private const int TickDigits = 7;
        private const int MaxFractionDigits = 9;

        private ReadOnlySpan<char> _rest = text;

        public readonly bool IsAtEnd => _rest.IsEmpty;

        public bool TrySkip(char c)
        {
            if (_rest.IsEmpty || _rest[0] != c)
                return false;
            _rest = _rest[1..];
            return true;
        }

        public bool TryNumber(int digits, out int number)
        {
            number = 0;
            if (_rest.Length < digits)
                return false;
            for (int i = 0; i < digits; i++)
            {
                if (!char.IsAsciiDigit(_rest[i]))
                    return false;
                number = (number * 10) + (_rest[i] - '0');
            }
            _rest = _rest[digits..];
            return true;
        }

        /// <summary>One to nine digits in units of 100 ns; further digits are cut off, because no .NET type can store them.</summary>
        public bool TryFraction(out int ticks)
        {
            ticks = 0;
            int digits = 0;
            for (; digits < _rest.Length && char.IsAsciiDigit(_rest[digits]); digits++)
            {
                if (digits < TickDigits)
                    ticks = (ticks * 10) + (_rest[digits] - '0');
            }
            for (int i = digits; i < TickDigits; i++)
                ticks *= 10;
            _rest = _rest[digits..];
            return digits is >= 1 and <= MaxFractionDigits;
        }
    }
}
