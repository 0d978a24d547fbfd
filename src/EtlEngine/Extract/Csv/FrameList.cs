using System.Buffers;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The frames that the next chunk will have; positions are indexes of the framer's buffer.</summary>
internal sealed class FrameList
{
    private const int FirstCapacity = 1024;

    private CsvFrame[] _frames = [];
    private long _firstLine;

    private int _unfinishedFrom = int.MaxValue;

    public int Count { get; private set; }

    /// <summary>The first frame's first byte.</summary>
    public int Start => _frames[0].Start;

    /// <summary>Bytes from the first frame's first to the last one's last.</summary>
    public int Extent => Count == 0 ? 0 : _frames[Count - 1].Start + _frames[Count - 1].Length - Start;

    public void Add(int start, int length, long line, CsvFrameKind kind)
    {
        if (Count == _frames.Length)
            Grow();
        if (Count == 0)
            _firstLine = line;
        _frames[Count++] = new CsvFrame { Start = start, Length = length, Line = (int)(line - _firstLine), Kind = kind };
    }

    /// <summary>The input ended in the next frame, before that has an end; what comes behind it may be parts of it.</summary>
    public void MarkUnfinished() => _unfinishedFrom = Math.Min(_unfinishedFrom, Count);

    /// <summary>The byte at this position belongs to the line end of the last frame, if that ends there.</summary>
    public void Extend(int at)
    {
        if (Count > 0 && _frames[Count - 1].Start + _frames[Count - 1].Length == at && _frames[Count - 1].Kind == CsvFrameKind.Good)
            _frames[Count - 1].Length++;
    }

    /// <summary>Makes a chunk of the frames and begins the next list.</summary>
    /// <param name="buffer">The chunk's buffer.</param>
    /// <param name="baseOffset">The offset of that buffer's first byte in the file.</param>
    /// <param name="moved">How far the bytes were moved towards the buffer's start.</param>
    public CsvChunk ToChunk(byte[] buffer, long baseOffset, int moved)
    {
        if (moved != 0)
        {
            foreach (ref CsvFrame frame in _frames.AsSpan(0, Count))
                frame.Start -= moved;
        }
        var chunk = new CsvChunk(buffer, _frames, Count) { FirstLine = _firstLine, BaseOffset = baseOffset, UnfinishedFrom = _unfinishedFrom };
        _frames = [];
        _unfinishedFrom = int.MaxValue;
        Count = 0;
        return chunk;
    }

    private void Grow()
    {
        CsvFrame[] larger = ArrayPool<CsvFrame>.Shared.Rent(Math.Max(FirstCapacity, 2 * _frames.Length));
        _frames.CopyTo(larger, 0);
        if (_frames.Length > 0)
            ArrayPool<CsvFrame>.Shared.Return(_frames);
        _frames = larger;
    }
}
