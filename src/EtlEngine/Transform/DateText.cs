using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>A date or a date and time read from text, with the offset it was written with.</summary>
internal readonly struct DateText
{
    private static readonly string[] OtherFormats =
        ["M/d/yyyy", "M/d/yyyy H:mm", "M/d/yyyy H:mm:ss", "M/d/yyyy H:mm:ss.FFFFFFF", "M/d/yyyy h:mm tt", "M/d/yyyy h:mm:ss tt"];

    private static readonly string[] TimeFormats = ["H:mm", "H:mm:ss", "H:mm:ss.FFFFFFF", "h:mm tt", "h:mm:ss tt"];

    private readonly DateTime _local;
    private readonly TimeSpan? _offset;

    private DateText(DateTime local, TimeSpan? offset)
    {
        _local = local;
        _offset = offset;
    }

    public static bool TryParse(ReadOnlySpan<char> text, out DateText result)
    {
        if (TryParseIso(text, out result))
            return true;
        if (DateTime.TryParseExact(text, OtherFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime local))
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

    public static bool TryParseTime(ReadOnlySpan<char> text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    public bool TryGetUtc(out DateTime utc)
    {
        bool inRange = TryGetOffset(out DateTimeOffset value);
        utc = value.UtcDateTime;
        return inRange;
    }

    public bool TryGetOffset(out DateTimeOffset value)
    {
        TimeSpan offset = _offset ?? TimeSpan.Zero;
        long utcTicks = _local.Ticks - offset.Ticks;
        bool inRange = utcTicks >= DateTime.MinValue.Ticks && utcTicks <= DateTime.MaxValue.Ticks && offset.Duration() <= TimeSpan.FromHours(14);
        value = inRange ? new DateTimeOffset(_local.Ticks, offset) : default;
        return inRange;
    }

    /// <summary>A date; not where a time of day or an offset would be lost.</summary>
    public bool TryGetDate(out DateOnly date)
    {
        date = DateOnly.FromDateTime(_local);
        return _offset is null && _local.TimeOfDay == TimeSpan.Zero;
    }

    /// <summary>yyyy-MM-dd, then T or a space, HH:mm, :ss, .f to .fffffffff, then Z or an offset: by hand, since .NET's exact
    /// parsing of several formats tries one after the other.</summary>
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

        /// <summary>One to nine digits in units of 100 ns; what is finer is cut off, since no .NET type holds it.</summary>
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
