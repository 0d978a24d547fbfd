using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>date.</summary>
internal sealed record PostgresDate() : PostgresParsed(ColumnType.Date)
{
    public override string Sql => "date";

    public override string Takes => "dates";

    public override IEnumerable<TargetType> Wider(Record record, int index) => [new PostgresTimestamp()];

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        if (!ValueConversion.TryConvert(value, ColumnType.Date, out object? date) || date is not DateOnly day)
            return Wrong;
        buffer.WriteInt4(day.DayNumber - DateOnly.FromDateTime(PostgresClock.Epoch).DayNumber);
        return null;
    }
}

/// <summary>time without time zone.</summary>
internal sealed record PostgresTime() : PostgresParsed(ColumnType.Time)
{
    public override string Sql => "time";

    public override string Takes => "times of day";

    protected override string? FromValue(PostgresBuffer buffer, object value)
    {
        if (!ValueConversion.TryConvert(value, ColumnType.Time, out object? time) || time is not TimeOnly clock)
            return Wrong;
        buffer.WriteInt8(PostgresClock.Microseconds(clock.Ticks));
        return null;
    }
}

/// <summary>timestamp without time zone.</summary>
internal sealed record PostgresTimestamp() : PostgresParsed(ColumnType.DateTime)
{
    public override string Sql => "timestamp without time zone";

    public override string Takes => "dates and times";

    public override string StagingSql => "timestamp";

    protected override string? FromValue(PostgresBuffer buffer, object value) => value switch
    {
        DateTimeOffset instant => PostgresClock.Put(buffer, instant.UtcTicks),
        DateTime local => PostgresClock.Put(buffer, local.Ticks),
        DateOnly day => PostgresClock.Put(buffer, day.ToDateTime(TimeOnly.MinValue).Ticks),
        _ => Wrong,
    };
}

/// <summary>timestamp with time zone. A time without one is taken as UTC.</summary>
internal sealed record PostgresInstant() : PostgresParsed(ColumnType.DateTimeOffset)
{
    public override string Sql => "timestamp with time zone";

    public override string Takes => "dates and times";

    public override string StagingSql => "timestamptz";

    protected override string? FromValue(PostgresBuffer buffer, object value) => value switch
    {
        DateTimeOffset instant => PostgresClock.Put(buffer, instant.UtcTicks),
        DateTime { Kind: DateTimeKind.Local } local => PostgresClock.Put(buffer, local.ToUniversalTime().Ticks),
        DateTime time => PostgresClock.Put(buffer, time.Ticks),
        DateOnly day => PostgresClock.Put(buffer, day.ToDateTime(TimeOnly.MinValue).Ticks),
        _ => Wrong,
    };
}

/// <summary>How PostgreSQL counts time.</summary>
internal static class PostgresClock
{
    public static DateTime Epoch { get; } = new(2000, 1, 1);

    /// <summary>PostgreSQL keeps microseconds; what is finer is rounded away, as it does itself.</summary>
    public static long Microseconds(long ticks) => (long)Math.Round(ticks / (decimal)TimeSpan.TicksPerMicrosecond);

    /// <summary>Writes a time since the epoch.</summary>
    public static string? Put(PostgresBuffer buffer, long ticks)
    {
        buffer.WriteInt8(Microseconds(ticks - Epoch.Ticks));
        return null;
    }
}
