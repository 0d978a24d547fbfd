using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The start and end positions in a file.</summary>
internal readonly record struct CsvSpan(FileBound? From, FileBound? To);

/// <summary>Reads one file: detects its format, finds its columns, and returns its rows in chunks.</summary>
internal sealed class CsvFileReader
{
    private readonly CsvOptions _options;
    private readonly int _maxRecords;
    private readonly FileInput _input;
    private readonly CsvSpan _span;
    private readonly CsvRows _rows;
    private readonly CsvColumnFinder _columns;
    private readonly CsvTail _tail = new();
    private bool _isAtEnd;
    private long _count;

    /// <summary>Prepares to read.</summary>
    /// <param name="owner">The stage; null if no records are created.</param>
    /// <param name="options">The format.</param>
    /// <param name="maxRecords">The largest number of records in a chunk.</param>
    /// <param name="input">The file.</param>
    /// <param name="span">The part of it to read.</param>
    /// <param name="parser">Reads the header.</param>
    public CsvFileReader(CsvSource? owner, CsvOptions options, int maxRecords, FileInput input, CsvSpan span, CsvChunkParser parser)
    {
        _options = options;
        _maxRecords = maxRecords;
        _input = input;
        _span = span;
        string fingerprint = span.From?.Watermark?.Fingerprint ?? input.Head?.Fingerprint ?? "";
        var file = new CsvFile(owner, options, new SourceInfo(input.Name, input.Path, fingerprint)) { HasLines = span.From is not { Watermark: null } };
        _rows = new CsvRows(options, input, file);
        _columns = new CsvColumnFinder(options, _rows, parser, maxRecords);
    }

    /// <summary>Reads to the end.</summary>
    /// <exception cref="EtlException">The file cannot be read, or its header cannot be used.</exception>
    public async IAsyncEnumerable<CsvChunk> ReadAsync()
    {
        await BeginAsync().ConfigureAwait(false);
        await foreach (CsvChunk chunk in _columns.FindAsync().ConfigureAwait(false))
        {
            if (_span.From is not null)
                chunk.ReturnBuffers();
            else if (Place(chunk))
                yield return chunk;
        }
        if (_span.From is { } from)
            _count = await new CsvResumption(_input, _rows, _tail).GoToAsync(from).ConfigureAwait(false);
        while (!_isAtEnd && await _rows.NextAsync(_maxRecords).ConfigureAwait(false) is { } chunk)
        {
            if (Place(chunk))
                yield return chunk;
        }
        // Not after reading was given up, because an abandoned read may still write into the buffer.
        _rows.Release();
    }

    /// <summary>Reads until the column names are known.</summary>
    public async Task<IReadOnlyList<string>> ReadHeaderAsync()
    {
        await BeginAsync().ConfigureAwait(false);
        await foreach (CsvChunk chunk in _columns.FindAsync().ConfigureAwait(false))
            chunk.ReturnBuffers();
        return _rows.File.Layout.Schema.Names;
    }

    private async Task BeginAsync()
    {
        if (_options.Header is { } header)
            _columns.Set(header);
        CsvPreamble preamble = await _rows.BeginAsync().ConfigureAwait(false);
        if (_rows.IsHeaderNext && preamble.Names.Length > 0)
            _columns.Set(preamble.Names);
    }

    /// <summary>Sets a chunk's position in the file, and drops everything after the end position.</summary>
    /// <returns>False if nothing is left of it.</returns>
    private bool Place(CsvChunk chunk)
    {
        if (_span.To is { } to)
        {
            int count = 0;
            while (count < chunk.Count && (chunk.OffsetOf(count) < to.ByteOffset || (to.Watermark is not null && chunk.OffsetOf(count) == to.ByteOffset)))
                count++;
            _isAtEnd = count < chunk.Count;
            chunk.KeepFirst(count);
        }
        if (chunk.Count == 0)
        {
            chunk.ReturnBuffers();
            return false;
        }
        chunk.FirstRow = _count + 1;
        chunk.Before = _tail.Move(chunk);
        chunk.ReadMark = _input.PositionOf(chunk.EndOffset);
        _count += chunk.Count;
        return true;
    }
}
