using System.Text.Json;

namespace EtlTools.Engine.Load;

/// <summary>Reads dead letters back.</summary>
internal static class LetterReader
{
    /// <summary>The ids of the letters in files that no watermark covers.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="isCovered">Whether a record of this source path and row is covered.</param>
    public static HashSet<string> ReadIds(IEnumerable<string> paths, Func<string, long, bool> isCovered)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (string line in paths.SelectMany(File.ReadLines))
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
