using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.BZip2;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Reads bzip2, one part or several after each other, and reports a file that was cut off, is damaged, or contains something else after the
/// compressed part. The library reads synchronously, so a pool thread runs it.
/// </summary>
internal sealed class Bzip2ReadStream(Stream compressed) : ReadOnlyStream
{
    private readonly Input _input = new(compressed);
    private BZip2InputStream? _part;

    /// <summary>Whether a file begins as bzip2 does; the mark alone could also begin a text.</summary>
    public static bool IsBzip2(ReadOnlySpan<byte> head) =>
        head.StartsWith("BZh"u8) && head is [_, _, _, >= (byte)'1' and <= (byte)'9', 0x31, 0x41, ..] or [_, _, _, >= (byte)'1' and <= (byte)'9', 0x17, 0x72, ..];

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? 0 : await Task.Run(() => ReadSome(buffer.Span), cancellationToken).ConfigureAwait(false);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _part?.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private int ReadSome(Span<byte> buffer)
    {
        byte[] room = new byte[buffer.Length];
        try
        {
            while (_part is not null || !_input.IsAtEnd())
            {
                _part ??= NextPart();
                int count = _part.Read(room, 0, room.Length);
                if (count > 0)
                {
                    room.AsSpan(0, count).CopyTo(buffer);
                    return count;
                }
                _part.Dispose();
                _part = null;
            }
            return 0;
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("The compressed file has been cut off.", e);
        }
        catch (Exception e) when (e is SharpZipBaseException or IndexOutOfRangeException)
        {
            throw new InvalidDataException("The compressed file is damaged.", e);
        }
    }

    private BZip2InputStream NextPart() => _input.BeginsWithMark()
        ? new BZip2InputStream(_input) { IsStreamOwner = false }
        : throw new InvalidDataException(CheckedGZipStream.MoreThanCompressed);

    /// <summary>The compressed bytes for a library that reads synchronously.</summary>
    private sealed class Input(Stream source) : Stream
    {
        private readonly byte[] _block = new byte[64 * 1024];
        private int _start;
        private int _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public bool IsAtEnd() => _start == _end && !Fill();

        public bool BeginsWithMark()
        {
            while (_end - _start < 3 && Fill())
            {
            }
            return _block.AsSpan(_start, _end - _start).StartsWith("BZh"u8);
        }

        public override int ReadByte() => IsAtEnd() ? -1 : _block[_start++];

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (IsAtEnd())
                return 0;
            int taken = Math.Min(count, _end - _start);
            _block.AsSpan(_start, taken).CopyTo(buffer.AsSpan(offset));
            _start += taken;
            return taken;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private bool Fill()
        {
            _block.AsSpan(_start, _end - _start).CopyTo(_block);
            (_start, _end) = (0, _end - _start);
            int count = source.ReadAsync(_block.AsMemory(_end)).AsTask().GetAwaiter().GetResult();
            _end += count;
            return count > 0;
        }
    }
}
