using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace EtlTools.Engine.Records;

/// <summary>
/// Reads and writes JSON strings. .NET itself throws InvalidOperationException, as for a bug, if a string is valid JSON but not text: bytes
/// that are not UTF-8, or half a surrogate pair.
/// </summary>
internal static class JsonString
{
    private const string NoText = "A string is not text in UTF-8, or has half a surrogate pair.";

    /// <summary>Reads the string or name at the reader's position.</summary>
    /// <returns>False if it is not text.</returns>
    public static bool TryRead(ref Utf8JsonReader reader, [NotNullWhen(true)] out string? text)
    {
        try
        {
#pragma warning disable RS0030 // This is the checked way.
            text = reader.GetString();
#pragma warning restore RS0030
            return text is not null;
        }
        catch (InvalidOperationException) when (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            text = null;
            return false;
        }
    }

    /// <summary>Reads the string or name at the reader's position.</summary>
    /// <exception cref="JsonException">It is not text.</exception>
    public static string Read(ref Utf8JsonReader reader) =>
        TryRead(ref reader, out string? text) ? text : throw new JsonException(NoText);

    /// <summary>Reads a string, keeping halves of surrogate pairs.</summary>
    /// <exception cref="JsonException">Its bytes are not UTF-8.</exception>
    public static string ReadAsWritten(ref Utf8JsonReader reader) => TryRead(ref reader, out string? text)
        ? text
        : Unescape(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);

    /// <summary>Reads a string, keeping halves of surrogate pairs.</summary>
    /// <exception cref="JsonException">Its bytes are not UTF-8.</exception>
    /// <exception cref="InvalidOperationException">The element is not a string.</exception>
    public static string ReadAsWritten(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw new InvalidOperationException($"The element is {element.ValueKind}, not a string.");
        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(element));
        reader.Read();
        return ReadAsWritten(ref reader);
    }

    /// <summary>Writes a text so that it is read back unchanged: half a surrogate pair as its escape, where .NET would write the
    /// replacement character.</summary>
    public static void Write(Utf8JsonWriter json, string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') || IsWellFormed(text))
            json.WriteStringValue(text);
        else
            json.WriteRawValue(Escape(text), skipInputValidation: true);
    }

    /// <summary>JSON with characters in place of their codes and escapes, as in K\u00f6ln, except those that JSON demands and halves of surrogate
    /// pairs. Not even <see cref="JsonText.WriterOptions"/> leaves all of them readable: emoji get codes.</summary>
    /// <param name="json">Valid JSON.</param>
    public static ReadOnlyMemory<byte> Readable(ReadOnlyMemory<byte> json)
    {
        ReadOnlySpan<byte> rest = json.Span;
        if (rest.IndexOf("\\u"u8) < 0 && rest.IndexOf("\\/"u8) < 0)
            return json;
        var readable = new ArrayBufferWriter<byte>(rest.Length);
        for (int slash = rest.IndexOf((byte)'\\'); slash >= 0; slash = rest.IndexOf((byte)'\\'))
        {
            readable.Write(rest[..slash]);
            rest = rest[slash..];
            int length = 2;
            if (rest[1] == '/')
                readable.Write("/"u8);
            else if (rest[1] != 'u')
                readable.Write(rest[..2]);
            else
                length = WriteCharacter(readable, rest);
            rest = rest[length..];
        }
        readable.Write(rest);
        return readable.WrittenMemory;
    }

    /// <summary>Writes the character whose code a text begins with, or the code where it is half a surrogate pair.</summary>
    /// <returns>The length of the code.</returns>
    private static int WriteCharacter(ArrayBufferWriter<byte> readable, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<char> units = text[6..].StartsWith("\\u"u8) ? [UnitOf(text), UnitOf(text[6..])] : [UnitOf(text)];
        if (Rune.DecodeFromUtf16(units, out Rune character, out int count) != OperationStatus.Done)
            readable.Write(text[..6]);
        else if (character.Value is < ' ' or '"' or '\\')
            readable.Write(JsonEncodedText.Encode(units[..1], JsonText.WriterOptions.Encoder).EncodedUtf8Bytes);
        else
            readable.Advance(character.EncodeToUtf8(readable.GetSpan(4)));
        return 6 * count;
    }

    /// <summary>The UTF-16 unit of a code such as \u00f6.</summary>
    private static char UnitOf(ReadOnlySpan<byte> code) => (char)ushort.Parse(code.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int length) != OperationStatus.Done)
                return false;
            text = text[length..];
        }
        return true;
    }

    private static string Escape(ReadOnlySpan<char> text)
    {
        var escaped = new StringBuilder("\"");
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out int length) == OperationStatus.Done)
                escaped.Append(JsonEncodedText.Encode(text[..length], JsonText.WriterOptions.Encoder).ToString());
            else
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[0]:x4}");
            text = text[length..];
        }
        return escaped.Append('"').ToString();
    }

    private static string Unescape(ReadOnlySpan<byte> value)
    {
        if (!Utf8.IsValid(value))
            throw new JsonException(NoText);
        var text = new StringBuilder(value.Length);
        for (int slash = value.IndexOf((byte)'\\'); slash >= 0; slash = value.IndexOf((byte)'\\'))
        {
            text.Append(Encoding.UTF8.GetString(value[..slash]));
            bool isCode = value[slash + 1] == 'u';
            text.Append(isCode
                ? UnitOf(value[slash..])
                : Unescape(value[slash + 1]));
            value = value[(slash + (isCode ? 6 : 2))..];
        }
        return text.Append(Encoding.UTF8.GetString(value)).ToString();
    }

    private static char Unescape(byte letter) => (char)letter switch
    {
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        var same => same,
    };
}
