namespace EtlTools.Engine.Extract.Json;

/// <summary>What may stand before a JSON text, and what shows that it is none.</summary>
internal static class JsonPreamble
{
    private const int LongestMark = 4;

    /// <summary>Skips a byte order mark and space.</summary>
    /// <returns>False when more must be read first.</returns>
    /// <exception cref="JsonTextException">It is no JSON in UTF-8.</exception>
    public static bool TrySkip(JsonWindow window, bool isAll)
    {
        if (window.Rest.Length < LongestMark && !isAll)
            return false;
        if (window.Rest.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
            window.Take(3);
        ReadOnlySpan<byte> head = window.Rest;
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]) || head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            throw new JsonTextException(JsonTextFault.NotUtf8, 0, "It is not in UTF-8, which JSON must be in.");
        int first = head.IndexOfAnyExcept(" \t\r\n"u8);
        return first < 0 || head[first] != '<'
            ? true
            : throw new JsonTextException(JsonTextFault.Markup, window.Offset + first, "It is HTML or XML instead of JSON.");
    }
}
