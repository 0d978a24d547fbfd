using System.Buffers;
using System.Collections;
using System.Text;
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
    public static string? TextOf(object value)
    {
        if (value is JsonValue json)
            return Write(writer => Rewrite(json, writer));
        object? inside = value is IDictionary or IEnumerable and not (string or byte[]) ? value : _lookInto(value);
        return ReferenceEquals(inside, value) && value is not IEnumerable || value is byte[]? null : Write(writer => JsonText.Write(writer, value, _lookInto));
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
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
