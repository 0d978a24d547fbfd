namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// The rows of a file in chunks, without those that are passed over whatever they hold: repeated headers, and the last ones. So
/// many are held back as may be the last ones.
/// </summary>
internal sealed class CsvRows(CsvOptions options, FileInput input, CsvText text, CsvFramer framer)
{
    private readonly Queue<CsvChunk> _held = [];
    private int _heldRows;
    private long _rows;

    /// <summary>The header's bytes, where rows that equal it are passed over.</summary>
    public byte[]? Header { get; set; }

    /// <summary>The next rows, or null at the end.</summary>
    /// <param name="maxRecords">The most of them.</param>
    /// <param name="isHeader">Whether they come before the rows of which the last are left out.</param>
    /// <exception cref="EtlException">The file has fewer rows than are to be left out.</exception>
    public async ValueTask<CsvChunk?> NextAsync(int maxRecords, bool isHeader)
    {
        while (true)
        {
            if (_held.TryPeek(out CsvChunk? first) && _heldRows - first.Weight >= options.SkipLast)
                return Take();
            CsvChunk? chunk = await CutAsync(maxRecords).ConfigureAwait(false);
            if (chunk is null)
                return DropLast();
            if (options.SkipLast == 0 || isHeader)
                return chunk;
            _held.Enqueue(chunk);
            _heldRows += chunk.Weight;
            _rows += chunk.Weight;
        }
    }

    /// <summary>Forgets what is held back.</summary>
    public void Clear()
    {
        while (_held.TryDequeue(out CsvChunk? chunk))
            chunk.ReturnBuffers();
        (_heldRows, _rows) = (0, 0);
    }

    /// <summary>At the end: the first of the rows that are held back and are not to be left out.</summary>
    private CsvChunk? DropLast()
    {
        if (_heldRows > 0 && _rows < options.SkipLast)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"{input.Name}: the file has {_rows} {(_rows == 1 ? "row" : "rows")}, fewer than -SkipLast {options.SkipLast} leaves out.");
        }
        if (_heldRows <= options.SkipLast)
        {
            Clear();
            return null;
        }
        int keep = _heldRows - options.SkipLast;
        CsvChunk first = Take();
        if (keep < first.Weight)
            first.KeepFirst(keep);
        return first;
    }

    private CsvChunk Take()
    {
        CsvChunk chunk = _held.Dequeue();
        _heldRows -= chunk.Weight;
        return chunk;
    }

    private async ValueTask<CsvChunk?> CutAsync(int maxRecords)
    {
        while (true)
        {
            if (framer.Cut(maxRecords) is { } chunk)
            {
                if (Header is null || chunk.Without(Header))
                    return chunk;
                chunk.ReturnBuffers();
            }
            else if (framer.HasEnded)
            {
                return null;
            }
            else
            {
                await text.ReadAsync().ConfigureAwait(false);
            }
        }
    }
}
