using Microsoft.Win32.SafeHandles;

namespace EtlTools.Engine.DeadLetters;

/// <summary>
/// Tells whether a line of a dead-letter file is whole. It reads piece by piece and keeps nothing. If the writer was killed, the line is
/// the beginning of a JSON object, so it is enough to count braces.
/// </summary>
internal struct DeadLetterLine
{
    private const int Block = 64 * 1024;

    private int _depth;
    private bool _isInString;
    private bool _isEscaped;

    /// <summary>How a dead letter begins. Another line is never cut, because the file may not be a dead letter at all.</summary>
    public static ReadOnlySpan<byte> Beginning => "{\"letterId\":"u8;

    /// <summary>True after the object was closed.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>True for a line that began as a dead letter and is incomplete.</summary>
    public static bool IsTorn(ReadOnlySpan<byte> line)
    {
        var scan = new DeadLetterLine();
        scan.Add(line);
        return IsOurs(line) && !scan.IsWhole;
    }

    /// <summary>The same check at the end of a file that has no final newline.</summary>
    public static bool IsTorn(SafeFileHandle file, long begin, long end)
    {
        var block = new byte[(int)Math.Min(Block, end - begin)];
        var scan = new DeadLetterLine();
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
        return !scan.IsWhole;
    }

    /// <summary>The next piece of the line.</summary>
    public void Add(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty && !IsWhole)
        {
            int next = _isEscaped ? 0 : _isInString ? piece.IndexOfAny((byte)'"', (byte)'\\') : piece.IndexOfAny("\"{}[]"u8);
            if (next < 0)
                return;
            Take(piece[next]);
            piece = piece[(next + 1)..];
        }
    }

    private void Take(byte mark)
    {
        if (_isEscaped)
            _isEscaped = false;
        else if (_isInString && mark == '\\')
            _isEscaped = true;
        else if (mark == '"')
            _isInString = !_isInString;
        else
            _depth += mark is (byte)'{' or (byte)'[' ? 1 : -1;
        IsWhole = !_isInString && _depth <= 0;
    }

    private static bool IsOurs(ReadOnlySpan<byte> line) => line.StartsWith(Beginning) || Beginning.StartsWith(line);
}
