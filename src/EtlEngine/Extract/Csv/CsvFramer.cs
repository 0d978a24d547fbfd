using System.Buffers;
using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Cuts a stream of UTF-8 bytes into chunks of whole records. It owns the read buffer. A record is returned as soon as its line end is
/// there.
/// </summary>
internal sealed class CsvFramer
{
    /// <summary>The bytes of one read and of a chunk. By measurement, larger ones are no faster, and their arrays go to the large object
    /// heap.</summary>
    public const int ReadSize = 64 * 1024;

    private CsvScanner? _scanner;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
    private long _baseOffset;
    private int _filled;
    private bool _ended;
    private long _line = 1;

    /// <summary>The line of the current record.</summary>
    public long Line => _scanner?.Line ?? _line;

    /// <summary>The line end of records, as far as it is known.</summary>
    public CsvNewLine Usual => _scanner?.Usual ?? CsvNewLine.Auto;

    /// <summary>How many bytes have been added.</summary>
    public long BytesFilled => _baseOffset + _filled;

    /// <summary>The bytes that were added but not yet returned.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(RecordStart, Rest);

    /// <summary>Whether the input has ended.</summary>
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

    /// <summary>Reports how many bytes were added; 0 is the end of the input.</summary>
    public void Fill(int bytes)
    {
        _filled += bytes;
        _ended = bytes == 0;
    }

    /// <summary>Drops all bytes.</summary>
    public void Clear() => Restart(0, 1);

    /// <summary>Drops all bytes; the input continues at another position.</summary>
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

    /// <summary>Sets the format of records when it is known; records can be cut from now on.</summary>
    /// <param name="scanner">Finds them.</param>
    /// <param name="linesToSkip">Lines to skip first.</param>
    public void Begin(CsvScanner scanner, int linesToSkip)
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        bool hasMark = _baseOffset == 0 && _buffer.AsSpan(0, _filled).StartsWith(mark);
        scanner.Begin(hasMark ? mark.Length : 0, _line, linesToSkip);
        _scanner = scanner;
    }

    /// <summary>The next records, at most so many; null if more bytes are needed or all have been returned.</summary>
    public CsvChunk? Cut(int maxRecords)
    {
        FrameList frames = _scanner!.Frames;
        _scanner.Scan(_buffer.AsSpan(0, _filled), _ended, maxRecords, ReadSize);
        return frames.Count == 0 ? null : TakeChunk(frames);
    }

    /// <summary>Returns the buffer. Not allowed while a read into it may still be running.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private CsvChunk TakeChunk(FrameList frames)
    {
        int start = frames.Start;
        int extent = frames.Extent;
        // The smaller part is copied, so that the total cost is linear, and small chunks do not take a whole buffer.
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
