using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.Files;

/// <summary>Tells whether a last line without a line end is torn, or whole and only lacks its end.</summary>
/// <param name="file">A file that does not end with a newline.</param>
/// <param name="begin">Where its last line begins.</param>
/// <param name="end">The end of the file.</param>
internal delegate bool TornLineTest(SafeFileHandle file, long begin, long end);

/// <summary>Repairs the last line of a file whose writer was killed while writing it.</summary>
internal static class TornLine
{
    private const int Block = 4096;

    /// <summary>Makes the file end with a whole line. No other process may be writing.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isTorn">Whether a line is torn. A torn line is cut off; any other gets a line end.</param>
    public static void Mend(SafeFileHandle file, TornLineTest isTorn)
    {
        long end = RandomAccess.GetLength(file);
        long begin = FindLineStart(file, end);
        if (begin == end)
            return;
        // A torn line is safe to cut, because its record was never reported as written.
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
