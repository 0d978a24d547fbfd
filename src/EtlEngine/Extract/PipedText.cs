using System.IO.Pipelines;
using System.Text;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Text that arrives in pieces and is read like a file. A piece is one line or more; a missing line end is added. One thread writes. The
/// unread text is bounded, however long a piece is.
/// </summary>
internal sealed class PipedText : SourceFile, IStageInput
{
    /// <summary>How many characters are written at once.</summary>
    private const int SliceLength = 32 * 1024;

    /// <summary>The number of unread bytes above which nothing is written.</summary>
    private const int MaxUnread = 256 * 1024;

    // Inline, so that a writer that is told about a read finds room.
    private readonly Pipe _pipe = new(new PipeOptions(
        writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: MaxUnread, resumeWriterThreshold: MaxUnread / 2, useSynchronizationContext: false));

    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private string? _piece;
    private int _at;
    private Task? _waitingForRoom;
    private long _written;
    private long _read;
    private volatile bool _isAbandoned;
    private Action _onRead = () => { };

    /// <summary>Creates an empty text.</summary>
    public PipedText() : base("text", "text")
    {
    }

    internal override bool HasUnreadText => !_isAbandoned && Volatile.Read(ref _read) < _written;

    /// <summary>Writes a piece, as far as there is room. Until all of it is written, the caller must pass the same piece again.</summary>
    /// <returns>False if a part of the piece is left.</returns>
    public bool TryWrite(string piece)
    {
        ArgumentNullException.ThrowIfNull(piece);
        if (!ReferenceEquals(piece, _piece))
            (_piece, _at) = (piece, 0);
        while (!_isAbandoned)
        {
            if (_waitingForRoom is { IsCompleted: false })
                return false;
            int length = Math.Min(SliceLength, piece.Length - _at);
            bool isLast = _at + length == piece.Length;
            Write(piece.AsSpan(_at, length), isLast);
            _at += length;
            if (isLast && !piece.EndsWith('\n'))
                Write("\n", isLast);
            ValueTask<FlushResult> flushed = _pipe.Writer.FlushAsync();
            _waitingForRoom = flushed.IsCompletedSuccessfully ? null : flushed.AsTask();
            if (isLast)
                break;
        }
        _piece = null;
        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        // What was written can be read at once.
    }

    /// <inheritdoc/>
    public void CompleteInput() => _pipe.Writer.Complete();

    internal override Stream Open() => new Reader(this);

    internal override void WhenRead(Action tell) => _onRead = tell;

    internal override void Close()
    {
        _isAbandoned = true;
        _onRead();
    }

    private void Write(ReadOnlySpan<char> text, bool isEnd)
    {
        Span<byte> room = _pipe.Writer.GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        int count = _encoder.GetBytes(text, room, isEnd);
        _pipe.Writer.Advance(count);
        Volatile.Write(ref _written, _written + count);
    }

    /// <summary>The text as a stream. Nothing is kept between two reads: a reader that asks for more has used what it got.</summary>
    private sealed class Reader(PipedText text) : ReadOnlyStream
    {
        private readonly Stream _stream = text._pipe.Reader.AsStream();
        private long _given;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Volatile.Write(ref text._read, _given);
            text._onRead();
            int count = await _stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            _given += count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
