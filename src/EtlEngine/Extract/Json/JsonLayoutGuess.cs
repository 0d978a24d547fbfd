using System.Text.Json;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Distinguishes JSON Lines from a document, by a file's name or the first line of its text.</summary>
internal static class JsonLayoutGuess
{
    /// <summary>How many bytes are examined.</summary>
    public const int HeadBytes = 64 * 1024;

    /// <summary>The layout that a file's name suggests.</summary>
    public static JsonLayout OfName(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string name = Decompression.NameWithin(path);
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".ndjson", StringComparison.OrdinalIgnoreCase)
            ? JsonLayout.JsonLines
            : JsonLayout.Json;
    }

    /// <summary>Whether the first line is an object by itself: a document begins with an array, or goes on on the next line.</summary>
    public static bool IsLines(ReadOnlySpan<byte> head)
    {
        head = head.TrimStart("\uFEFF \t\r\n"u8);
        int end = head.IndexOf((byte)'\n');
        if (end < 0 || head[0] != '{')
            return false;
        var reader = new Utf8JsonReader(head[..end]);
        try
        {
            reader.Read();
            return reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            // The object continues on the next line, or is not JSON, which reading will report.
            return false;
        }
    }
}
