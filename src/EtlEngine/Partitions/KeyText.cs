using System.Globalization;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Partitions;

/// <summary>
/// The text by which a key value is hashed for shares: the same for values that are equal in a database column, whatever their .NET type
/// and notation. Texts are hashed as they are.
/// </summary>
internal static class KeyText
{
    // All decimal places that a decimal has, without zeros at the end.
    private const string Decimal = "0.############################";

    private const string Midnight = StoredText.Date;

    /// <summary>The text; null for a value without one.</summary>
    public static string? Of(object value) => value switch
    {
        Guid id => id.ToString("D", CultureInfo.InvariantCulture),
        0m or 0d or 0f => "0",
        decimal number => number.ToString(Decimal, CultureInfo.InvariantCulture),
        DateTime time => Text(StoredText.AsUtc(time)),
        DateTimeOffset time => Text(time.UtcDateTime),
        _ => StoredText.Of(value),
    };

    /// <summary>The text of a time of day.</summary>
    public static ReadOnlySpan<byte> Of(TimeOnly time, Span<byte> room) => Format(time, StoredText.Time, room);

    /// <summary>The text of a time; at midnight, that of its day.</summary>
    public static ReadOnlySpan<byte> Of(DateTime time, Span<byte> room) => Format(time, FormOf(time), room);

    private static string Text(DateTime time) => time.ToString(FormOf(time), CultureInfo.InvariantCulture);

    private static string FormOf(DateTime time) => time.TimeOfDay == TimeSpan.Zero ? Midnight : StoredText.DateTime;

    private static ReadOnlySpan<byte> Format<T>(T value, string form, Span<byte> room) where T : IUtf8SpanFormattable =>
        value.TryFormat(room, out int length, form, CultureInfo.InvariantCulture)
            ? room[..length]
            : throw new InvalidOperationException($"A {typeof(T).Name} is longer than {room.Length} bytes.");
}
