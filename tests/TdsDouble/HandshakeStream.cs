namespace EtlTools.Tests.Tds;

/// <summary>Carries a TLS handshake inside PRELOGIN packets, as TDS 7 does, and after it the bare connection.</summary>
internal sealed class HandshakeStream(Stream inner) : Stream
{
    private ReadOnlyMemory<byte> _rest;

    /// <summary>Whether the handshake is over.</summary>
    public bool IsDone { get; set; }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty && IsDone)
            return await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_rest.IsEmpty)
            _rest = (await TdsPacket.ReadAsync(inner).ConfigureAwait(false))?.Data;
        int count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsDone)
            await inner.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        else
            await TdsPacket.WriteAsync(inner, PacketType.PreLogin, buffer, buffer.Length + TdsPacket.HeaderSize).ConfigureAwait(false);
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
