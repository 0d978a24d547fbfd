using System.Collections;
using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;

namespace EtlTools.Engine.Records;

/// <summary>
/// Writes values so that they can be read back unchanged. JSON itself shows the type of text, true and false, null, lists, objects, and
/// whole numbers of 64 bits; the type of everything else is written as well.
/// </summary>
internal static class JsonText
{
    private const string Unknown = "unknown";

    /// <summary>For a file, not a web page, so only what JSON forbids is escaped.</summary>
    public static JsonWriterOptions WriterOptions => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a value.</summary>
    /// <param name="json">What to write to.</param>
    /// <param name="value">The value.</param>
    /// <param name="lookInto">Converts an object that only the host can read to a dictionary, a list or a plain value; returns any other
    /// unchanged.</param>
    /// <returns>Its type, if JSON does not show it. A value that is nested too deep is written as text.</returns>
    public static JsonTypeHint? Write(Utf8JsonWriter json, object? value, Func<object, object?>? lookInto = null) =>
        new Nested(json, lookInto, Shortfall: null).Write(value);

    /// <summary>Writes a value that is read back, with null in place of all that would come back as something else: an object that has no form
    /// in JSON, or is nested too deep or inside itself.</summary>
    /// <param name="json">What to write to.</param>
    /// <param name="value">The value.</param>
    /// <param name="lookInto">Converts an object that only the host can read.</param>
    /// <param name="isWhole">Whether nothing was left out.</param>
    /// <returns>Its type, if JSON does not show it.</returns>
    public static JsonTypeHint? WriteForReturn(Utf8JsonWriter json, object? value, Func<object, object?>? lookInto, out bool isWhole)
    {
        var shortfall = new Shortfall { IsLeftOut = true };
        JsonTypeHint? type = new Nested(json, lookInto, shortfall).Write(value);
        isWhole = shortfall.Formless is null;
        return type;
    }

    /// <summary>Writes a complete value.</summary>
    /// <returns>The type of an object in it that has no form in JSON, of which its ToString() was written; null if there is none.</returns>
    /// <exception cref="NestingException">It is nested deeper than <see cref="JsonValue.MaxDepth"/>, or inside itself.</exception>
    public static Type? WriteWhole(Utf8JsonWriter json, object value, Func<object, object?>? lookInto = null)
    {
        var shortfall = new Shortfall();
        new Nested(json, lookInto, shortfall).Write(value);
        return shortfall.Formless;
    }

    /// <summary>What of a value JSON could not show.</summary>
    private sealed class Shortfall
    {
        /// <summary>The type of the first object that is neither a value nor a list, and has no members for JSON.</summary>
        public Type? Formless { get; set; }

        /// <summary>Whether null takes its place, and that of what is nested too deep; otherwise its text, and an exception.</summary>
        public bool IsLeftOut { get; init; }
    }

    /// <summary>A value on its way into JSON; with a <see cref="JsonText.Shortfall"/> if it is to be complete.</summary>
    private readonly record struct Nested(Utf8JsonWriter Json, Func<object, object?>? LookInto, Shortfall? Shortfall)
    {
        public JsonTypeHint? Write(object? value) => Write(value, null);

        private JsonTypeHint? Write(object? value, Place? outer)
        {
            switch (value)
            {
                case JsonValue { Formless: { } formless } when TryLeaveOut(formless):
                    return null;
                case JsonValue nested:
                    Json.WriteRawValue(nested.Utf8.Span, skipInputValidation: true);
                    return null;
                case null:
                    Json.WriteNullValue();
                    return null;
                case JsonElement { ValueKind: not JsonValueKind.Undefined } element:
                    element.WriteTo(Json);
                    return null;
                case JsonDocument document:
                    document.WriteTo(Json);
                    return null;
                case JsonNode node:
                    node.WriteTo(Json);
                    return null;
                case IDictionary map when Enter(map, outer) is { } place:
                    return WriteMap(map, place);
                case XmlNode xml:
                    JsonString.Write(Json, xml.OuterXml);
                    return JsonTypeHint.Of("text");
                case IEnumerable list and not (string or byte[] or IDictionary) when Enter(list, outer) is { } place:
                    return WriteList(list, place);
            }
            if (TryWritePlain(Json, value, out string? type))
                return JsonTypeHint.Of(type);
            object? simple = LookInto is null ? value : LookInto(value);
            if (!ReferenceEquals(simple, value) && Enter(value, outer) is { } inside)
                return Write(simple, simple is IDictionary or IEnumerable and not (string or byte[] or XmlNode) ? inside with { Depth = inside.Depth - 1 } : inside);
            if ((!ReferenceEquals(simple, value) || StoredText.Of(value) is null) && TryLeaveOut(value.GetType()))
                return null;
            Json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
            return JsonTypeHint.Of("text");
        }

        /// <summary>Takes note of an object that has no form in JSON.</summary>
        /// <returns>Whether null was written in its place.</returns>
        private bool TryLeaveOut(Type formless)
        {
            if (Shortfall is null)
                return false;
            Shortfall.Formless ??= formless;
            if (Shortfall.IsLeftOut)
                Json.WriteNullValue();
            return Shortfall.IsLeftOut;
        }

        /// <summary>The position inside an object, or null if it is too deep.</summary>
        private Place? Enter(object entered, Place? outer)
        {
            bool isTooDeep = outer?.Depth >= JsonValue.MaxDepth;
            for (Place? around = outer; around is not null && !isTooDeep; around = around.Outer)
                isTooDeep = ReferenceEquals(around.Object, entered);
            if (isTooDeep && Shortfall is { IsLeftOut: false })
                throw new NestingException();
            return isTooDeep ? null : new Place(entered, (outer?.Depth ?? 0) + 1, outer);
        }

        private JsonTypeHint? WriteMap(IDictionary map, Place place)
        {
            var types = new List<(string, JsonTypeHint)>();
            Json.WriteStartObject();
            foreach ((string name, object? value) in Dictionaries.InOrder(map))
            {
                Json.WritePropertyName(name);
                if (Write(value, place) is { } type)
                    types.Add((name, type));
            }
            Json.WriteEndObject();
            return JsonTypeHint.Of(types);
        }

        private JsonTypeHint? WriteList(IEnumerable list, Place place)
        {
            var types = new List<(string, JsonTypeHint)>();
            int index = 0;
            Json.WriteStartArray();
            foreach (object? item in list)
            {
                if (Write(item, place) is { } type)
                    types.Add((index.ToString(CultureInfo.InvariantCulture), type));
                index++;
            }
            Json.WriteEndArray();
            return JsonTypeHint.Of(types);
        }
    }

    /// <summary>An object being written, with those around it.</summary>
    private sealed record Place(object Object, int Depth, Place? Outer);

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
                JsonString.Write(json, text);
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
            case Half number when !Half.IsFinite(number):
                json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                return "half";
            // JSON has numbers of any size.
            case BigInteger or Int128 or UInt128 or Half:
                json.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture), skipInputValidation: true);
                return value.GetType().Name.ToLowerInvariant();
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
