using System.IO.Compression;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Reads gzip and tells when the file has been cut off, which GZipStream takes for its end. A last member of known content is
/// put after the file: where it does not come out, what was before it was not complete. Asynchronous reads only.
/// </summary>
internal sealed class CheckedGZipStream : ReadOnlyStream
{
    private static readonly byte[] Seal = "EtlTools: the end of the file."u8.ToArray();
    private static readonly byte[] SealMember = Compress(Seal);

    private readonly SealedInput _input;
    private readonly GZipStream _gzip;
    private int _sealSeen;

    public CheckedGZipStream(Stream compressed)
    {
        _input = new SealedInput(compressed);
        _gzip = new GZipStream(_input, CompressionMode.Decompress, leaveOpen: true);
    }

    public static bool IsGZip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B, 0x08]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            int count = await InflateAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (!_input.HasGivenSeal)
                return count;
            // GZipStream reads on only when it has given out all it had: this is the seal, or what a torn file makes of it.
            if (count == 0 && _sealSeen == Seal.Length)
                return 0;
            int expected = Math.Min(count, Seal.Length - _sealSeen);
            if (count == 0 || expected < count || !buffer.Span[..count].SequenceEqual(Seal.AsSpan(_sealSeen, count)))
                throw CutOff();
            _sealSeen += count;
        }
    }

    private async ValueTask<int> InflateAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _gzip.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw _input.HasGivenSeal ? CutOff(e) : new InvalidDataException("The compressed file is damaged.", e);
        }
    }

    private static InvalidDataException CutOff(Exception? inner = null) => new("The compressed file has been cut off.", inner);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private static byte[] Compress(byte[] content)
    {
        using var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionMode.Compress, leaveOpen: true))
            gzip.Write(content);
        return target.ToArray();
    }

    private sealed class SealedInput(Stream file) : ReadOnlyStream
    {
        private int _given;

        public bool HasGivenSeal { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = HasGivenSeal ? 0 : await file.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            if (count > 0)
                return count;
            HasGivenSeal = true;
            count = Math.Min(buffer.Length, SealMember.Length - _given);
            SealMember.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return count;
        }
    }
}
