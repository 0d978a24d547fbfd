using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.Files;

/// <summary>Tells the torn beginning of a line from a whole one that lacks its end.</summary>
/// <param name="file">A file that does not end with a newline.</param>
/// <param name="begin">Where its last line begins.</param>
/// <param name="end">The end of the file.</param>
internal delegate bool TornLineTest(SafeFileHandle file, long begin, long end);

/// <summary>Mends the last line of a file whose writer was killed in the middle of it.</summary>
internal static class TornLine
{
    private const int Block = 4096;

    /// <summary>Makes the file end after a whole line. Nobody else may be writing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isTorn">A line of which this is true is cut off; any other gets its end.</param>
    public static void Mend(SafeFileHandle file, TornLineTest isTorn)
    {
        long end = RandomAccess.GetLength(file);
        long begin = FindLineStart(file, end);
        if (begin == end)
            return;
        // The record of a torn line was never claimed as written.
        if (isTorn(file, begin, end))
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
}
