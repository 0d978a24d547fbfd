namespace EtlTools.Engine.Records;

/// <summary>Texts in UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>The beginning of a text, at most so many bytes of it and no half character.</summary>
    public static ReadOnlySpan<byte> Beginning(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length <= maxBytes)
            return text;
        int length = maxBytes;
        while (length > 0 && (text[length] & 0xC0) == 0x80)
            length--;
        return text[..length];
    }
}
