using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>
/// An object or array inside a record, as JSON text. Databases store it as text, and dead letters as JSON; the host creates objects from it
/// when a user reads it. Immutable.
/// </summary>
internal sealed class JsonValue(ReadOnlyMemory<byte> utf8)
{
    /// <summary>The same limit as for reading items.</summary>
    internal const int MaxDepth = 256;

    /// <summary>An object of the host may have JSON inside it.</summary>
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 2 * MaxDepth };

    /// <summary>The JSON text as UTF-8; valid, and without surrounding white space. It is readable, however its source wrote it, so that it is the same
    /// after objects were made of it.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; } = JsonString.Readable(utf8);

    /// <summary>True for an array, false for an object.</summary>
    public bool IsArray => Utf8.Span[0] == (byte)'[';

    /// <summary>Whether it is an object without members.</summary>
    public bool IsEmptyObject => !IsArray && Utf8.Span[1..^1].Trim(" \t\r\n"u8).IsEmpty;

    /// <summary>The type of an object in it that has no form in JSON; null if there is none.</summary>
    public Type? Formless { get; private init; }

    private bool IsTooDeep { get; init; }

    /// <summary>Why it is not stored, as a clause: an object in it has no form in JSON, or contains itself. Null if it is complete.</summary>
    public string? WhyIncomplete => IsTooDeep ? $"does not take the value, which {NestingException.Fault}"
        : Formless is null ? null
        : $"does not take the value, because an object of the type {Formless.Name} in it has no form in JSON; choose the object's properties with Select-Object or Invoke-EtlTransform";

    /// <summary>The JSON of an object or array of the host.</summary>
    /// <param name="value">A dictionary or a list, or something that <paramref name="lookInto"/> converts to one.</param>
    /// <param name="lookInto">Converts an object that only the host can read to a dictionary, a list or a plain value; returns any other
    /// unchanged.</param>
    /// <exception cref="NestingException">It is nested deeper than <see cref="MaxDepth"/>, or inside itself.</exception>
    public static JsonValue From(object value, Func<object, object?> lookInto)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        Type? formless;
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            formless = JsonText.WriteWhole(json, value, lookInto);
        return new JsonValue(buffer.WrittenMemory.ToArray()) { Formless = formless };
    }

    /// <summary>The JSON of a value that goes into a column. One that is nested too deep has none, and is incomplete.</summary>
    public static JsonValue ForColumn(object value)
    {
        try
        {
            return From(value, item => item);
        }
        catch (NestingException)
        {
            return new JsonValue("null"u8.ToArray()) { IsTooDeep = true };
        }
    }

    /// <summary>The value as objects of the host. Arrays are arrays of objects; numbers lose no digit.</summary>
    /// <param name="makeObject">Creates an object from its members, which are in order and may have a name twice.</param>
    public object? ToObjects(Func<IReadOnlyList<KeyValuePair<string, object?>>, object> makeObject)
    {
        var reader = new Utf8JsonReader(Utf8.Span, ReaderOptions);
        reader.Read();
        return Read(ref reader, makeObject);
    }

    /// <summary>The elements of an array: plain values are converted; objects and arrays stay as they are.</summary>
    public IReadOnlyList<object?> Items()
    {
        var items = new List<object?>();
        var reader = new Utf8JsonReader(Utf8.Span, ReaderOptions);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                items.Add(new JsonValue(Utf8[start..(int)reader.BytesConsumed]));
            }
            else
            {
                items.Add(PlainOf(ref reader));
            }
        }
        return items;
    }

    private static object? Read(ref Utf8JsonReader reader, Func<IReadOnlyList<KeyValuePair<string, object?>>, object> makeObject)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var members = new List<KeyValuePair<string, object?>>();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    string name = JsonString.ReadAsWritten(ref reader);
                    reader.Read();
                    members.Add(KeyValuePair.Create(name, Read(ref reader, makeObject)));
                }
                return makeObject(members);
            case JsonTokenType.StartArray:
                var items = new List<object?>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(Read(ref reader, makeObject));
                return items.ToArray();
            default:
                return PlainOf(ref reader);
        }
    }

    /// <summary>The text, number, true, false or null at the reader's position.</summary>
    internal static object? PlainOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => JsonString.ReadAsWritten(ref reader),
        JsonTokenType.Number => Extract.Json.JsonNumber.Read(reader.ValueSpan),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => null,
    };

    /// <summary>The JSON text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
