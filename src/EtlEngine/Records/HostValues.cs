using System.Buffers;
using System.Collections;
using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>Objects, dictionaries and lists of the host inside records. Unlike all other values they can be changed, and only the host can look into
/// all of them.</summary>
internal static class HostValues
{
    private static Func<object, object> _copy = value => value;
    private static Func<object, object?> _lookInto = value => value;

    /// <summary>Sets what the host does with its values.</summary>
    /// <param name="copy">Copies an object, a dictionary or a list with all that is in it; returns any other value unchanged.</param>
    /// <param name="lookInto">Converts an object to a dictionary, a list or a plain value; returns any other unchanged.</param>
    public static void Use(Func<object, object> copy, Func<object, object?> lookInto) => (_copy, _lookInto) = (copy, lookInto);

    /// <summary>A value for a record of its own, which changes in other records do not reach.</summary>
    public static object? Own(object? value) => value is null or string or ValueType or JsonValue or byte[]? value : _copy(value);

    /// <summary>The JSON text of an object or a list, the same whether somebody has looked into it or not; null for any other value.</summary>
    /// <exception cref="NestingException">It is nested too deep, or inside itself.</exception>
    public static string? TextOf(object value) =>
        (value is JsonValue json ? Write(writer => Rewrite(json, writer)) : JsonOf(value))?.ToString();

    /// <summary>The JSON text by which an object or a list is compared, the same for equal ones: the members of objects in the order of their
    /// names, and numbers without regard to their notation; null for any other value.</summary>
    /// <exception cref="NestingException">It is nested too deep, or inside itself.</exception>
    public static string? KeyOf(object value) =>
        JsonOf(value) is { } json ? Write(writer => WriteKey(writer, json.ToObjects(InOrder))).ToString() : null;

    /// <summary>The JSON of an object or a list; null for any other value.</summary>
    private static JsonValue? JsonOf(object value)
    {
        if (value is JsonValue json)
            return json;
        object? inside = value is IDictionary or IEnumerable and not (string or byte[]) ? value : _lookInto(value);
        return ReferenceEquals(inside, value) && value is not IEnumerable || value is byte[]? null : Write(writer => JsonText.WriteWhole(writer, value, _lookInto));
    }

    private static JsonValue Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            write(writer);
        return new JsonValue(buffer.WrittenMemory);
    }

    /// <summary>Of two members of one name the last, as JSON readers take it.</summary>
    private static SortedDictionary<string, object?> InOrder(IReadOnlyList<KeyValuePair<string, object?>> members)
    {
        var ordered = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, object? value) in members)
            ordered[name] = value;
        return ordered;
    }

    private static void WriteKey(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case SortedDictionary<string, object?> members:
                writer.WriteStartObject();
                foreach ((string name, object? member) in members)
                {
                    writer.WritePropertyName(name);
                    WriteKey(writer, member);
                }
                writer.WriteEndObject();
                break;
            case object?[] items:
                writer.WriteStartArray();
                foreach (object? item in items)
                    WriteKey(writer, item);
                writer.WriteEndArray();
                break;
            case decimal number:
                writer.WriteRawValue(InvariantText.KeyOf(number), skipInputValidation: true);
                break;
            default:
                JsonText.Write(writer, value);
                break;
        }
    }

    /// <summary>Writes JSON as it would be written from the objects that it stands for: without white space, and numbers in one notation.</summary>
    private static void Rewrite(JsonValue json, Utf8JsonWriter writer)
    {
        var reader = new Utf8JsonReader(json.Utf8.Span, new JsonReaderOptions { MaxDepth = JsonValue.MaxDepth });
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    break;
                case JsonTokenType.PropertyName:
                    writer.WritePropertyName(JsonString.ReadAsWritten(ref reader));
                    break;
                default:
                    JsonText.Write(writer, JsonValue.PlainOf(ref reader));
                    break;
            }
        }
    }
}
