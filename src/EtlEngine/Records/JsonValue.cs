using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.Records;

/// <summary>
/// An object or array inside a record, as the JSON text that it is. Databases store it as text, dead letters as JSON; what
/// hosts the engine makes objects of it when somebody looks inside. Immutable.
/// </summary>
public sealed class JsonValue(ReadOnlyMemory<byte> utf8)
{
    /// <summary>The JSON text as UTF-8; valid, and without space around it.</summary>
    public ReadOnlyMemory<byte> Utf8 => utf8;

    /// <summary>True for an array, false for an object.</summary>
    public bool IsArray => utf8.Span[0] == (byte)'[';

    /// <summary>The JSON of an object or array of the host.</summary>
    /// <param name="value">A dictionary, a list, or what <paramref name="membersOf"/> knows.</param>
    /// <param name="membersOf">The members of an object that only the host can look into; null for any other value.</param>
    public static JsonValue From(object value, Func<object, IEnumerable<KeyValuePair<string, object?>>?> membersOf)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            JsonText.Write(json, value, membersOf);
        return new JsonValue(buffer.WrittenMemory.ToArray());
    }

    /// <summary>The JSON text.</summary>
    public override string ToString() => Encoding.UTF8.GetString(utf8.Span);
}
