using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.Load;

/// <summary>Mends the last line of a dead letter whose writer was killed in the middle of it.</summary>
internal static class TornLine
{
    private const int Block = 4096;

    /// <summary>How a letter begins. A torn line that does not is not ours to cut: the file may be another one.</summary>
    private static ReadOnlySpan<byte> Beginning => "{\"letterId\":"u8;

    /// <summary>Makes the file end after a whole line. Nobody else may be writing.</summary>
    public static void Mend(SafeFileHandle file)
    {
        long end = RandomAccess.GetLength(file);
        long begin = FindLineStart(file, end);
        if (begin == end)
            return;
        var line = new byte[end - begin];
        Read(file, line, begin);
        // The record of a torn letter was never claimed as written.
        if (IsTorn(line))
            RandomAccess.SetLength(file, begin);
        else
            RandomAccess.Write(file, "\n"u8, end);
    }

    /// <summary>True when the last line has no end.</summary>
    public static bool IsIn(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> last = [(byte)'\n'];
        return length > 0 && RandomAccess.Read(file, last, length - 1) == 1 && last[0] != (byte)'\n';
    }

    /// <summary>True for a line without an end that began as a letter and is not whole.</summary>
    public static bool IsTorn(ReadOnlySpan<byte> line) => IsOurs(line) && !IsWhole(line);

    /// <summary>The offset after the last newline.</summary>
    private static long FindLineStart(SafeFileHandle file, long end)
    {
        var block = new byte[Block];
        for (long at = end; at > 0;)
        {
            int size = (int)Math.Min(Block, at);
            at -= size;
            Read(file, block.AsSpan(0, size), at);
            int newline = block.AsSpan(0, size).LastIndexOf((byte)'\n');
            if (newline >= 0)
                return at + newline + 1;
        }
        return 0;
    }

    private static void Read(SafeFileHandle file, Span<byte> room, long offset)
    {
        while (room.Length > 0)
        {
            int count = RandomAccess.Read(file, room, offset);
            if (count == 0)
                throw new EndOfStreamException();
            room = room[count..];
            offset += count;
        }
    }

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
