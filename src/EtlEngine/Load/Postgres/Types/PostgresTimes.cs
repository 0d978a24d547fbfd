using System.Buffers.Binary;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>date.</summary>
internal sealed record PostgresDate() : PostgresParsed(ColumnType.Date)
{
    public override string Sql => "date";

    public override string Takes => "dates";

    public override IEnumerable<TargetType> Wider(Record record, int index) => [new PostgresTimestamp()];

    public override bool HasKnownOrder => true;

    public override int Compare(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) => CompareSigned(written, other);

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        int days = BinaryPrimitives.ReadInt32BigEndian(written);
        return days is int.MaxValue or int.MinValue ? written : PostgresClock.Text(days * TimeSpan.TicksPerDay, room) is { Length: > 0 } text ? text : written;
    }

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        if (!ValueConversion.TryConvert(value, ColumnType.Date, out object? date) || date is not DateOnly day)
            return Wrong;
        buffer.WriteInt4(day.DayNumber - DateOnly.FromDateTime(PostgresClock.Epoch).DayNumber);
        return null;
    }

    protected override bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (PostgresEra.TryRead(utf8, out int days, out TimeSpan ofDay) && ofDay == TimeSpan.Zero)
        {
            buffer.WriteInt4(days);
            return true;
        }
        if (!PostgresSpecial.TryRead(utf8, out double infinity) || double.IsNaN(infinity))
            return false;
        buffer.WriteInt4(infinity > 0 ? int.MaxValue : int.MinValue);
        return true;
    }
}

/// <summary>time without time zone.</summary>
/// <param name="Precision">The decimals of a second.</param>
internal sealed record PostgresTime(int Precision = PostgresClock.FinestPrecision) : PostgresParsed(ColumnType.Time)
{
    /// <summary>24:00, in microseconds.</summary>
    private const long EndOfDay = TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;

    public override string Sql => "time";

    public override string Takes => "times of day";

    public override bool HasKnownOrder => true;

    public override int Compare(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) => CompareSigned(written, other);

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        long microseconds = BinaryPrimitives.ReadInt64BigEndian(written);
        return microseconds == EndOfDay ? "24:00:00"u8 : Partitions.KeyText.Of(new TimeOnly(microseconds * TimeSpan.TicksPerMicrosecond), room);
    }

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        if (!ValueConversion.TryConvert(value, ColumnType.Time, out object? time) || time is not TimeOnly clock)
            return Wrong;
        buffer.WriteInt8(PostgresClock.Round(Math.Min(PostgresClock.Microseconds(clock.Ticks), EndOfDay - 1), Precision));
        return null;
    }

    protected override bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        bool isEnd = utf8.SequenceEqual("24:00"u8) || utf8.SequenceEqual("24:00:00"u8);
        if (isEnd)
            buffer.WriteInt8(EndOfDay);
        return isEnd;
    }
}

/// <summary>An instant: timestamps, with or without a zone, are stored as microseconds in UTC.</summary>
/// <param name="Reads">The type as which texts are read.</param>
/// <param name="Precision">The decimals of a second.</param>
internal abstract record PostgresMoment(ColumnType Reads, int Precision) : PostgresParsed(Reads)
{
    public override string Takes => "dates and times";

    public override bool HasKnownOrder => true;

    public override int Compare(ReadOnlySpan<byte> written, ReadOnlySpan<byte> other) => CompareSigned(written, other);

    public override ReadOnlySpan<byte> KeyText(ReadOnlySpan<byte> written, Span<byte> room)
    {
        long microseconds = BinaryPrimitives.ReadInt64BigEndian(written);
        const long most = long.MaxValue / TimeSpan.TicksPerMicrosecond;
        return microseconds is > most or < -most ? written : PostgresClock.Text(microseconds * TimeSpan.TicksPerMicrosecond, room) is { Length: > 0 } text ? text : written;
    }

    protected override string? FromValue(PostgresBuffer buffer, object value) => value switch
    {
        DateTimeOffset instant => PostgresClock.Put(buffer, instant.UtcTicks, Precision),
        DateTime time => PostgresClock.Put(buffer, StoredText.AsUtc(time).Ticks, Precision),
        DateOnly day => PostgresClock.Put(buffer, day.ToDateTime(TimeOnly.MinValue).Ticks, Precision),
        _ => Wrong,
    };

