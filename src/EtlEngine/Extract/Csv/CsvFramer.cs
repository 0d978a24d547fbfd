using System.Buffers;
using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Cuts a stream of UTF-8 bytes into chunks of whole records. It owns the buffer that is read into; a record is given out as
/// soon as its line end is there.
/// </summary>
internal sealed class CsvFramer
{
    /// <summary>Bytes of one read, and of a chunk: measured, larger ones are no faster and their arrays go to the large
    /// object heap.</summary>
    public const int ReadSize = 64 * 1024;

    private CsvScanner? _scanner;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
    private long _baseOffset;
    private int _filled;
    private bool _ended;
    private long _line = 1;

    /// <summary>The line of the record that is being read.</summary>
    public long Line => _scanner?.Line ?? _line;

    /// <summary>How records end, as far as that is known.</summary>
    public CsvNewLine Usual => _scanner?.Usual ?? CsvNewLine.Auto;

    /// <summary>How many bytes have been put in.</summary>
    public long BytesFilled => _baseOffset + _filled;

    /// <summary>The bytes put in and not yet given out.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(RecordStart, Rest);

    /// <summary>Whether no more bytes come.</summary>
    public bool HasEnded => _ended;

    private int RecordStart => _scanner?.RecordStart ?? 0;

    private int Rest => _filled - RecordStart;

    /// <summary>Room for the next read.</summary>
    public Memory<byte> GetRoom()
    {
        _scanner?.DropSkipped();
        if (_buffer.Length - _filled < ReadSize / 2)
            MakeRoom();
        return _buffer.AsMemory(_filled, Math.Min(ReadSize, _buffer.Length - _filled));
    }

    /// <summary>Says how many bytes were put into the room; 0 is the end of the input.</summary>
    public void Fill(int bytes)
    {
        _filled += bytes;
        _ended = bytes == 0;
    }

    /// <summary>Forgets what was put in.</summary>
    public void Clear() => Restart(0, 1);

    /// <summary>Forgets what was put in: what comes next is the input from elsewhere on.</summary>
    /// <param name="offset">The offset of the next byte.</param>
    /// <param name="line">Its line.</param>
    public void Restart(long offset, long line)
    {
        _scanner = null;
        _baseOffset = offset;
        _line = line;
        _filled = 0;
        _ended = false;
    }

    /// <summary>Says what records look like, when enough is there to tell: from now on it can be cut.</summary>
    /// <param name="scanner">Finds them.</param>
    /// <param name="linesToSkip">Lines to pass over first.</param>
    public void Begin(CsvScanner scanner, int linesToSkip)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        bool hasMark = _baseOffset == 0 && _buffer.AsSpan(0, _filled).StartsWith(mark);
        scanner.Begin(hasMark ? mark.Length : 0, _line, linesToSkip);
        _scanner = scanner;
    }

    /// <summary>The next records, at most so many, or null when more bytes are needed or all has been given out.</summary>
    public CsvChunk? Cut(int maxRecords)
    {
        FrameList frames = _scanner!.Frames;
        _scanner.Scan(_buffer.AsSpan(0, _filled), _ended, maxRecords, ReadSize);
        return frames.Count == 0 ? null : TakeChunk(frames);
    }

    /// <summary>Gives the buffer back. Not while a read into it may still be under way.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private CsvChunk TakeChunk(FrameList frames)
    {
        int start = frames.Start;
        int extent = frames.Extent;
        // The smaller part is copied, so that all copying together is linear; small chunks do not take a whole buffer along.
        if (extent <= Rest || extent <= _buffer.Length / 8)
        {
            byte[] copy = ArrayPool<byte>.Shared.Rent(extent);
            _buffer.AsSpan(start, extent).CopyTo(copy);
            return frames.ToChunk(copy, _baseOffset + start, start);
        }
        CsvChunk chunk = frames.ToChunk(_buffer, _baseOffset, 0);
        MoveRestTo(ArrayPool<byte>.Shared.Rent(Math.Max(ReadSize, 2 * Rest)));
        return chunk;
    }

    private void MakeRoom()
    {
        byte[] old = _buffer;
        int needed = Math.Max(ReadSize, 2 * Rest);
        bool fits = old.Length >= needed && old.Length < 4 * needed;
        MoveRestTo(fits ? old : ArrayPool<byte>.Shared.Rent(needed));
        if (!fits)
            ArrayPool<byte>.Shared.Return(old);
    }

    private void MoveRestTo(byte[] target)
    {
        int by = RecordStart;
        _buffer.AsSpan(by, Rest).CopyTo(target);
        _buffer = target;
        _baseOffset += by;
        _filled -= by;
        _scanner?.Rebase(by);
    }
}
