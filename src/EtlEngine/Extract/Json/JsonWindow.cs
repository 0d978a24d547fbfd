namespace EtlTools.Engine.Extract.Json;

/// <summary>The part of a text that is being read; bytes that were taken make room for new ones.</summary>
internal sealed class JsonWindow(long offset)
{
    private const int FirstSize = 64 * 1024;

    /// <summary>If there is less room than this, the kept bytes are moved to the front.</summary>
    private const int LeastRoom = 16 * 1024;

    private byte[] _buffer = new byte[FirstSize];
    private int _begin;
    private int _end;
    private long _bufferOffset = offset;

    /// <summary>The bytes that are not yet taken.</summary>
    public ReadOnlySpan<byte> Rest => _buffer.AsSpan(_begin, _end - _begin);

    /// <summary>Where the rest begins in the buffer.</summary>
    public int Position => _begin;

    /// <summary>Where the rest begins in the text.</summary>
    public long Offset => _bufferOffset + _begin;

    /// <summary>Where the rest ends in the text.</summary>
    public long EndOffset => _bufferOffset + _end;

    /// <summary>Whether the input has ended.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Takes some bytes.</summary>
    public void Take(int count) => _begin += count;

    /// <summary>How many bytes may have been taken since the window was last filled.</summary>
    public byte[] Copy(int from, int to) => _buffer.AsSpan(from, to - from).ToArray();

    /// <summary>Reads some bytes after the rest. Earlier positions are no longer valid.</summary>
    public async ValueTask FillAsync(Stream text, CancellationToken cancellationToken)
    {
        if (_buffer.Length - _end < LeastRoom)
        {
            byte[] buffer = _end - _begin > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            Rest.CopyTo(buffer);
            _bufferOffset += _begin;
            _end -= _begin;
            _begin = 0;
            _buffer = buffer;
        }
        int count = await text.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += count;
        HasEnded = count == 0;
    }
}
