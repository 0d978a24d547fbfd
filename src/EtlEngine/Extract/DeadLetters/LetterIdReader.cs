using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace EtlTools.Engine.Extract.DeadLetters;

/// <summary>Finds the id of a letter without reading the rest: it is the first thing in a line that this module wrote.</summary>
internal static class LetterIdReader
{
    /// <summary>The id of the letter in a line; false where there is none, and the line is no letter.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out UInt128 id)
    {
        id = default;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
                return false;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                bool isId = json.ValueTextEquals("letterId"u8);
                json.Read();
                if (!isId)
                {
                    json.Skip();
                    continue;
                }
                if (json.TokenType != JsonTokenType.String)
                    return false;
                id = ToNumber(json.GetString()!);
                return true;
            }
            return false;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Our ids are 128 bits in hex; one that somebody else made is hashed to as many.</summary>
    private static UInt128 ToNumber(string text)
    {
        if (text.Length == 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 id))
            return id;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
