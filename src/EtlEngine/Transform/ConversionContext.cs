using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>
/// How texts are read, as far as it is known: what a command was given, or what a dead letter says. A part that is null is
/// not known. Immutable.
/// </summary>
/// <param name="Culture">The culture of numbers and dates.</param>
/// <param name="DateTimeFormats">The formats of dates and timestamps.</param>
/// <param name="TimeZone">The time zone of timestamps without an offset.</param>
internal sealed record ConversionContext(CultureInfo? Culture, IReadOnlyList<string>? DateTimeFormats, TimeZoneInfo? TimeZone)
{
    /// <summary>Nothing is known.</summary>
    public static ConversionContext None { get; } = new(null, null, null);

    /// <summary>All of it.</summary>
    public static ConversionContext Of(ConversionOptions options) => new(options.Culture, options.DateTimeFormats, options.TimeZone)
    {
        NumberNotation = options.NumberNotation,
        TrueValues = options.TrueValues,
        FalseValues = options.FalseValues,
    };

    /// <summary>How numbers may be written.</summary>
    public NumberNotations? NumberNotation { get; init; }

    /// <summary>The texts that are true.</summary>
    public IReadOnlyList<string>? TrueValues { get; init; }

    /// <summary>The texts that are false.</summary>
    public IReadOnlyList<string>? FalseValues { get; init; }

    /// <summary>This, and of another what this lacks.</summary>
    public ConversionContext Over(ConversionContext other) =>
        new(Culture ?? other.Culture, DateTimeFormats ?? other.DateTimeFormats, TimeZone ?? other.TimeZone)
        {
            NumberNotation = NumberNotation ?? other.NumberNotation,
            TrueValues = TrueValues ?? other.TrueValues,
            FalseValues = FalseValues ?? other.FalseValues,
        };

    /// <summary>The options; the default ones for what is not known.</summary>
    public ConversionOptions ToOptions() => new()
    {
        Culture = Culture ?? CultureInfo.InvariantCulture,
        DateTimeFormats = DateTimeFormats ?? [],
        TimeZone = TimeZone ?? TimeZoneInfo.Utc,
        NumberNotation = NumberNotation ?? NumberNotations.Plain,
        TrueValues = TrueValues ?? [],
        FalseValues = FalseValues ?? [],
    };

    /// <summary>The parameters that would say what is not known; null where all is.</summary>
    public string? Missing => (Culture, TimeZone) switch
    {
        (null, null) => "-Culture and -TimeZone",
        (null, _) => "-Culture",
        (_, null) => "-TimeZone",
        _ => null,
    };
}
