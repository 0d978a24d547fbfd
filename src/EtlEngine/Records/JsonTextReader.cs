using System.Collections.Specialized;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Records;

/// <summary>Reads values that <see cref="JsonText"/> has written.</summary>
internal static class JsonTextReader
{
    /// <summary>Reads a value back.</summary>
    /// <param name="json">The value.</param>
    /// <param name="type">Its type in the letter: a name, or for a list or an object the types of its contents; undefined if JSON shows
    /// it.</param>
    /// <exception cref="FormatException">The value is not of that type.</exception>
    public static object? Read(JsonElement json, JsonElement type) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ReadNumber(json, NameOf(type)),
        JsonValueKind.String => ReadText(JsonString.ReadAsWritten(json), NameOf(type)),
        _ when type.ValueKind != JsonValueKind.Object => new JsonValue(Encoding.UTF8.GetBytes(json.GetRawText())),
        JsonValueKind.Array => json.EnumerateArray().Select((item, index) => Read(item, Inside(type, index.ToString(CultureInfo.InvariantCulture)))).ToArray(),
        _ => ReadMap(json, type),
    };

    private static string? NameOf(JsonElement type) => type.ValueKind == JsonValueKind.String ? JsonString.ReadAsWritten(type) : null;

    private static JsonElement Inside(JsonElement type, string name) => type.TryGetProperty(name, out JsonElement inside) ? inside : default;

    private static OrderedDictionary ReadMap(JsonElement json, JsonElement type)
    {
        var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty property in json.EnumerateObject())
            map[property.Name] = Read(property.Value, Inside(type, property.Name));
        return map;
    }

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
        "half" => Half.Parse(json.GetRawText(), CultureInfo.InvariantCulture),
        "biginteger" => BigInteger.Parse(json.GetRawText(), CultureInfo.InvariantCulture),
        "int128" => Int128.Parse(json.GetRawText(), CultureInfo.InvariantCulture),
        "uint128" => UInt128.Parse(json.GetRawText(), CultureInfo.InvariantCulture),
        _ => json.TryGetInt64(out long whole) ? whole : json.TryGetDecimal(out decimal exact) ? exact : json.GetDouble(),
    };

    private static object ReadText(string text, string? type) => type switch
    {
        "double" => double.Parse(text, CultureInfo.InvariantCulture),
        "float" => float.Parse(text, CultureInfo.InvariantCulture),
        "half" => Half.Parse(text, CultureInfo.InvariantCulture),
        "bytes" => Convert.FromBase64String(text),
        "datetime" => DateTime.Parse(Dated(text), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "datetimeoffset" => DateTimeOffset.Parse(Dated(text), CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
        "date" => DateOnly.Parse(Dated(text), CultureInfo.InvariantCulture),
        "time" => TimeOnly.Parse(text, CultureInfo.InvariantCulture),
        "timespan" => TimeSpan.Parse(text, CultureInfo.InvariantCulture),
        "guid" => Guid.Parse(text),
        "char" => char.Parse(text),
        _ => text,
    };

    /// <summary>Refuses a corrected value without its date or year, which .NET would take from the clock.</summary>
    private static string Dated(string text) =>
        text.Length >= 10 && text[4] == '-' && text[7] == '-' && !text.AsSpan(0, 4).ContainsAnyExceptInRange('0', '9')
            ? text
            : throw new FormatException("A date begins with its year.");
}
