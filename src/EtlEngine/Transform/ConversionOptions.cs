using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The options for converting texts to numbers, dates and times. Immutable; the user of the options calls <see cref="Validate"/>
/// once.</summary>
internal sealed record ConversionOptions
{
    private readonly CultureInfo _culture = CultureInfo.InvariantCulture;
    private readonly IReadOnlyList<string> _dateTimeFormats = [];

    /// <summary>The invariant culture, UTC, and no formats.</summary>
    public static ConversionOptions Default { get; } = new();

    /// <summary>The same, but with dates in no culture's format, where nobody has said in which order day and month are.</summary>
    public static ConversionOptions OnlyClearDates { get; } = new() { Dates = CultureDates.OnlyTimes };

    /// <summary>
    /// The culture of numbers and dates. Default: the invariant culture, which accepts no group separators. Those of another culture are
    /// accepted only at the right places: a German <c>1.5</c> is refused, not read as 15.
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
    /// The time zone of a timestamp without an offset. Default UTC. A time that was skipped when the clocks changed is not a timestamp. Of
    /// a repeated time, the later one is used, in standard time, as in .NET and PostgreSQL.
    /// </summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>
    /// The formats of dates and timestamps, as in <see cref="DateTime.ParseExact(string, string, IFormatProvider)"/>. Default none: see
    /// <see cref="ValueConversion"/>. If a format has a date, dates are accepted only in the given formats. A format without a date is for
    /// times, which are accepted in the usual forms, too. A date without a year is refused, because nothing is taken from the clock.
    /// </summary>
    public IReadOnlyList<string> DateTimeFormats
    {
        get => _dateTimeFormats;
        init
        {
            _dateTimeFormats = value;
            NamedFormats = NamedFormat.Of(value);
            TimeFormats = [.. value.Where(format => !NamedFormat.IsOne(format))];
            DateFormats = [.. TimeFormats.Where(DateFormat.HasYear).Select(format => (format, DateFormat.IsUtc(format)))];
        }
    }

    /// <summary>The accepted number notations. Default: only the plain one.</summary>
    public NumberNotations NumberNotation { get; init; }

    /// <summary>The texts that mean true, without regard to case. Default none: then true, yes, t, y and 1 do, unless there are <see
    /// cref="FalseValues"/>.</summary>
    public IReadOnlyList<string> TrueValues { get; init; } = [];

    /// <summary>The texts that mean false, like <see cref="TrueValues"/>. An empty one makes an empty text false.</summary>
    public IReadOnlyList<string> FalseValues { get; init; } = [];

    /// <summary>Whether there are custom texts for true and false.</summary>
    internal bool HasOwnWords => TrueValues.Count > 0 || FalseValues.Count > 0;

    /// <summary>The named formats among <see cref="DateTimeFormats"/>.</summary>
    internal NamedFormats NamedFormats { get; private init; }

    /// <summary>All other formats.</summary>
    internal IReadOnlyList<string> TimeFormats { get; private init; } = [];

    /// <summary>Whether dates are accepted only in the given formats.</summary>
    internal bool HasDateFormats => DateFormats.Count > 0 || (NamedFormats & NamedFormats.Numbers) != 0;

    /// <summary>The formats that have a date, and whether their times are in UTC.</summary>
    internal IReadOnlyList<(string Format, bool IsUtc)> DateFormats { get; private init; } = [];

    /// <summary>Whether these options convert every text as the defaults do. Other options are stored in dead letters; an option that is
    /// added here also belongs to <see cref="ConversionContext"/>.</summary>
    internal bool IsDefault => !HasCulture && DateTimeFormats.Count == 0 && TimeZone.Equals(TimeZoneInfo.Utc)
        && NumberNotation == NumberNotations.Plain && !HasOwnWords;

    /// <summary>Whether the culture writes numbers or dates differently from the invariant one.</summary>
    internal bool HasCulture => Numbers is not null || Dates.AreOwn;

    /// <summary>How the culture writes numbers; null for the invariant one.</summary>
    internal CultureNumbers? Numbers { get; private init; }

    /// <summary>The formats in which the culture writes dates.</summary>
    internal CultureDates Dates { get; private init; } = CultureDates.Of(CultureInfo.InvariantCulture);

    /// <summary>Throws if an option is not valid.</summary>
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
