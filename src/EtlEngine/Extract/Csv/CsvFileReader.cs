using System.Globalization;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Reads one file: cuts it into chunks, finds its columns, and hands the chunks on.</summary>
internal sealed class CsvFileReader(CsvSource owner, CsvOptions options, int maxRecords, CsvInput input, CsvChunkParser parser)
{
    private readonly CsvFramer _framer = new(options.Delimiter, options.MaxRecordBytes);
    private Encoding _encoding = options.Encoding ?? Encoding.UTF8;
    private CsvFile? _file;
    private bool _hasColumns;
    private long _rows;

    /// <summary>Reads to the end.</summary>
    /// <param name="enter">Takes a chunk; completes when the pool has room for it.</param>
    /// <exception cref="EtlException">The file cannot be read, or its header cannot be used.</exception>
    public async Task ReadAsync(Func<CsvChunk, ValueTask> enter)
    {
        if (options.Header is not null)
            _ = CsvHeader.ToLayout(input.Name, options.Header, options.Types);
        bool more = await SettleEncodingAsync().ConfigureAwait(false);
        while (true)
        {
            while (_framer.Cut(IsHeaderNext ? 1 : maxRecords) is { } chunk)
            {
                if (!TrySettleColumns(chunk))
                    continue;
                chunk.File = _file!;
                chunk.FirstRow = _rows + 1;
                chunk.ReadMark = input.PositionOf(chunk.EndOffset);
                _rows += chunk.Weight;
                await enter(chunk).ConfigureAwait(false);
            }
            if (!more)
                break;
            more = await ReadOnceAsync().ConfigureAwait(false);
        }
        if (IsHeaderNext)
        {
            throw new EtlException(
                FailureCodes.EmptyFile,
                FailureKind.InvalidData,
                $"{input.Name}: the file is empty, a header row was expected. Use -Header or -NoHeader for files that may be empty.");
        }
        _framer.Release();
    }

    private bool IsHeaderNext => options.NeedsHeader && !_hasColumns;

    /// <summary>Reads until the file's first bytes tell its encoding.</summary>
    private async Task<bool> SettleEncodingAsync()
    {
        bool more = await ReadOnceAsync().ConfigureAwait(false);
        if (options.Encoding is null)
        {
            Encoding? detected;
            while ((detected = CsvEncoding.Detect(_framer.Pending, !more)) is null)
                more = await ReadOnceAsync().ConfigureAwait(false);
            _encoding = detected;
        }
        if (CsvEncoding.IsUtf8(_encoding))
            return more;
        input.Transcode(_framer.Pending.ToArray(), _encoding);
        _framer.Clear();
        return await ReadOnceAsync().ConfigureAwait(false);
    }

    private async Task<bool> ReadOnceAsync()
    {
        try
        {
            int count = await input.ReadAsync(_framer.GetRoom()).ConfigureAwait(false);
            _framer.Fill(count);
            return count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string where = string.Create(CultureInfo.InvariantCulture, $"after {_framer.BytesFilled} bytes, on line {_framer.Line}");
            throw new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{input.Name}: reading failed {where}: {e.Message}", e);
        }
    }

    /// <summary>Finds the columns where they are not known yet.</summary>
    /// <returns>False when the chunk was the header, and is done with.</returns>
    private bool TrySettleColumns(CsvChunk chunk)
    {
        if (_hasColumns)
            return true;
        _file ??= NewFile(chunk);
        chunk.File = _file;
        if (options.Header is not null)
        {
            SetColumns(options.Header);
        }
        else if (options.NoHeader)
        {
            if (parser.TryGetWidth(chunk, out int width))
                SetColumns(CsvHeader.Numbered(width));
        }
        else
        {
            ReadHeader(chunk);
            chunk.ReturnBuffers();
            return false;
        }
        return true;
    }

    private void ReadHeader(CsvChunk chunk)
    {
        if (!parser.TryGetFields(chunk, out string[] names))
        {
            throw new EtlException(
                FailureCodes.InvalidHeader,
                FailureKind.InvalidData,
                string.Create(CultureInfo.InvariantCulture, $"{input.Name}:{chunk.FirstLine}: the header row cannot be read: check its quotes, -Encoding, and -MaxRecordBytes."));
        }
        SetColumns(names);
    }

    private void SetColumns(IReadOnlyList<string> names)
    {
        // Chunks in the pool keep the file object they came with, so that its columns never change under a worker.
        CsvLayout layout = CsvHeader.ToLayout(input.Name, names, options.Types);
        _file = new CsvFile(owner, options, _file!.Source) { IsTranscoded = _file.IsTranscoded, Layout = layout };
        _hasColumns = true;
    }

    private CsvFile NewFile(CsvChunk first)
    {
        string fingerprint = CsvFile.Fingerprint(first.Frames[0].Content(first.Buffer));
        return new CsvFile(owner, options, new SourceInfo(input.Name, input.Path, fingerprint)) { IsTranscoded = !CsvEncoding.IsUtf8(_encoding) };
    }
}
