using System.Text.Json;

namespace EtlTools.Engine.Load;

/// <summary>Mends the last line of a dead letter whose writer was killed in the middle of it.</summary>
internal static class TornLine
{
    private const int Block = 4096;

    /// <summary>How a letter begins. A torn line that does not is not ours to cut: the file may be another one.</summary>
    private static ReadOnlySpan<byte> Beginning => "{\"letterId\":"u8;

    /// <summary>Leaves the file positioned at its end, after a whole line.</summary>
    public static void Mend(FileStream file)
    {
        long end = file.Length;
        long begin = FindLineStart(file, end);
        file.Position = end;
        if (begin == end)
            return;
        var line = new byte[end - begin];
        file.Position = begin;
        file.ReadExactly(line);
        if (IsOurs(line) && !IsWhole(line))
        {
            // The record of a torn letter was never claimed as written.
            file.SetLength(begin);
            file.Position = begin;
        }
        else
        {
            file.WriteByte((byte)'\n');
        }
    }

    /// <summary>The offset after the last newline.</summary>
    private static long FindLineStart(FileStream file, long end)
    {
        var block = new byte[Block];
        for (long at = end; at > 0;)
        {
            int size = (int)Math.Min(Block, at);
            at -= size;
            file.Position = at;
            file.ReadExactly(block, 0, size);
            int newline = block.AsSpan(0, size).LastIndexOf((byte)'\n');
            if (newline >= 0)
                return at + newline + 1;
        }
        return 0;
    }

    private static bool IsOurs(ReadOnlySpan<byte> line) => line.StartsWith(Beginning) || Beginning.StartsWith(line);

    private static bool IsWhole(byte[] line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
