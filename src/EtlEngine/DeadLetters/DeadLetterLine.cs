using EtlTools.Engine.Files;
using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.DeadLetters;

/// <summary>Tells whether a line of a dead-letter file is torn, because its writer was killed.</summary>
internal static class DeadLetterLine
{
    private const int Block = 64 * 1024;

    /// <summary>How a dead letter begins. Another line is never cut, because the file may not be a dead letter at all.</summary>
    public static ReadOnlySpan<byte> Beginning => "{\"letterId\":"u8;

    /// <summary>True for a line that began as a dead letter and is incomplete.</summary>
    public static bool IsTorn(ReadOnlySpan<byte> line)
    {
        var scan = new JsonObjectScan();
        scan.Add(line);
        return IsTorn(line, scan.IsClosed);
    }

    /// <summary>The same for a line of which only the beginning is at hand.</summary>
    /// <param name="start">Its beginning.</param>
    /// <param name="isClosed">Whether the object of the whole line is complete.</param>
    public static bool IsTorn(ReadOnlySpan<byte> start, bool isClosed) => !isClosed && IsOurs(start);

    /// <summary>The same check at the end of a file that has no final newline.</summary>
    public static bool IsTorn(SafeFileHandle file, long begin, long end)
    {
        var block = new byte[(int)Math.Min(Block, end - begin)];
        var scan = new JsonObjectScan();
        for (long at = begin; at < end;)
        {
            int count = RandomAccess.Read(file, block.AsSpan(0, (int)Math.Min(block.Length, end - at)), at);
            if (count == 0)
                throw new EndOfStreamException();
            if (at == begin && !IsOurs(block.AsSpan(0, count)))
                return false;
            scan.Add(block.AsSpan(0, count));
            at += count;
        }
        return !scan.IsClosed;
    }

    private static bool IsOurs(ReadOnlySpan<byte> line) => line.StartsWith(Beginning) || Beginning.StartsWith(line);
}
