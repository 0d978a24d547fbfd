using System.Collections;
using System.Collections.Specialized;
using System.Globalization;
using System.Text.Json;

namespace EtlTools.Engine.Load;

/// <summary>
/// Writes values so that they can be read back as they were. What JSON tells by itself is text, true and false, null, and
/// whole numbers, read as 64 bits; the type of everything else is named.
/// </summary>
internal static class LetterValues
{
    /// <summary>Nesting beyond this is written as text.</summary>
    private const int MaxDepth = 32;

    /// <summary>Writes a value.</summary>
    /// <returns>The name of its type where the JSON alone does not tell it.</returns>
    public static string? Write(Utf8JsonWriter json, object? value) => Write(json, value, MaxDepth);

    /// <summary>Reads a value back.</summary>
    /// <param name="json">The value.</param>
    /// <param name="type">The name of its type that <see cref="Write(Utf8JsonWriter, object?)"/> gave, or null.</param>
    /// <exception cref="FormatException">The value is not of that type.</exception>
    public static object? Read(JsonElement json, string? type) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => ReadNumber(json, type),
        JsonValueKind.String => ReadText(json.GetString()!, type),
        JsonValueKind.Array => json.EnumerateArray().Select(item => Read(item, null)).ToArray(),
        _ => ReadMap(json),
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

    private static OrderedDictionary ReadMap(JsonElement json)
    {
        var map = new OrderedDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (JsonProperty property in json.EnumerateObject())
            map[property.Name] = Read(property.Value, null);
        return map;
    }

    private static string? Write(Utf8JsonWriter json, object? value, int depth)
    {
        switch (value)
        {
            case null or DBNull:
                json.WriteNullValue();
                return null;
            case string text:
                json.WriteStringValue(text);
                return null;
            case bool flag:
                json.WriteBooleanValue(flag);
                return null;
            case long number:
                json.WriteNumberValue(number);
                return null;
            case int number:
                json.WriteNumberValue(number);
                return "int";
            case sbyte or byte or short or ushort or uint:
                json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                return value.GetType().Name.ToLowerInvariant();
            case ulong number:
                json.WriteNumberValue(number);
                return "uint64";
            case decimal number:
                json.WriteNumberValue(number);
                return "decimal";
            case double number when double.IsFinite(number):
                json.WriteNumberValue(number);
                return "double";
            case float number when float.IsFinite(number):
                json.WriteNumberValue(number);
                return "float";
            case double number:
                json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                return "double";
            case float number:
                json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                return "float";
            case byte[] bytes:
                json.WriteBase64StringValue(bytes);
                return "bytes";
            case DateTime date:
                json.WriteStringValue(date.ToString("O", CultureInfo.InvariantCulture));
                return "datetime";
            case DateTimeOffset date:
                json.WriteStringValue(date.ToString("O", CultureInfo.InvariantCulture));
                return "datetimeoffset";
            case DateOnly date:
                json.WriteStringValue(date.ToString("O", CultureInfo.InvariantCulture));
                return "date";
            case TimeOnly clock:
                json.WriteStringValue(clock.ToString("O", CultureInfo.InvariantCulture));
                return "time";
            case TimeSpan span:
                json.WriteStringValue(span.ToString("c", CultureInfo.InvariantCulture));
                return "timespan";
            case Guid id:
                json.WriteStringValue(id);
                return "guid";
            case char c:
                json.WriteStringValue(c.ToString());
                return "char";
            case IDictionary map when depth > 0:
                WriteMap(json, map, depth);
                return "object";
            case IEnumerable list when depth > 0:
                WriteList(json, list, depth);
                return "array";
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                return "text";
        }
    }

    private static void WriteMap(Utf8JsonWriter json, IDictionary map, int depth)
    {
        json.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            json.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "");
            Write(json, entry.Value, depth - 1);
        }
        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable list, int depth)
    {
        json.WriteStartArray();
        foreach (object? item in list)
            Write(json, item, depth - 1);
        json.WriteEndArray();
    }
}
