using System.Text.Json;

namespace EtlTools.Engine.Load;

/// <summary>Reads dead letters back.</summary>
internal static class LetterReader
{
    /// <summary>The ids of the letters in a file that no watermark covers.</summary>
    /// <param name="path">The file; one that is not there has none.</param>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    public static HashSet<string> ReadIds(string path, Func<string, long, bool> isCovered)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        if (!File.Exists(path))
            return ids;
        foreach (string line in File.ReadLines(path))
        {
            if (Read(line) is { } letter && !isCovered(letter.Source, letter.Row))
                ids.Add(letter.Id);
        }
        return ids;
    }

    private static (string Id, string Source, long Row)? Read(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement letter = document.RootElement;
            return letter.ValueKind == JsonValueKind.Object
                && letter.TryGetProperty("letterId", out JsonElement id)
                && letter.TryGetProperty("source", out JsonElement source) && source.ValueKind == JsonValueKind.String
                && letter.TryGetProperty("row", out JsonElement row) && row.ValueKind == JsonValueKind.Number
                    ? (id.GetString()!, source.GetString()!, row.GetInt64())
                    : null;
        }
        catch (JsonException)
        {
            // A line torn by a kill, which the writer mends, or one that is no letter.
            return null;
        }
    }
}
