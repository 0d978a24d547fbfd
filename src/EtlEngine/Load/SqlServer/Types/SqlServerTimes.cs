using System.Data.SqlTypes;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>date.</summary>
internal sealed record SqlServerDate() : SqlServerType("date")
{
    public override string Takes => "dates without a time";

    public override IEnumerable<TargetType> Wider(Record record, int index) => [new SqlServerDateTime2(SqlServerClock.FinestScale)];

    protected override string? ConvertValue(object source, out object? value)
    {
        string? problem = To(source, ColumnType.Date, out value);
        if (problem is null)
            value = ((DateOnly)value!).ToDateTime(TimeOnly.MinValue);
        return problem;
    }
}

/// <summary>time.</summary>
/// <param name="Scale">The digits of a second.</param>
internal sealed record SqlServerTime(int Scale) : SqlServerType(FormattableString.Invariant($"time({Scale})"))
{
    public override string Takes => "times of day";

    protected override string? ConvertValue(object source, out object? value)
    {
        string? problem = To(source, ColumnType.Time, out value);
        if (problem is null)
            value = new TimeSpan(SqlServerClock.Round(((TimeOnly)value!).Ticks, Scale, TimeSpan.TicksPerDay));
        return problem;
    }
}

/// <summary>datetime and smalldatetime, with steps of 1/300 s and one minute.</summary>
/// <param name="IsSmall">Which of them.</param>
internal sealed record SqlServerDateTime(bool IsSmall) : SqlServerType(IsSmall ? "smalldatetime" : "datetime")
{
    private static readonly DateTime SmallMin = new(1900, 1, 1), SmallMax = new(2079, 6, 6, 23, 59, 0);

    public override string Takes => "dates and times of its range";

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.DateTime, out value) is { } problem)
            return problem;
        var time = (DateTime)value!;
        // Rounded here as the server does, so that what is rounded out of the range is seen: .999 s is the next second. From 29.999 s
        // on smalldatetime is the next minute (https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql).
        if (time < (IsSmall ? SmallMin : SqlDateTime.MinValue.Value) || time > (IsSmall ? SmallMax.AddMinutes(1) : SqlDateTime.MaxValue.Value.AddMilliseconds(1)))
            return Wrong;
        DateTime rounded = new SqlDateTime(DateTime.SpecifyKind(time, DateTimeKind.Unspecified)).Value;
        if (IsSmall)
            rounded = new DateTime((rounded.Ticks + (TimeSpan.TicksPerMinute / 2)) / TimeSpan.TicksPerMinute * TimeSpan.TicksPerMinute);
        value = rounded;
        return IsSmall && rounded > SmallMax ? Wrong : null;
    }
}

/// <summary>datetime2.</summary>
/// <param name="Scale">The digits of a second.</param>
internal sealed record SqlServerDateTime2(int Scale) : SqlServerType(FormattableString.Invariant($"datetime2({Scale})"))
{
    public override string Takes => "dates and times of its range";

    protected override string? ConvertValue(object source, out object? value)
    {
        string? problem = To(source, ColumnType.DateTime, out value);
        if (problem is null)
            value = new DateTime(SqlServerClock.Round(((DateTime)value!).Ticks, Scale, DateTime.MaxValue.Ticks + 1));
        return problem;
    }
}

/// <summary>datetimeoffset.</summary>
/// <param name="Scale">The digits of a second.</param>
internal sealed record SqlServerDateTimeOffset(int Scale) : SqlServerType(FormattableString.Invariant($"datetimeoffset({Scale})"))
{
    public override string Takes => "dates and times of its range";

    /// <summary>The server compares instants; the offset is stored with them.</summary>
    public override string Comparable(string value) => $"{value}, DATEPART(TZOFFSET, {value})";

    /// <summary>Two offsets of the same instant are one key.</summary>
    public override int Hash(object? value) => value is DateTimeOffset time ? time.UtcTicks.GetHashCode() : 0;

    protected override string? ConvertValue(object source, out object? value)
    {
        if (To(source, ColumnType.DateTimeOffset, out value) is { } problem)
            return problem;
        var time = (DateTimeOffset)value!;
        // Neither UTC nor the local time may be rounded up to the year 10000.
        long end = DateTime.MaxValue.Ticks + 1 - Math.Max(0, time.Offset.Ticks);
        value = new DateTimeOffset(SqlServerClock.Round(time.UtcTicks, Scale, end), TimeSpan.Zero).ToOffset(time.Offset);
        return null;
    }
}

/// <summary>How SQL Server rounds time.</summary>
internal static class SqlServerClock
{
    public const int FinestScale = 7;

    /// <summary>Rounds to the digits of a scale, but never beyond the range.</summary>
    public static long Round(long ticks, int scale, long end)
    {
        long unit = (long)PowerOfTen.Of(FinestScale - scale);
        return Math.Min((ticks + (unit / 2)) / unit * unit, end - unit);
    }
}
