namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The rows of a file in chunks, without skipped ones: repeated headers, and the last rows. It holds back as many rows as could be the last
/// ones.
/// </summary>
internal sealed class CsvRows
{
    private readonly CsvOptions _options;
    private readonly FileInput _input;
    private readonly CsvFramer _framer = new();
    private readonly CsvText _text;
    private readonly Queue<CsvChunk> _held = [];
    private int _heldRows;
    private long _rows;

    /// <param name="options">The format.</param>
    /// <param name="input">The file.</param>
    /// <param name="file">What is known about it at the start.</param>
    public CsvRows(CsvOptions options, FileInput input, CsvFile file)
    {
        _options = options;
        _input = input;
        _text = new CsvText(options, input, _framer);
        File = file;
    }

    /// <summary>What is known about the file; each chunk keeps the knowledge with which it was cut.</summary>
    public CsvFile File { get; set; }

    /// <summary>Whether the next row is the header.</summary>
    public bool IsHeaderNext => _options.NeedsHeader && !File.HasColumns;

    /// <summary>The bytes read so far of the rows after the last returned one.</summary>
    public ReadOnlySpan<byte> Behind => _framer.Pending;

    /// <summary>Whether no more rows follow those.</summary>
    public bool IsAllRead => _framer.HasEnded;

    /// <summary>The header's bytes, if rows that equal it are skipped.</summary>
    public byte[]? Header { get; set; }

    /// <summary>Detects the format of the file. After that, rows can be read.</summary>
    public async Task<CsvPreamble> BeginAsync()
    {
        (CsvDialect dialect, CsvPreamble preamble) = await new CsvDialectFinder(_options, _input, _text, _framer).FindAsync(File).ConfigureAwait(false);
        File = File.With(dialect, _text.IsTranscoded);
        Begin(_options.SkipRows + preamble.Lines, CsvNewLine.Auto);
        return preamble;
    }

    /// <summary>Reads enough to tell by <see cref="Behind"/> whether the rows have fields with another delimiter. From a pipe, more may not
    /// arrive for a long time.</summary>
    public Task ReadAheadAsync() => _input.CanSeek ? _text.ReadAtLeastAsync(DelimiterGuess.HeadBytes) : Task.CompletedTask;

    /// <summary>Continues to read at another position of the text.</summary>
    /// <param name="offset">Where a row should begin.</param>
    /// <param name="line">Its line.</param>
    /// <returns>The byte before it; -1 at the beginning; null if the text ends before it.</returns>
    public async Task<int?> GoToAsync(long offset, long line)
    {
        int? before = await _text.GoToAsync(offset).ConfigureAwait(false);
        CsvNewLine usual = _framer.Usual;
        DropHeld();
        _framer.Restart(offset, line);
        Begin(linesToSkip: 0, usual);
        return before;
    }

    /// <summary>The next rows, or null at the end.</summary>
    /// <param name="maxRecords">The largest number of rows.</param>
    /// <exception cref="EtlException">The file has fewer rows than must be left out.</exception>
    public async ValueTask<CsvChunk?> NextAsync(int maxRecords)
    {
        CsvChunk? chunk = await NextOfAllAsync(maxRecords).ConfigureAwait(false);
        chunk?.File = File;
        return chunk;
    }

    /// <summary>Returns the buffers. Not allowed while a read into them may still be running.</summary>
    public void Release()
    {
        DropHeld();
        _framer.Release();
    }

    private void Begin(int linesToSkip, CsvNewLine usual)
    {
        var scanner = new CsvScanner(File.Dialect, _options.MaxFieldBytes, _options.MaxRecordBytes);
        if (_options.NewLine == CsvNewLine.Auto)
            scanner.Usual = usual;
        _framer.Begin(scanner, linesToSkip);
    }

    private async ValueTask<CsvChunk?> NextOfAllAsync(int maxRecords)
    {
        while (true)
        {
            if (_held.TryPeek(out CsvChunk? first) && _heldRows - first.Count >= _options.SkipLast)
                return Take();
            CsvChunk? chunk = await CutAsync(maxRecords).ConfigureAwait(false);
            if (chunk is null)
                return DropLast();
            if (_options.SkipLast == 0 || IsHeaderNext)
                return chunk;
            _held.Enqueue(chunk);
            _heldRows += chunk.Count;
            _rows += chunk.Count;
        }
    }

    private void DropHeld()
    {
        while (_held.TryDequeue(out CsvChunk? chunk))
            chunk.ReturnBuffers();
        (_heldRows, _rows) = (0, 0);
    }

    /// <summary>At the end: those of the held rows that are not left out.</summary>
    private CsvChunk? DropLast()
    {
        if (_heldRows > 0 && _rows < _options.SkipLast)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"{_input.Name}: the file has {_rows} {(_rows == 1 ? "row" : "rows")}, fewer than -SkipLast {_options.SkipLast} leaves out.");
        }
        if (_heldRows <= _options.SkipLast)
        {
            DropHeld();
            return null;
        }
        int keep = _heldRows - _options.SkipLast;
        CsvChunk first = Take();
        if (keep < first.Count)
            first.KeepFirst(keep);
        return first;
    }

    private CsvChunk Take()
    {
        CsvChunk chunk = _held.Dequeue();
        _heldRows -= chunk.Count;
        return chunk;
    }

    private async ValueTask<CsvChunk?> CutAsync(int maxRecords)
    {
        while (true)
        {
            if (_framer.Cut(maxRecords) is { } chunk)
            {
                chunk.SkipMarks();
                if (Header is null || chunk.Without(Header, File.Dialect.Quote))
                    return chunk;
                chunk.ReturnBuffers();
            }
            else if (_framer.HasEnded)
            {
                return null;
            }
            else
            {
                await _text.ReadAsync().ConfigureAwait(false);
            }
        }
    }
}
