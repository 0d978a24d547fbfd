using System.Buffers;
using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds where records begin and end in a stream of UTF-8 bytes: LF, CRLF or CR outside quotes ends one, in any mixture; a
/// quote opens at the start of a field only, and a doubled one inside a quoted field is text. It never rescans what it has
/// seen, however small the pieces in which the bytes arrive, and gives out a record as soon as its line end is there.
/// </summary>
internal sealed class CsvFramer(char delimiter, int maxRecordBytes)
{
    /// <summary>Bytes of one read, and of a chunk: measured, larger ones are no faster and their arrays go to the large
    /// object heap.</summary>
    public const int ReadSize = 64 * 1024;

    private const int None = int.MinValue;

    private readonly byte[] _delimiter = Encoding.UTF8.GetBytes([delimiter]);
    private readonly FrameList _frames = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
    private long _baseOffset;
    private int _filled;
    private bool _ended;
    private bool _begun;

    // All positions are indexes of the buffer.
    private int _next;
    private int _recordStart;
    private int _quoteOpened;
    private int _quoteClosed = None;
    private int _lastCr = None;
    private bool _inQuotes;
    private bool _skipping;
    private long _line = 1;
    private int _linesInRecord;
    private int _linesAtQuote;

    /// <summary>Up to this offset every line end is known to stand inside a quote that a record before opened and did not
    /// close. A later record that is inside a quote at one of them is in the same state as that one was, and cannot end
    /// before it either: it need not be looked for again, which keeps the look-ahead linear.</summary>
    private long _unclosedUntil;

    /// <summary>The line of the record that is being read.</summary>
    public long Line => _line;

    /// <summary>How many bytes have been put in.</summary>
    public long BytesFilled => _baseOffset + _filled;

    /// <summary>The bytes put in and not yet given out.</summary>
    public ReadOnlySpan<byte> Pending => _buffer.AsSpan(_recordStart, _filled - _recordStart);

    /// <summary>Room for the next read.</summary>
    public Memory<byte> GetRoom()
    {
        if (_skipping)
            _recordStart = _next;
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

    /// <summary>Forgets all that was put in.</summary>
    public void Clear()
    {
        _filled = _recordStart = _next = 0;
        _baseOffset = 0;
        _ended = false;
    }

    /// <summary>The next records, at most so many, or null when more bytes are needed or all has been given out.</summary>
    public CsvChunk? Cut(int maxRecords)
    {
        if (!_begun && !TryBegin())
            return null;
        while (_frames.Count < maxRecords && _frames.Extent < ReadSize && ScanNext())
        {
        }
        return _frames.Count == 0 ? null : TakeChunk();
    }

    /// <summary>Gives the buffer back. Not while a read into it may still be under way.</summary>
    public void Release()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _filled = _recordStart = _next = 0;
    }

    /// <summary>Skips a byte order mark.</summary>
    private bool TryBegin()
    {
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        ReadOnlySpan<byte> head = _buffer.AsSpan(0, Math.Min(_filled, mark.Length));
        if (!_ended && head.Length < mark.Length && mark.StartsWith(head))
            return false;
        if (head.SequenceEqual(mark))
            _recordStart = _next = mark.Length;
        _begun = true;
        return true;
    }

    /// <summary>Goes on to the next byte that means something.</summary>
    /// <returns>False when there is none.</returns>
    private bool ScanNext()
    {
        int distance = _buffer.AsSpan(_next, _filled - _next).IndexOfAny((byte)CsvOptions.Quote, (byte)'\r', (byte)'\n');
        int at = distance < 0 ? _filled : _next + distance;
        if (!_skipping && at - _recordStart > maxRecordBytes)
        {
            EndOversize();
            return true;
        }
        _next = at;
        if (distance < 0)
            return _ended && EndLast();
        _next++;
        if (_buffer[at] == (byte)CsvOptions.Quote)
            OnQuote(at);
        else
            OnLineEnd(at);
        return true;
    }

    private void OnQuote(int at)
    {
        if (_skipping)
            return;
        if (_inQuotes)
        {
            _inQuotes = false;
            _quoteClosed = at;
        }
        else if (_quoteClosed == at - 1)
        {
            _inQuotes = true;
        }
        else if (IsFieldStart(at))
        {
            _inQuotes = true;
            _quoteOpened = at;
            _linesAtQuote = _linesInRecord;
        }
    }

    private bool IsFieldStart(int at) =>
        at == _recordStart
        || (_delimiter.Length == 1 ? _buffer[at - 1] == _delimiter[0] : _buffer.AsSpan(_recordStart, at - _recordStart).EndsWith(_delimiter));

