using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>The values of a row's watermark columns as text, from which a later run continues after exactly that row.</summary>
internal static class KeysetCursor
{
    /// <summary>Whether values of a type have an order, and a text without loss.</summary>
    public static bool Takes(Type type) => Array.IndexOf(Types, type) >= 0;

    private static readonly Type[] Types =
    [
        typeof(string), typeof(byte), typeof(short), typeof(int), typeof(long), typeof(decimal), typeof(float), typeof(double),
        typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(Guid), typeof(byte[]),
    ];

    /// <summary>The text of the values.</summary>
    public static string Write(IReadOnlyList<object> values) =>
        JsonSerializer.Serialize(values.Select(value => $"{value.GetType().Name}:{TextOf(value)}"));

    /// <summary>The values in a text; null if <see cref="Write"/> did not write it.</summary>
    public static object[]? Read(string text)
    {
        try
        {
            return [.. (JsonSerializer.Deserialize<string[]>(text) ?? []).Select(ValueOf)];
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            // A cursor of another kind of source.
            return null;
        }
    }

    /// <summary>The values in a text, for people; null if <see cref="Write"/> did not write it.</summary>
    public static string? Show(string? text) => text is not null && Read(text) is { Length: > 0 } values ? string.Join(", ", values.Select(Shown)) : null;

    private static string Shown(object value) => value switch
    {
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture),
        _ => TextOf(value),
    };

    private static string TextOf(object value) => value is byte[] bytes ? Convert.ToBase64String(bytes) : InvariantText.Of(value);

    private static object ValueOf(string tagged)
    {
        int colon = tagged.IndexOf(':', StringComparison.Ordinal);
        string text = tagged[(colon + 1)..];
        CultureInfo invariant = CultureInfo.InvariantCulture;
        return tagged[..Math.Max(colon, 0)] switch
        {
            nameof(String) => text,
            nameof(Byte) => byte.Parse(text, invariant),
            nameof(Int16) => short.Parse(text, invariant),
            nameof(Int32) => int.Parse(text, invariant),
            nameof(Int64) => long.Parse(text, invariant),
            nameof(Decimal) => decimal.Parse(text, invariant),
            nameof(Single) => float.Parse(text, invariant),
            nameof(Double) => double.Parse(text, invariant),
            nameof(DateTime) => DateTime.ParseExact(text, "O", invariant, DateTimeStyles.RoundtripKind),
            nameof(DateTimeOffset) => DateTimeOffset.ParseExact(text, "O", invariant),
            nameof(DateOnly) => DateOnly.ParseExact(text, "O", invariant),
            nameof(TimeOnly) => TimeOnly.ParseExact(text, "O", invariant),
            nameof(TimeSpan) => TimeSpan.Parse(text, invariant),
            nameof(Guid) => Guid.Parse(text),
            "Byte[]" => Convert.FromBase64String(text),
            _ => throw new FormatException("The value has no type that a cursor knows."),
        };
    }
}
