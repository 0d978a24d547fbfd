using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.DeadLetters;

/// <summary>Cuts one file into chunks of lines, each letter once.</summary>
internal sealed class DeadLetterFileReader(FileInput file, long end, SourceInfo source, HashSet<UInt128> seen, int maxLines)
{
    /// <summary>Longer lines are not letters: a record of a file has at most 256 MiB, and far less by default.</summary>
    private const int MaxLineBytes = 512 * 1024 * 1024;

    /// <summary>The size at which a chunk is handed on.</summary>
    private const int ChunkBytes = 256 * 1024;

    private byte[] _buffer = new byte[64 * 1024];
    private long _end = end;
    private int _begin;
    private int _filled;
    private long _offset;
    private long _number;

    /// <summary>The number of a torn last line, or null; known after everything has been read.</summary>
    public long? TornLine { get; private set; }

    /// <summary>Reads to the end.</summary>
    public async IAsyncEnumerable<DeadLetterChunk> ReadAsync()
    {
        var chunk = new DeadLetterChunk(source);
        for (bool more = true; more;)
        {
            more = await FillAsync().ConfigureAwait(false);
            while (TornLine is null && TryCut(isLast: !more, out int start, out int length, out long offset))
            {
                if (!Add(chunk, _buffer.AsSpan(start, length), offset))
                    TornLine = _number;
                if (chunk.Lines.Count + chunk.Repeated >= maxLines || chunk.Bytes >= ChunkBytes)
                {
                    chunk.ReadMark = _offset;
                    yield return chunk;
                    chunk = new DeadLetterChunk(source);
                }
            }
        }
        chunk.ReadMark = _offset;
        if (chunk.Lines.Count + chunk.Repeated > 0)
            yield return chunk;
    }

    /// <returns>False if the line is the last one of the file and torn.</returns>
    private bool Add(DeadLetterChunk chunk, ReadOnlySpan<byte> line, long offset)
    {
        // Editors put a byte order mark before the first line.
        if (offset == 0 && line.StartsWith(Encoding.UTF8.Preamble))
        {
            line = line[Encoding.UTF8.Preamble.Length..];
            offset = Encoding.UTF8.Preamble.Length;
        }
        if (line.Trim(" \t\r"u8).IsEmpty)
            return true;
        if (offset + line.Length == _end && DeadLetterLine.IsTorn(line))
            return false;
        if (DeadLetterHead.TryReadId(line, out UInt128 id) && !seen.Add(id))
            chunk.AddRepeated();
        else
            chunk.Add(line, _number, offset);
        return true;
    }

    private bool TryCut(bool isLast, out int start, out int length, out long offset)
    {
        ReadOnlySpan<byte> rest = _buffer.AsSpan(_begin, _filled - _begin);
        int newline = rest.IndexOf((byte)'\n');
        start = _begin;
        offset = _offset;
        length = newline >= 0 ? newline : rest.Length;
        if (rest.IsEmpty || (newline < 0 && !isLast))
            return false;
        int consumed = newline >= 0 ? newline + 1 : length;
        _begin += consumed;
        _offset += consumed;
        _number++;
        return true;
    }

    /// <returns>False at the end.</returns>
    private async ValueTask<bool> FillAsync()
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _filled - _begin).CopyTo(_buffer);
            _filled -= _begin;
            _begin = 0;
        }
        else if (_filled == _buffer.Length)
        {
            if (_filled >= MaxLineBytes)
                throw new InvalidDataException($"line {_number + 1} is longer than {MaxLineBytes} bytes.");
            Array.Resize(ref _buffer, Math.Min(_buffer.Length * 2, MaxLineBytes));
        }
        int room = (int)Math.Min(_buffer.Length - _filled, _end - (_offset + _filled));
        int count = room == 0 ? 0 : await file.ReadAsync(_buffer.AsMemory(_filled, room)).ConfigureAwait(false);
        _filled += count;
        if (count == 0)
            _end = _offset + _filled;
        return count > 0;
    }
}
