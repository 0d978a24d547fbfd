namespace EtlTools.Engine.Extract;

/// <summary>Decompressed data up to a limit, because a small file can decompress to more than any disk holds.</summary>
internal sealed class LimitedStream(Stream decompressed, long limit) : ReadOnlyStream
{
    private long _read;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await decompressed.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        _read += count;
        return limit == 0 || _read <= limit ? count : throw new EtlException(
            FailureCodes.DecompressedTooLarge,
            FailureKind.InvalidData,
            $"the compressed file decompresses to more than -MaxDecompressedBytes {limit}. Give a larger number, or 0 for no limit, if you trust the file.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            decompressed.Dispose();
        base.Dispose(disposing);
    }
}
