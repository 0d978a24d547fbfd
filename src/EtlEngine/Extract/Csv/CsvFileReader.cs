using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Engine.Records;
using Sylvan.Data.Csv;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Reads one file: frames it, makes the schema from its first record, and gives out chunks of whole records. A read of
/// the file is a chunk, so that a pipe's records go on as soon as they are there.
/// </summary>
internal sealed class CsvFileReader(CsvOptions options, int maxChunkRecords, string path, Stream text, long offset) : IAsyncDisposable
{
    /// <summary>Small enough that a chunk's text is no large object, large enough that a wake-up costs little per row.</summary>
    private const int ReadBytes = 64 * 1024;

    private const int MinReadBytes = 4 * 1024;

    /// <summary>A guess of a row's bytes, by which small buffers read less ahead.</summary>
    private const int RowBytes = 256;

    private readonly CsvFramer _framer = new(options);
    private readonly int _readBytes = (int)Math.Clamp((long)maxChunkRecords * RowBytes, MinReadBytes, ReadBytes);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
    private int _start;
    private int _filled;
    private long _offset = offset;
    private long _rows;
    private bool _atEnd;
    private CsvFile? _file;

    /// <summary>The next records, or null at the end.</summary>
    public async ValueTask<CsvChunk?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_file is null && _framer.TryRead(Pending, ref _start, _atEnd, out CsvFrame first))
                _file = Begin(first);
            if (_file is not null && Frame(_file) is { } chunk)
                return chunk;
            if (_atEnd)
            {
                if (_file is null && options.ReadsHeader)
                    throw new EtlException(FailureCodes.EmptyFile, FailureKind.InvalidData, $"{path} is empty, and a header was needed. Name the columns with -Header or use -NoHeader if that is as it should be.");
                return null;
            }
            await FillAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        await text.DisposeAsync().ConfigureAwait(false);
    }

    private ReadOnlySpan<byte> Pending => _buffer.AsSpan(0, _filled);

    private CsvFile Begin(CsvFrame first)
    {
        string record = Encoding.UTF8.GetString(Pending.Slice(first.Start, first.Length));
        string[] fields = ReadFirst(first, record);
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(record)))[..16];
        var source = new SourceInfo(Path.GetFileName(path), path, fingerprint);
        if (options.ReadsHeader)
            return new CsvFile(source, CsvHeader.FromNames(fields, path), options);
        // The first record is data: it is framed once more, as such.
        _framer.Return(first);
        _start = first.Start;
        return new CsvFile(source, options.Header is null ? CsvHeader.Numbered(fields.Length) : new Schema(options.Header), options);
    }

    private string[] ReadFirst(CsvFrame first, string record)
    {
        try
        {
            if (first.ErrorCode is null)
                return CsvParser.ReadFields(options, record);
        }
        catch (CsvFormatException e)
        {
            throw Malformed(e);
        }
        throw Malformed(null);

        EtlException Malformed(Exception? cause) => new(
            FailureCodes.MalformedHeader, FailureKind.InvalidData,
            $"{path}: the first row cannot be parsed ({first.ErrorCode ?? ErrorCodes.MalformedRow}). Check -Delimiter and the quotes in that row.", cause);
    }

    private CsvChunk? Frame(CsvFile file)
    {
        CsvChunk? chunk = null;
        while (chunk is null || chunk.Frames.Count < maxChunkRecords)
        {
            if (!_framer.TryRead(Pending, ref _start, _atEnd, out CsvFrame frame))
                break;
            chunk ??= new CsvChunk(file, _buffer, _offset, _rows + 1);
            chunk.Frames.Add(frame);
        }
        if (chunk is null)
            return null;
        _rows += chunk.Frames.Count;
        HandOver();
        return chunk;
    }

    /// <summary>The chunk keeps the buffer; what is not yet framed goes into a new one.</summary>
    private void HandOver()
    {
        int rest = _filled - _start;
        byte[] fresh = ArrayPool<byte>.Shared.Rent(Math.Max(ReadBytes, rest));
        _buffer.AsSpan(_start, rest).CopyTo(fresh);
        _offset += _start;
        _buffer = fresh;
        _start = 0;
        _filled = rest;
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _filled - _start).CopyTo(_buffer);
            _offset += _start;
            _filled -= _start;
            _start = 0;
        }
        if (_filled == _buffer.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _filled).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        int room = Math.Min(_buffer.Length - _filled, Math.Max(_readBytes, _filled));
        int read;
        try
        {
            read = await text.ReadAsync(_buffer.AsMemory(_filled, room), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new EtlException(
                FailureCodes.ReadFailed, FailureKind.Unavailable,
                FormattableString.Invariant($"{path} could not be read beyond byte {_offset + _filled}, after {_rows} records: {e.Message}"), e);
        }
        _filled += read;
        _atEnd = read == 0;
    }
}
