using System.Globalization;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.DeadLetters;

/// <summary>Reads back what <see cref="JsonText"/> has written.</summary>
internal static class LetterValueReader
{
    /// <summary>Reads a value back.</summary>
    /// <param name="json">The value.</param>
    /// <param name="type">The name of its type that <see cref="JsonText"/> gave, or null.</param>
    /// <exception cref="FormatException">The value is not of that type.</exception>
    public static object? Read(JsonElement json, string? type) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ReadNumber(json, type),
        JsonValueKind.String => ReadText(json.GetString()!, type),
        _ => new JsonValue(Encoding.UTF8.GetBytes(json.GetRawText())),
    };

    private static object ReadNumber(JsonElement json, string? type) => type switch
    {
        "int" => json.GetInt32(),
        "sbyte" => json.GetSByte(),
        "byte" => json.GetByte(),
        "int16" => json.GetInt16(),
        "uint16" => json.GetUInt16(),
        "uint32" => json.GetUInt32(),
        "uint64" => json.GetUInt64(),
        "decimal" => json.GetDecimal(),
        "double" => json.GetDouble(),
        "float" => json.GetSingle(),
        _ => json.TryGetInt64(out long whole) ? whole : json.TryGetDecimal(out decimal exact) ? exact : json.GetDouble(),
    };

    private static object ReadText(string text, string? type) => type switch
    {
        "double" => double.Parse(text, CultureInfo.InvariantCulture),
        "float" => float.Parse(text, CultureInfo.InvariantCulture),
        "bytes" => Convert.FromBase64String(text),
        "datetime" => DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "datetimeoffset" => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "date" => DateOnly.Parse(text, CultureInfo.InvariantCulture),
        "time" => TimeOnly.Parse(text, CultureInfo.InvariantCulture),
        "timespan" => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
        "guid" => Guid.Parse(text),
        "char" => char.Parse(text),
        _ => text,
    };
}
