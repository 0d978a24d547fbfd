using System.Buffers;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Whole records of a file as bytes, on their way through the pool.</summary>
internal sealed class CsvChunk : FileChunk
{
    private byte[] _buffer;
    private CsvFrame[] _frames;
    private int _count;

    internal CsvChunk(byte[] buffer, CsvFrame[] frames, int count)
    {
        _buffer = buffer;
        _frames = frames;
        _count = count;
    }

    /// <inheritdoc/>
    public override int Count => _count;

    /// <summary>What all chunks of the file share; set by the reader before the chunk enters the pool.</summary>
    internal CsvFile File { get; set; } = null!;

    internal byte[] Buffer => _buffer;

    internal Span<CsvFrame> Frames => _frames.AsSpan(0, Count);

    /// <summary>The line of the first record.</summary>
    internal long FirstLine { get; init; }

    /// <summary>The offset in the file of the buffer's first byte; it may be negative.</summary>
    internal long BaseOffset { get; init; }

    /// <summary>The records before the first one of a watermark's check.</summary>
    internal SourceCheck Before { get; set; }

    /// <summary>The first record in which the input ended prematurely; beyond the last one if there is none.</summary>
    internal int UnfinishedFrom { get; set; }

    /// <summary>The number of the first record, from 1.</summary>
    internal long FirstRow { get; set; }

    /// <summary>The offset in the file of the first byte after the last record.</summary>
    internal long EndOffset => BaseOffset + Frames[^1].Start + Frames[^1].Length;

    /// <summary>The offset in the file of a record's first byte.</summary>
    internal long OffsetOf(int record) => BaseOffset + _frames[record].Start;

    /// <summary>Drops the records after the first ones.</summary>
    internal void KeepFirst(int count) => _count = count;

    /// <summary>Leaves out a byte order mark before a record: it began a file that was appended to another one.</summary>
    internal void SkipMarks()
    {
        ReadOnlySpan<byte> mark = "\uFEFF"u8;
        int start = _frames[0].Start;
        if (_buffer.AsSpan(start, _frames[_count - 1].Start + _frames[_count - 1].Length - start).IndexOf(mark) < 0)
            return;
        foreach (ref CsvFrame frame in Frames)
        {
            if (!frame.Content(_buffer).StartsWith(mark))
                continue;
            frame.Start += mark.Length;
            frame.Length -= mark.Length;
        }
    }

    /// <summary>Drops the records that have this content, whichever of their fields are in quotes.</summary>
    /// <returns>Whether any is left.</returns>
    internal bool Without(ReadOnlySpan<byte> content, int quote)
    {
        int kept = 0;
        int unfinished = UnfinishedFrom;
        for (int i = 0; i < _count; i++)
        {
            if (AreEqual(_frames[i].Content(_buffer), content, quote))
                unfinished -= i < UnfinishedFrom ? 1 : 0;
            else
                _frames[kept++] = _frames[i];
        }
        (_count, UnfinishedFrom) = (kept, unfinished);
        return kept > 0;
    }

    private static bool AreEqual(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, int quote)
    {
        int at = 0;
        foreach (byte next in one)
        {
            if (next == quote)
                continue;
            while (at < other.Length && other[at] == quote)
                at++;
            if (at == other.Length || other[at++] != next)
                return false;
        }
        return !other[at..].ContainsAnyExcept((byte)quote);
    }

    /// <summary>Returns the buffers; the chunk is empty then.</summary>
    internal void ReturnBuffers()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        ArrayPool<CsvFrame>.Shared.Return(_frames);
        _buffer = [];
        _frames = [];
    }
}
