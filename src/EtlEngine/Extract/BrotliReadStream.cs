using System.Buffers;
using System.IO.Compression;

namespace EtlTools.Engine.Extract;

/// <summary>Reads brotli, and reports a file that was cut off, which BrotliStream takes for its end. Asynchronous reads only.</summary>
internal sealed class BrotliReadStream(Stream compressed) : ReadOnlyStream
{
    private readonly byte[] _input = new byte[16 * 1024];
    private BrotliDecoder _decoder;
    private int _start;
    private int _end;
    private bool _isDone;

    /// <summary>Whether the beginning of a file can be decoded as brotli, which has no mark.</summary>
    public static bool IsBrotli(ReadOnlySpan<byte> head)
    {
        using var decoder = new BrotliDecoder();
        byte[] text = new byte[4096];
        OperationStatus status = decoder.Decompress(head, text, out _, out _);
        return head.Length > 0 && status != OperationStatus.InvalidData;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!_isDone)
        {
            OperationStatus status = _decoder.Decompress(_input.AsSpan(_start, _end - _start), buffer.Span, out int consumed, out int written);
            _start += consumed;
            _isDone = status == OperationStatus.Done;
            if (status == OperationStatus.InvalidData)
                throw new InvalidDataException("The compressed file is damaged.");
            if (written > 0)
                return written;
            if (_isDone || status == OperationStatus.DestinationTooSmall)
                continue;
            _start = 0;
            _end = await compressed.ReadAsync(_input, cancellationToken).ConfigureAwait(false);
            if (_end == 0)
                throw new InvalidDataException("The compressed file has been cut off.");
        }
        await RequireEndAsync(cancellationToken).ConfigureAwait(false);
        return 0;
    }

    private async ValueTask RequireEndAsync(CancellationToken cancellationToken)
    {
        if (_start < _end || await compressed.ReadAsync(_input, cancellationToken).ConfigureAwait(false) > 0)
            throw new InvalidDataException(CheckedGZipStream.MoreThanCompressed);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _decoder.Dispose();
        base.Dispose(disposing);
    }
}
