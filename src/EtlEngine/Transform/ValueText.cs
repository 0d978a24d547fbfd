using System.Collections;
using System.Globalization;

namespace EtlTools.Engine.Transform;

/// <summary>The invariant texts of values.</summary>
internal static class ValueText
{
    /// <summary>The text of a value for rules.</summary>
    public static string Of(object value) =>
        value as string ?? ObjectConversion.Convert(value, ColumnType.String, ConversionOptions.Default) as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    /// <summary>The text by which values are compared; that of a number does not depend on its type or trailing zeros.</summary>
    public static string KeyOf(object value) => value switch
    {
        string text => text,
        decimal number => number.ToString("G29", CultureInfo.InvariantCulture),
        DateTimeOffset time => Of(time.UtcDateTime),
        IDictionary map => string.Join(',', map.Keys.Cast<object>().Select(key => $"{Sized(key)}={Sized(map[key])}").Order(StringComparer.Ordinal)),
        IEnumerable list => string.Join(',', list.Cast<object?>().Select(Sized)),
        _ => Of(value),
    };

    /// <summary>The text with its length, so that different lists have different texts.</summary>
    private static string Sized(object? value) =>
        value is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{KeyOf(value).Length}:{KeyOf(value)}");
}
