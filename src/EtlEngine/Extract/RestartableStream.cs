namespace EtlTools.Engine.Extract;

/// <summary>
/// Data that is read forward and can be opened again. Seeking takes effect at the next read. The first bytes are kept, so that looking at
/// them costs nothing.
/// </summary>
internal abstract class RestartableStream : ReadOnlyStream
{
    /// <summary>Up to this distance, data is skipped rather than opened again.</summary>
    private const int NearBy = 64 * 1024;

    private readonly byte[] _head = new byte[FileHead.MaxBytes];
    private int _headLength;
    private long _position;

    public override bool CanSeek => true;

    public override long Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>The position of the next byte of the open stream; -1 if none is open.</summary>
    private protected long OpenAt { get; set; } = -1;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
            return 0;
        int count;
        if (_position < _headLength)
        {
            count = (int)Math.Min(buffer.Length, _headLength - _position);
            _head.AsMemory((int)_position, count).CopyTo(buffer);
            _position += count;
            return count;
        }
        if (OpenAt >= 0 && (_position < OpenAt || (CanOpenAnywhere && _position - OpenAt > NearBy)))
            CloseOpen();
        if (OpenAt < 0)
            await OpenAsync(CanOpenAnywhere ? _position : 0, cancellationToken).ConfigureAwait(false);
        while (OpenAt < _position)
        {
            byte[] passed = new byte[(int)Math.Min(NearBy, _position - OpenAt)];
            if (await ReadOnAsync(passed, cancellationToken).ConfigureAwait(false) == 0)
                return 0;
        }
        count = await ReadOnAsync(buffer, cancellationToken).ConfigureAwait(false);
        _position += count;
        return count;
    }

    /// <remarks>The directory of a zip archive is read in this way.</remarks>
    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override long Seek(long offset, SeekOrigin origin) => _position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    /// <summary>Whether it can be opened in the middle.</summary>
    private protected abstract bool CanOpenAnywhere { get; }

    /// <summary>Opens it at a position; it may turn out that only the beginning is possible.</summary>
    private protected abstract ValueTask OpenAsync(long position, CancellationToken cancellationToken);

    /// <summary>Reads some bytes of what is open.</summary>
    private protected abstract ValueTask<int> ReadOpenAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Closes what is open.</summary>
    private protected virtual void CloseOpen() => OpenAt = -1;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            CloseOpen();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadOnAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await ReadOpenAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (OpenAt == _headLength && _headLength < _head.Length)
        {
            int kept = Math.Min(count, _head.Length - _headLength);
            buffer[..kept].CopyTo(_head.AsMemory(_headLength));
            _headLength += kept;
        }
        OpenAt += count;
        return count;
    }
}
