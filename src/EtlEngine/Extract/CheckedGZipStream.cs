using System.IO.Compression;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Reads gzip, and reports a file that was cut off or contains something else after the compressed part; GZipStream takes both for its end.
/// A last member with known content is appended to the file. If it does not come out, the file was incomplete, or not all of it was gzip.
/// Asynchronous reads only.
/// </summary>
internal sealed class CheckedGZipStream : ReadOnlyStream
{
    /// <summary>The message about bytes after the compressed part of a file.</summary>
    public const string MoreThanCompressed =
        "Data that is not compressed follows the compressed part, for example appended text. It was not read. Decompress the file and look at its end.";

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
            // It also ends, with unread bytes, if no member begins at them.
            if (!_input.HasGivenSeal)
                return count > 0 || buffer.IsEmpty || _input.IsInPadding ? count : throw new InvalidDataException(MoreThanCompressed);
            // GZipStream reads on only after it has returned everything, so this is either the seal or the result of a torn file.
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

    /// <summary>The file, followed by the seal. Padding zeros at the end of the file are returned separately.</summary>
    private sealed class SealedInput(Stream file) : ReadOnlyStream
    {
        private readonly byte[] _block = new byte[16 * 1024];
        private int _start;
        private int _end;
        private long _zerosBefore;
        private long _zerosBehind;
        private bool _hasEnded;
        private int _given;

        public bool HasGivenSeal { get; private set; }

        /// <summary>Whether nothing but zeros was left in the file.</summary>
        public bool IsInPadding { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (_start == _end && !_hasEnded)
                await ReadBlockAsync(cancellationToken).ConfigureAwait(false);
            int count;
            if (_zerosBefore > 0)
            {
                IsInPadding = _hasEnded;
                count = (int)Math.Min(buffer.Length, _zerosBefore);
                buffer.Span[..count].Clear();
                _zerosBefore -= count;
            }
            else if (_start < _end)
            {
                count = Math.Min(buffer.Length, _end - _start);
                _block.AsMemory(_start, count).CopyTo(buffer);
                _start += count;
            }
            else
            {
                HasGivenSeal = true;
                count = Math.Min(buffer.Length, SealMember.Length - _given);
                SealMember.AsMemory(_given, count).CopyTo(buffer);
                _given += count;
            }
            return count;
        }

        private async ValueTask ReadBlockAsync(CancellationToken cancellationToken)
        {
            int count = await file.ReadAsync(_block, cancellationToken).ConfigureAwait(false);
            _zerosBefore += _zerosBehind;
            _hasEnded = count == 0;
            _start = 0;
            _end = _block.AsSpan(0, count).LastIndexOfAnyExcept((byte)0) + 1;
            _zerosBehind = count - _end;
        }
    }
}
