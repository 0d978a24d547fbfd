using System.Text.Json;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Makes a valid value of the beginning of one that is not.</summary>
internal static class JsonRepair
{
    /// <summary>What comes before the fault, up to the last whole value, with the objects and lists closed that are open there; empty if there
    /// is nothing.</summary>
    public static byte[] UpToFault(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Records.JsonValue.MaxDepth });
        var open = new Stack<byte>();
        int end = 0;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    open.Push((byte)(reader.TokenType == JsonTokenType.StartObject ? '}' : ']'));
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                    open.Pop();
                // A name without its value is left out.
                if (reader.TokenType != JsonTokenType.PropertyName)
                    end = (int)reader.BytesConsumed;
            }
        }
        catch (JsonException)
        {
            // The fault is where the value ends.
        }
        return end == 0 ? [] : [.. json[..end], .. open];
    }
}
