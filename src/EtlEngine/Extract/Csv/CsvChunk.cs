using System.Buffers;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Whole records of one file, framed and not yet parsed. Owns its buffer until it is parsed.</summary>
public sealed class CsvChunk : StageChunk
{
    private byte[]? _buffer;

    internal CsvChunk(CsvFile file, byte[] buffer, long offset, long firstRow)
    {
        _buffer = buffer;
        File = file;
        Offset = offset;
        FirstRow = firstRow;
    }

    /// <inheritdoc/>
    public override int Weight => Frames.Count;

    internal CsvFile File { get; }

    /// <summary>The records; never none.</summary>
    internal List<CsvFrame> Frames { get; } = [];

    /// <summary>The offset of the buffer's first byte in the file, in bytes.</summary>
    internal long Offset { get; }

    /// <summary>The row number of the first frame, from 1.</summary>
    internal long FirstRow { get; }

    /// <summary>The bytes from the first record to the last, with what stands between.</summary>
    internal ReadOnlySpan<byte> Bytes => _buffer.AsSpan(Frames[0].Start, FramedBytes);

    internal int FramedBytes => Frames[^1].Start + Frames[^1].Length - Frames[0].Start;

    internal ReadOnlySpan<byte> BytesOf(CsvFrame frame) => _buffer.AsSpan(frame.Start, frame.Length);

    internal void ReturnBuffer()
    {
        if (_buffer is not null)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
