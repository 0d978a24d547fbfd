using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>How texts are read as numbers, dates and times. Immutable; <see cref="Validate"/> is called once, by who takes it.</summary>
internal sealed record ConversionOptions
{
    private readonly CultureInfo _culture = CultureInfo.InvariantCulture;
    private readonly IReadOnlyList<string> _dateTimeFormats = [];

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
    /// Default none: see <see cref="ValueConversion"/>. Where there is one with a date, dates are read in no other. One without a
    /// date is for times, which are read in the usual forms as well. A date without a year is refused: nothing is taken from the clock.
    /// </summary>
    public IReadOnlyList<string> DateTimeFormats
    {
        get => _dateTimeFormats;
        init
        {
            _dateTimeFormats = value;
            DateFormats = [.. value.Where(DateFormat.HasYear)];
        }
    }

    /// <summary>The formats that have a date.</summary>
    internal IReadOnlyList<string> DateFormats { get; private init; } = [];

    /// <summary>Whether these options read every text as the default ones do. Others are kept in dead letters: an option that is
    /// added here belongs to <see cref="ConversionContext"/> as well.</summary>
    internal bool IsDefault => !HasCulture && DateTimeFormats.Count == 0 && TimeZone.Equals(TimeZoneInfo.Utc);

    /// <summary>Whether numbers or dates are written otherwise than in the invariant culture.</summary>
    internal bool HasCulture => Numbers is not null || Dates.AreOwn;

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
            if (DateFormat.WhyUnusable(format, Culture) is { } reason)
                throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DateTimeFormat: '{format}' {reason}");
        }
        return this;
    }
}
