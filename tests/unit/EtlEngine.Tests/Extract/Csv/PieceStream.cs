namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>A file whose reads return as many bytes as the test says, or fail, or never return.</summary>
internal sealed class PieceStream(byte[] data, Func<int> pieceSize) : Stream
{
    private readonly TaskCompletionSource<int> _never = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _position;

    public int BytesRead => Volatile.Read(ref _position);

    /// <summary>Reading fails after so many bytes.</summary>
    public int FailAfter { get; init; } = int.MaxValue;

    /// <summary>Reading hangs after so many bytes, deaf to cancellation.</summary>
    public int HangAfter { get; init; } = int.MaxValue;

    public bool IsClosed { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(IsClosed, this);
        if (_position >= FailAfter)
            throw new IOException("The disk is on fire.");
        if (_position >= HangAfter)
            return new ValueTask<int>(_never.Task);
        int limit = Math.Min(FailAfter, HangAfter);
        int count = Math.Min(Math.Min(buffer.Length, Math.Max(1, pieceSize())), Math.Min(data.Length, limit) - _position);
        data.AsMemory(_position, count).CopyTo(buffer);
        Volatile.Write(ref _position, _position + count);
        return ValueTask.FromResult(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        IsClosed = true;
        base.Dispose(disposing);
    }
}
