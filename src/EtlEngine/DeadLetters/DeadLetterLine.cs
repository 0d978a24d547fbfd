using System.Text.Json;

namespace EtlTools.Engine.DeadLetters;

/// <summary>The last line of a dead-letter file, whose writer may have been killed in the middle of it.</summary>
internal static class DeadLetterLine
{
    /// <summary>How a dead letter begins. A line that begins otherwise is not ours to cut: the file may be another one.</summary>
    private static ReadOnlySpan<byte> Beginning => "{\"letterId\":"u8;

    /// <summary>True for a line without an end that began as a dead letter and is not whole.</summary>
    public static bool IsTorn(ReadOnlySpan<byte> line) => IsOurs(line) && !IsWhole(line);

    private static bool IsOurs(ReadOnlySpan<byte> line) => line.StartsWith(Beginning) || Beginning.StartsWith(line);

    private static bool IsWhole(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            return json.Read() && json.TrySkip();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
