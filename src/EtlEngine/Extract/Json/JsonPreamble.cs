namespace EtlTools.Engine.Extract.Json;

/// <summary>What may come before a JSON text, and what shows that it is not JSON.</summary>
internal static class JsonPreamble
{
    private const int LongestMark = 4;

    /// <summary>Skips a byte order mark and white space.</summary>
    /// <returns>False if more input is needed first.</returns>
    /// <exception cref="JsonTextException">It is not JSON in UTF-8.</exception>
    public static bool TrySkip(JsonWindow window)
    {
        if (window.Rest.Length < LongestMark && !window.HasEnded)
            return false;
        window.Take(window.Rest.Length - SkipMark(window.Rest).Length);
        Check(window.Rest, window.Offset);
        return true;
    }

    /// <summary>A complete text without its byte order mark.</summary>
    /// <exception cref="JsonTextException">It is not JSON in UTF-8.</exception>
    public static ReadOnlySpan<byte> Skip(ReadOnlySpan<byte> text)
    {
        text = SkipMark(text);
        Check(text, 0);
        return text;
    }

    private static ReadOnlySpan<byte> SkipMark(ReadOnlySpan<byte> text) => text.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? text[3..] : text;

    private static void Check(ReadOnlySpan<byte> head, long offset)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            throw new JsonTextException(JsonTextFault.NotUtf8, 0, "It is not in UTF-8, which JSON must be in.");
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            throw new JsonTextException(JsonTextFault.Compressed, offset, "It is compressed with gzip.");
        int first = head.IndexOfAnyExcept(" \t\r\n"u8);
        if (first >= 0 && head[first] == '<')
            throw new JsonTextException(JsonTextFault.Markup, offset + first, "It is HTML or XML instead of JSON.");
    }
}
