using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>
/// Writes values so that they can be read back as they were. What JSON tells by itself is text, true and false, null, lists,
/// objects, and whole numbers, read as 64 bits; the type of everything else is named.
/// </summary>
internal static class JsonText
{
    /// <summary>Nesting beyond this is written as text.</summary>
    private const int MaxDepth = 32;

    private const string Unknown = "unknown";

    /// <summary>A file, not a web page: only what JSON itself forbids is escaped.</summary>
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a value.</summary>
    /// <param name="json">What to write to.</param>
    /// <param name="value">The value.</param>
    /// <param name="lookInto">Makes a dictionary, a list or a plain value of an object that only the host can look into; gives any
    /// other back.</param>
    /// <returns>Its type where the JSON alone does not tell it.</returns>
    public static LetterType? Write(Utf8JsonWriter json, object? value, Func<object, object?>? lookInto = null) =>
        Write(json, value, lookInto, MaxDepth);

    private static LetterType? Write(Utf8JsonWriter json, object? value, Func<object, object?>? lookInto, int depth)
    {
        switch (value)
        {
            case JsonValue nested:
                json.WriteRawValue(nested.Utf8.Span, skipInputValidation: true);
                return null;
            case IDictionary map when depth > 0:
                return WriteMap(json, map, lookInto, depth - 1);
            case IEnumerable list and not (string or byte[]) when depth > 0:
                return WriteList(json, list, lookInto, depth - 1);
            case null:
                json.WriteNullValue();
                return null;
        }
        if (TryWritePlain(json, value, out string? type))
            return LetterType.Of(type);
        object? simple = lookInto is null ? value : lookInto(value);
        if (depth > 0 && !ReferenceEquals(simple, value))
            return Write(json, simple, lookInto, depth - 1);
        json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
        return LetterType.Of("text");
    }

    private static LetterType? WriteMap(Utf8JsonWriter json, IDictionary map, Func<object, object?>? lookInto, int depth)
    {
        var types = new List<(string, LetterType)>();
        json.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            string name = Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "";
            json.WritePropertyName(name);
            if (Write(json, entry.Value, lookInto, depth) is { } type)
                types.Add((name, type));
        }
        json.WriteEndObject();
        return LetterType.Of(types);
    }

    private static LetterType? WriteList(Utf8JsonWriter json, IEnumerable list, Func<object, object?>? lookInto, int depth)
    {
        var types = new List<(string, LetterType)>();
        int index = 0;
        json.WriteStartArray();
        foreach (object? item in list)
        {
            if (Write(json, item, lookInto, depth) is { } type)
                types.Add((index.ToString(CultureInfo.InvariantCulture), type));
            index++;
        }
        json.WriteEndArray();
        return LetterType.Of(types);
    }

    private static bool TryWritePlain(Utf8JsonWriter json, object value, out string? type)
    {
        type = WriteOne(json, value);
        return type != Unknown;
    }

    private static string? WriteOne(Utf8JsonWriter json, object value)
    {
        switch (value)
        {
            case DBNull:
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
            default:
                return Unknown;
        }
    }
}
