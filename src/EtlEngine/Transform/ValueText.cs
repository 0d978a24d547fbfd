using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>The invariant texts of values.</summary>
internal static class ValueText
{
    /// <summary>The text of a value for rules.</summary>
    public static string Of(object value) => value as string ?? PlainOf(value) ?? HostValues.TextOf(value) ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The JSON text of an object or a list.</summary>
    public static bool TryNested(object? value, [NotNullWhen(true)] out string? json)
    {
        json = value is null or string || PlainOf(value) is not null ? null : HostValues.TextOf(value);
        return json is not null;
    }

    /// <summary>The text of a value that is neither an object nor a list; null for others.</summary>
    private static string? PlainOf(object value) => value is JsonValue ? null : ObjectConversion.Convert(value, ColumnType.String, ConversionOptions.Default) as string;

    /// <summary>The text by which values are compared; that of a number does not depend on its type or trailing zeros, and that of an object
    /// not on the order of its members.</summary>
    public static string KeyOf(object value) => KeyOf(value, out _);

    /// <summary>The text by which values are compared.</summary>
    /// <param name="value">The value.</param>
    /// <param name="isNested">Whether it is the JSON of an object or a list.</param>
    public static string KeyOf(object value, out bool isNested)
    {
        string? plain = value switch
        {
            string text => text,
            decimal number => InvariantText.KeyOf(number),
            DateTimeOffset time => Of(time.UtcDateTime),
            byte[] bytes => Convert.ToHexStringLower(bytes),
            _ => PlainOf(value),
        };
        string? nested = plain is null ? HostValues.KeyOf(value) : null;
        isNested = nested is not null;
        return plain ?? nested ?? Of(value);
    }
}
