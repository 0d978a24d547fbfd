using System.Buffers.Binary;
using System.Globalization;
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
/// <param name="Precision">The decimals of the seconds to which the server rounds; null for microseconds.</param>
internal sealed record PostgresTime(int? Precision = null) : PostgresParsed(ColumnType.Time)
{
    /// <summary>24:00, in microseconds.</summary>
    private const long EndOfDay = TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;

    public override string Sql => "time";

    public override string StagingSql => PostgresClock.Rounded("time", Precision);

    /// <inheritdoc cref="PostgresMoment.IsHashable"/>
    public override bool IsHashable => Precision is null && base.IsHashable;

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
        buffer.WriteInt8(Math.Min(PostgresClock.Microseconds(clock.Ticks), EndOfDay - 1));
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
/// <param name="Reads">What texts are read as.</param>
/// <param name="Precision">The decimals of the seconds to which the server rounds; null for microseconds.</param>
internal abstract record PostgresMoment(ColumnType Reads, int? Precision) : PostgresParsed(Reads)
{
    /// <summary>Which of the values are equal is known only after the server has rounded them.</summary>
    public override bool IsHashable => Precision is null && base.IsHashable;

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
        DateTimeOffset instant => PostgresClock.Put(buffer, instant.UtcTicks),
        DateTime time => PostgresClock.Put(buffer, StoredText.AsUtc(time).Ticks),
        DateOnly day => PostgresClock.Put(buffer, day.ToDateTime(TimeOnly.MinValue).Ticks),
        _ => Wrong,
    };

    protected override bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8) => PostgresClock.TryPutSpecial(buffer, utf8);
}

/// <summary>timestamp without time zone: an instant is stored in UTC, a time without a zone unchanged.</summary>
internal sealed record PostgresTimestamp(int? Precision = null) : PostgresMoment(ColumnType.DateTime, Precision)
{
    public override string Sql => "timestamp without time zone";

    public override string StagingSql => PostgresClock.Rounded("timestamp", Precision);
}

/// <summary>timestamp with time zone. A time without a zone is taken as UTC.</summary>
internal sealed record PostgresInstant(int? Precision = null) : PostgresMoment(ColumnType.DateTimeOffset, Precision)
{
    public override string Sql => "timestamp with time zone";

    public override string StagingSql => PostgresClock.Rounded("timestamptz", Precision);
}

/// <summary>How PostgreSQL counts time.</summary>
internal static class PostgresClock
{
    /// <summary>The type of a column that rounds as the target does, so that equal keys are found among the staged rows.</summary>
    public static string Rounded(string type, int? precision) => precision is { } decimals ? string.Create(CultureInfo.InvariantCulture, $"{type}({decimals})") : type;

    public static DateTime Epoch { get; } = new(2000, 1, 1);

    /// <summary>The last microsecond before <see cref="DateTime.MaxValue"/>, which means "never"; rounding must not turn it into the year
    /// 10000.</summary>
    private static readonly long Last = Microseconds(DateTime.MaxValue.Ticks + 1 - Epoch.Ticks) - 1;

    /// <summary>Writes infinity, -infinity, a time before Christ, or the end of a day, 24:00.</summary>
    public static bool TryPutSpecial(PostgresBuffer buffer, ReadOnlySpan<byte> utf8)
    {
        if (PostgresEra.TryRead(utf8, out int days, out TimeSpan ofDay) || TryReadEndOfDay(utf8, out days))
        {
            buffer.WriteInt8((days * (TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond)) + Microseconds(ofDay.Ticks));
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

    /// <summary>Writes a time since the epoch.</summary>
    public static string? Put(PostgresBuffer buffer, long ticks)
    {
        buffer.WriteInt8(Math.Min(Microseconds(ticks - Epoch.Ticks), Last));
        return null;
    }
}
