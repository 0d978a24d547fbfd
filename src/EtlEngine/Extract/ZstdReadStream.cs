using ZstdSharp;

namespace EtlTools.Engine.Extract;

/// <summary>Reads zstd, one frame or several after each other, and reports a file that was cut off or is damaged. Asynchronous reads
/// only.</summary>
internal sealed class ZstdReadStream(Stream compressed) : ReadOnlyStream
{
    private readonly DecompressionStream _zstd = new(compressed, leaveOpen: true, checkEndOfStream: true);

    public static bool IsZstd(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await _zstd.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The compressed file has been cut off.", e);
        }
        catch (ZstdException e)
        {
            throw new InvalidDataException($"The compressed file is damaged, or something that is not compressed follows it (zstd: {e.Message}).", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _zstd.Dispose();
        base.Dispose(disposing);
    }
}
