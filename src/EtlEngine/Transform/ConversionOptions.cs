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
            NamedFormats = NamedFormat.Of(value);
            TimeFormats = [.. value.Where(format => !NamedFormat.IsOne(format))];
            DateFormats = [.. TimeFormats.Where(DateFormat.HasYear)];
        }
    }

    /// <summary>How numbers may be written beside the plain form. Default: in that form alone.</summary>
    public NumberNotations NumberNotation { get; init; }

    /// <summary>The texts that are true, without regard to case. Default none: with no <see cref="FalseValues"/> either, true, yes, t, y
    /// and 1 are.</summary>
    public IReadOnlyList<string> TrueValues { get; init; } = [];

    /// <summary>The texts that are false, as <see cref="TrueValues"/>. An empty one makes an empty text false.</summary>
    public IReadOnlyList<string> FalseValues { get; init; } = [];

    /// <summary>Whether the words for true and false are one's own.</summary>
    internal bool HasOwnWords => TrueValues.Count > 0 || FalseValues.Count > 0;

    /// <summary>The formats among <see cref="DateTimeFormats"/> that have a name.</summary>
    internal NamedFormats NamedFormats { get; private init; }

    /// <summary>All but those.</summary>
    internal IReadOnlyList<string> TimeFormats { get; private init; } = [];

    /// <summary>Whether dates are read in no other formats than those that were given.</summary>
    internal bool HasDateFormats => DateFormats.Count > 0 || (NamedFormats & NamedFormats.Numbers) != 0;

    /// <summary>The formats that have a date.</summary>
    internal IReadOnlyList<string> DateFormats { get; private init; } = [];

    /// <summary>Whether these options read every text as the default ones do. Others are kept in dead letters: an option that is
    /// added here belongs to <see cref="ConversionContext"/> as well.</summary>
    internal bool IsDefault => !HasCulture && DateTimeFormats.Count == 0 && TimeZone.Equals(TimeZoneInfo.Utc)
        && NumberNotation == NumberNotations.Plain && !HasOwnWords;

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
        foreach (string format in TimeFormats)
        {
            if (DateFormat.WhyUnusable(format, Culture) is { } reason)
                throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DateTimeFormat: '{format}' {reason}");
        }
        string? both = TrueValues.FirstOrDefault(word => FalseValues.Contains(word, StringComparer.OrdinalIgnoreCase));
        return both is null ? this : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-TrueValue and -FalseValue both have the word '{both}'.");
    }
}
