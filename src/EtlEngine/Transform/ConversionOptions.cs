using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>How texts are read as numbers, dates and times. Immutable; <see cref="Validate"/> is called once, by who takes it.</summary>
internal sealed record ConversionOptions
{
    private static readonly DateTime Sample = new(2026, 10, 25, 13, 45, 56);

    private readonly CultureInfo _culture = CultureInfo.InvariantCulture;

    /// <summary>Invariant culture, UTC, no formats of one's own.</summary>
    public static ConversionOptions Default { get; } = new();

    /// <summary>
    /// The culture of numbers and dates. Default the invariant one, which knows no group separators. With another one they
    /// may stand where the culture puts them, and nowhere else: a German <c>1.5</c> is refused, not read as 15.
    /// </summary>
    public CultureInfo Culture
    {
        get => _culture;
        init
        {
            _culture = value;
            Numbers = CultureNumbers.Of(value);
            Dates = CultureDates.Of(value);
        }
    }

    /// <summary>
    /// The time zone of a timestamp without an offset. Default UTC. A time that the clocks skipped in it is no timestamp; of
    /// two equal ones, when they were put back, the later is meant, in standard time, as .NET and PostgreSQL read it.
    /// </summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>
    /// The formats of dates and timestamps, as <see cref="DateTime.ParseExact(string, string, IFormatProvider)"/> has them.
    /// Default none: see <see cref="ValueConversion"/>. Where there are some, no other is read. A time is read by the ones
    /// that fit a time, and as ever.
    /// </summary>
    public IReadOnlyList<string> DateTimeFormats { get; init; } = [];

    /// <summary>How the culture writes numbers; null for the invariant one.</summary>
    internal CultureNumbers? Numbers { get; private init; }

    /// <summary>The formats in which the culture writes dates.</summary>
    internal CultureDates Dates { get; private init; } = CultureDates.Of(CultureInfo.InvariantCulture);

    /// <summary>Throws when the options cannot work.</summary>
    /// <exception cref="EtlException">InvalidParameter, with the parameter's name in the message.</exception>
    public ConversionOptions Validate()
    {
        foreach (string format in DateTimeFormats)
        {
            if (WhyUnusable(format) is { } reason)
                throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DateTimeFormat: '{format}' {reason}");
        }
        return this;
    }

    /// <summary>What a value that was refused is not, for messages.</summary>
    internal string NameOf(ColumnType type)
    {
        bool isInZone = type is ColumnType.DateTime or ColumnType.DateTimeOffset && !ReferenceEquals(TimeZone, TimeZoneInfo.Utc);
        return isInZone ? $"{ColumnTypes.NameOf(type)} in the time zone {TimeZone.Id}" : ColumnTypes.NameOf(type);
    }

    private string? WhyUnusable(string format)
    {
        const string unknown = "is no format of a date or time. Use a format such as 'dd.MM.yyyy HH:mm:ss'.";
        try
        {
            if (!DateTime.TryParseExact(Sample.ToString(format, Culture), format, Culture, DateTimeStyles.RoundtripKind, out DateTime back))
                return unknown;
            // Otherwise all dates would be read as dates in January.
            return back.Day == Sample.Day && back.Month != Sample.Month ? "has a day and no month. MM is the month, mm the minute." : null;
        }
        catch (FormatException)
        {
            return unknown;
        }
    }
}
