using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.DeadLetters;

/// <summary>Some lines of a dead-letter file, as bytes that belong to the chunk.</summary>
internal sealed class DeadLetterChunk : FileChunk
{
    private readonly List<Line> _lines = [];
    private byte[] _bytes = new byte[4096];
    private int _length;

    internal DeadLetterChunk(SourceInfo file) => File = file;

    internal SourceInfo File { get; }

    internal IReadOnlyList<Line> Lines => _lines;

    internal int Bytes => _length;

    /// <summary>Lines whose letter was already read.</summary>
    internal int Repeated { get; private set; }

    /// <inheritdoc/>
    public override int Count => Math.Max(1, _lines.Count);

    internal ReadOnlyMemory<byte> this[Line line] => _bytes.AsMemory(line.Start, line.Length);

    internal void Add(ReadOnlySpan<byte> text, long number, long offset)
    {
        if (_length + text.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + text.Length));
        text.CopyTo(_bytes.AsSpan(_length));
        _lines.Add(new Line(_length, text.Length, number, offset));
        _length += text.Length;
    }

    internal void AddRepeated() => Repeated++;

    /// <param name="Start">Where it is in the chunk.</param>
    /// <param name="Length">In bytes.</param>
    /// <param name="Number">The line's number in the file, from 1.</param>
    /// <param name="Offset">Its first byte in the file.</param>
    internal readonly record struct Line(int Start, int Length, long Number, long Offset);
}