    protected override bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PostgresClock.TryPutSpecial(buffer, utf8, Precision);
}

/// <summary>timestamp without time zone: an instant is stored in UTC, a time without a zone unchanged.</summary>
/// <param name="Precision">The decimals of a second.</param>
internal sealed record PostgresTimestamp(int Precision = PostgresClock.FinestPrecision) : PostgresMoment(ColumnType.DateTime, Precision)
{
    public override string Sql => "timestamp without time zone";

    public override string StagingSql => "timestamp";
}

/// <summary>timestamp with time zone. A time without a zone is taken as UTC.</summary>
/// <param name="Precision">The decimals of a second.</param>
internal sealed record PostgresInstant(int Precision = PostgresClock.FinestPrecision) : PostgresMoment(ColumnType.DateTimeOffset, Precision)
{
    public override string Sql => "timestamp with time zone";

    public override string StagingSql => "timestamptz";
}

/// <summary>How PostgreSQL counts time.</summary>
internal static class PostgresClock
{
    /// <summary>The decimals of a second that PostgreSQL stores if a column does not say how many.</summary>
    public const int FinestPrecision = 6;

    public static DateTime Epoch { get; } = new(2000, 1, 1);

    /// <summary>The last microsecond before <see cref="DateTime.MaxValue"/>, which means "never"; rounding must not turn it into the year
    /// 10000.</summary>
    private static readonly long Last = Microseconds(DateTime.MaxValue.Ticks + 1 - Epoch.Ticks) - 1;

    /// <summary>Writes infinity, -infinity, a time before Christ, or the end of a day, 24:00.</summary>
    public static bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8, int precision)
    {
        if (PostgresEra.TryRead(utf8, out int days, out TimeSpan ofDay) || TryReadEndOfDay(utf8, out days))
        {
            buffer.WriteInt8(Round((days * (TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond)) + Microseconds(ofDay.Ticks), precision));
            return true;
        }
        if (!PostgresSpecial.TryRead(utf8, out double infinity) || double.IsNaN(infinity))
            return false;
        buffer.WriteInt8(infinity > 0 ? long.MaxValue : long.MinValue);
        return true;
    }

    /// <summary>Reads 2026-07-01 24:00, which is the beginning of the next day.</summary>
    private static bool TryReadEndOfDay(ReadOnlySpan<byte> utf8, out int days)
    {
        const int DateLength = 10;
        days = 0;
        if (utf8.Length <= DateLength || utf8[DateLength] is not ((byte)' ' or (byte)'T') || !(utf8[(DateLength + 1)..].SequenceEqual("24:00"u8) || utf8[(DateLength + 1)..].SequenceEqual("24:00:00"u8))
            || !DateOnly.TryParseExact(System.Text.Encoding.ASCII.GetString(utf8[..DateLength]), StoredText.Date, System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out DateOnly day))
            return false;
        days = day.DayNumber + 1 - DateOnly.FromDateTime(Epoch).DayNumber;
        return true;
    }

    /// <summary>The text of a time since the epoch, for the hash of a key; empty for a time that .NET does not have.</summary>
    public static ReadOnlySpan<byte> Text(long ticks, Span<byte> room)
    {
        ticks += Epoch.Ticks;
        return ticks < 0 || ticks > DateTime.MaxValue.Ticks ? [] : Partitions.KeyText.Of(new DateTime(ticks), room);
    }

    /// <summary>PostgreSQL stores microseconds and rounds finer values; so does this.</summary>
    public static long Microseconds(long ticks) => (long)Math.Round(ticks / (decimal)TimeSpan.TicksPerMicrosecond);

    /// <summary>Rounds microseconds to a column's decimals of a second as the server does, half away from zero. So equal keys are equal before
    /// the server has them: writers, shares and duplicates are found by what the column stores.</summary>
    public static long Round(long microseconds, int precision)
    {
        long unit = 1;
        for (int i = precision; i < FinestPrecision; i++)
            unit *= 10;
        return (microseconds + ((microseconds < 0 ? -unit : unit) / 2)) / unit * unit;
    }

    /// <summary>Writes a time since the epoch.</summary>
    public static string? Put(PostgresBuffer buffer, long ticks, int precision)
    {
        buffer.WriteInt8(Round(Math.Min(Microseconds(ticks - Epoch.Ticks), Last), precision));
        return null;
    }
}
