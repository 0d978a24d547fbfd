using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>
/// The known options for converting texts, from a command or from a dead letter. Null means unknown. Immutable.
/// </summary>
/// <param name="Culture">The culture of numbers and dates.</param>
/// <param name="DateTimeFormats">The formats of dates and timestamps.</param>
/// <param name="TimeZone">The time zone of timestamps without an offset.</param>
internal sealed record ConversionContext(CultureInfo? Culture, IReadOnlyList<string>? DateTimeFormats, TimeZoneInfo? TimeZone)
{
    /// <summary>Nothing is known.</summary>
    public static ConversionContext None { get; } = new(null, null, null);

    /// <summary>Everything is known.</summary>
    public static ConversionContext Of(ConversionOptions options) => new(options.Culture, options.DateTimeFormats, options.TimeZone)
    {
        NumberNotation = options.NumberNotation,
        TrueValues = options.TrueValues,
        FalseValues = options.FalseValues,
    };

    /// <summary>The accepted number notations.</summary>
    public NumberNotations? NumberNotation { get; init; }

    /// <summary>The texts that mean true.</summary>
    public IReadOnlyList<string>? TrueValues { get; init; }

    /// <summary>The texts that mean false.</summary>
    public IReadOnlyList<string>? FalseValues { get; init; }

    /// <summary>These options, completed by those of another context.</summary>
    public ConversionContext Over(ConversionContext other) =>
        new(Culture ?? other.Culture, DateTimeFormats ?? other.DateTimeFormats, TimeZone ?? other.TimeZone)
        {
            NumberNotation = NumberNotation ?? other.NumberNotation,
            TrueValues = TrueValues ?? other.TrueValues,
            FalseValues = FalseValues ?? other.FalseValues,
        };

    /// <summary>The options, with defaults for unknown ones.</summary>
    public ConversionOptions ToOptions() => new()
    {
        Culture = Culture ?? CultureInfo.InvariantCulture,
        DateTimeFormats = DateTimeFormats ?? [],
        TimeZone = TimeZone ?? TimeZoneInfo.Utc,
        NumberNotation = NumberNotation ?? NumberNotations.Plain,
        TrueValues = TrueValues ?? [],
        FalseValues = FalseValues ?? [],
    };

    /// <summary>The parameters for the unknown options; null if all are known.</summary>
    public string? Missing => (Culture, TimeZone) switch
    {
        (null, null) => "-Culture and -TimeZone",
        (null, _) => "-Culture",
        (_, null) => "-TimeZone",
        _ => null,
    };
}
