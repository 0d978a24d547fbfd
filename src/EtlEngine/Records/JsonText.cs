using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>
/// Writes values so that they can be read back as they were. What JSON tells by itself is text, true and false, null, and
/// whole numbers, read as 64 bits; the type of everything else is named.
/// </summary>
internal static class JsonText
{
    /// <summary>Nesting beyond this is written as text.</summary>
    private const int MaxDepth = 32;

    /// <summary>A file, not a web page: only what JSON itself forbids is escaped.</summary>
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a value.</summary>
    /// <param name="json">What to write to.</param>
    /// <param name="value">The value.</param>
    /// <param name="membersOf">The members of an object that only the host can look into; null for any other value.</param>
    /// <returns>The name of its type where the JSON alone does not tell it.</returns>
    public static string? Write(Utf8JsonWriter json, object? value, Func<object, IEnumerable<KeyValuePair<string, object?>>?>? membersOf = null) =>
        Write(json, value, membersOf, MaxDepth);

    private static string? Write(Utf8JsonWriter json, object? value, Func<object, IEnumerable<KeyValuePair<string, object?>>?>? membersOf, int depth)
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
            case JsonValue nested:
                json.WriteRawValue(nested.Utf8.Span, skipInputValidation: true);
                return nested.IsArray ? "array" : "object";
            case IDictionary map when depth > 0:
                WriteMap(json, Entries(map), membersOf, depth);
                return "object";
            case not null when depth > 0 && membersOf?.Invoke(value) is { } members:
                WriteMap(json, members, membersOf, depth);
                return "object";
            case IEnumerable list when depth > 0:
                WriteList(json, list, membersOf, depth);
                return "array";
            default:
                json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                return "text";
        }
    }

    /// <summary>By the dictionary's own enumerator: a generic one gives other things when it is enumerated as a sequence.</summary>
    private static IEnumerable<KeyValuePair<string, object?>> Entries(IDictionary map)
    {
        foreach (DictionaryEntry entry in map)
            yield return KeyValuePair.Create(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "", entry.Value);
    }

    private static void WriteMap(
        Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> map, Func<object, IEnumerable<KeyValuePair<string, object?>>?>? membersOf, int depth)
    {
        json.WriteStartObject();
        foreach ((string name, object? value) in map)
        {
            json.WritePropertyName(name);
            Write(json, value, membersOf, depth - 1);
        }
        json.WriteEndObject();
    }

    private static void WriteList(
        Utf8JsonWriter json, IEnumerable list, Func<object, IEnumerable<KeyValuePair<string, object?>>?>? membersOf, int depth)
    {
        json.WriteStartArray();
        foreach (object? item in list)
            Write(json, item, membersOf, depth - 1);
        json.WriteEndArray();
    }
}