    private void OnLineEnd(int at)
    {
        bool isLf = _buffer[at] == (byte)'\n';
        if (isLf && _lastCr == at - 1)
        {
            if (!_inQuotes && !_skipping)
            {
                _frames.Extend(at);
                _recordStart = at + 1;
            }
            return;
        }
        _lastCr = isLf ? None : at;
        if (_inQuotes)
        {
            _linesInRecord++;
            if (_baseOffset + at < _unclosedUntil)
                EndUnclosed(at + 1);
            return;
        }
        if (!_skipping && at > _recordStart)
            AddFrame(CsvFrameKind.Good, at + 1);
        _line += _linesInRecord + 1;
        BeginRecord(at + 1);
    }

    private void BeginRecord(int at)
    {
        _recordStart = at;
        _skipping = false;
        _inQuotes = false;
        _quoteClosed = None;
        _linesInRecord = 0;
    }

    /// <summary>The record is longer than the limit: what comes up to the next line is skipped.</summary>
    private void EndOversize()
    {
        int limit = _recordStart + maxRecordBytes + 1;
        if (_inQuotes)
        {
            _unclosedUntil = Math.Max(_unclosedUntil, _baseOffset + limit);
            EndUnclosed(limit);
            return;
        }
        AddFrame(CsvFrameKind.TooLarge, _recordStart + maxRecordBytes);
        _skipping = true;
    }

    /// <summary>The quote is not closed: the record is the rest of the line on which it opened, and reading resumes there.</summary>
    private void EndUnclosed(int searched)
    {
        int distance = _buffer.AsSpan(_quoteOpened, searched - _quoteOpened).IndexOfAny((byte)'\r', (byte)'\n');
        if (distance < 0)
        {
            AddFrame(CsvFrameKind.UnclosedQuote, searched);
            _inQuotes = false;
            _skipping = true;
            return;
        }
        int end = _quoteOpened + distance;
        AddFrame(CsvFrameKind.UnclosedQuote, end + 1);
        _line += _linesAtQuote + 1;
        _lastCr = _buffer[end] == (byte)'\r' ? end : None;
        _next = end + 1;
        BeginRecord(_next);
    }

    private bool EndLast()
    {
        if (_skipping || _recordStart == _filled)
        {
            BeginRecord(_filled);
            return false;
        }
        if (_inQuotes)
        {
            _unclosedUntil = long.MaxValue;
            EndUnclosed(_filled);
            return true;
        }
        AddFrame(CsvFrameKind.Good, _filled);
        BeginRecord(_filled);
        return false;
    }

    private void AddFrame(CsvFrameKind kind, int end)
    {
        int length = end - _recordStart;
        _frames.Add(_recordStart, kind == CsvFrameKind.Good ? length : Math.Min(length, CsvFrame.MaxRawBytes), _line, kind);
    }

    private CsvChunk TakeChunk()
    {
        int start = _frames.Start;
        int extent = _frames.Extent;
        int rest = _filled - _recordStart;
        // The smaller part is copied, so that all copying together is linear; small chunks do not take a whole buffer along.
        if (extent <= rest || extent <= _buffer.Length / 8)
        {
            byte[] copy = ArrayPool<byte>.Shared.Rent(extent);
            _buffer.AsSpan(start, extent).CopyTo(copy);
            return _frames.ToChunk(copy, _baseOffset + start, start);
        }
        byte[] full = _buffer;
        long offset = _baseOffset;
        _buffer = ArrayPool<byte>.Shared.Rent(Math.Max(ReadSize, 2 * rest));
        MoveRestTo(_buffer, full);
        return _frames.ToChunk(full, offset, 0);
    }

    private void MakeRoom()
    {
        int rest = _filled - _recordStart;
        byte[] old = _buffer;
        int needed = Math.Max(ReadSize, 2 * rest);
        bool fits = old.Length >= needed && old.Length < 4 * needed;
        if (!fits)
            _buffer = ArrayPool<byte>.Shared.Rent(needed);
        MoveRestTo(_buffer, old);
        if (!fits)
            ArrayPool<byte>.Shared.Return(old);
    }

    private void MoveRestTo(byte[] target, byte[] source)
    {
        int by = _recordStart;
        source.AsSpan(by, _filled - by).CopyTo(target);
        _baseOffset += by;
        _filled -= by;
        _next -= by;
        _quoteOpened -= by;
        _quoteClosed = Shift(_quoteClosed);
        _lastCr = Shift(_lastCr);
        _recordStart = 0;

        int Shift(int position) => position == None ? None : position - by;
    }
}
