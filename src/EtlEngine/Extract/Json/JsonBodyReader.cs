using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads a text of items as a stream. It holds at most a chunk of items and never the whole text, so the text may be larger than memory.
/// Items are passed on before more input is awaited.
/// </summary>
internal sealed class JsonBodyReader
{
    /// <summary>The size of a chunk in bytes: large compared with the cost of passing it on.</summary>
    private const int ChunkBytes = 64 * 1024;

    private readonly Stream _text;
    private readonly JsonFormat _format;
    private readonly SourceInfo _source;
    private readonly JsonWindow _window;
    private readonly JsonItemFinder _finder;
    private bool _hasBegun;
    private bool _isNothing;
    private JsonTextException? _fault;

    /// <summary>Prepares to read.</summary>
    /// <param name="text">The text; not disposed here.</param>
    /// <param name="format">The layout of the items.</param>
    /// <param name="source">The source of the text.</param>
    /// <param name="offset">The offset of the text in its source, in bytes.</param>
    /// <param name="line">The lines before it.</param>
    public JsonBodyReader(Stream text, JsonFormat format, SourceInfo source, long offset = 0, long line = 0)
    {
        _text = text;
        _format = format;
        _source = source;
        _window = new JsonWindow(offset);
        Envelope = new JsonEnvelope(format);
        _finder = format.Layout == JsonLayout.JsonLines
            ? new JsonLineFinder(_window, format) { Line = line }
            : new JsonDocumentFinder(_window, format, Envelope);
    }

    /// <summary>The document around the items; complete after all items were read.</summary>
    public JsonEnvelope Envelope { get; }

    /// <summary>How far the text has been read, in bytes.</summary>
    public long Offset => _window.EndOffset;

    private bool IsAtEnd => _isNothing || _finder.IsAtEnd;

    /// <summary>Some items: as many as there are without waiting, but at least one; null at the end.</summary>
    /// <exception cref="JsonTextException">The text cannot be read any further. Earlier items were passed on.</exception>
    public async ValueTask<JsonChunk?> ReadAsync(int maxItems, CancellationToken cancellationToken)
    {
        while (true)
        {
            _fault ??= Advance(maxItems);
            if (_finder.Rows.Count > 0)
                return TakeChunk();
            if (_fault is not null)
                throw _fault;
            if (IsAtEnd)
                return null;
            await _window.FillAsync(_text, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Continues until there are enough items, nothing more can be read without waiting, or an error occurs.</summary>
    private JsonTextException? Advance(int maxItems)
    {
        List<JsonRow> rows = _finder.Rows;
        try
        {
            while (!IsAtEnd && rows.Count < maxItems && (rows.Count == 0 || rows[^1].Start - rows[0].Start < ChunkBytes))
            {
                if (!(_hasBegun ? _finder.Step() : Begin()))
                    break;
            }
            return null;
        }
        catch (JsonTextException e)
        {
            return e;
        }
    }

    /// <returns>False if more input is needed first.</returns>
    private bool Begin()
    {
        if (!JsonPreamble.TrySkip(_window))
            return false;
        if (_format.AllowsNothing && _window.Rest.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            _window.Take(_window.Rest.Length);
            _isNothing = _window.HasEnded;
            return _isNothing;
        }
        _hasBegun = true;
        return true;
    }

    private JsonChunk TakeChunk()
    {
        List<JsonRow> found = _finder.Rows;
        int from = found[0].Start - found[0].Lead;
        byte[] bytes = _window.Copy(from, found.Max(row => row.Start + row.Length));
        var rows = new JsonRow[found.Count];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = found[i] with { Start = found[i].Start - from };
        found.Clear();
        return new JsonChunk(_source, bytes, rows, _finder.TakeCells());
    }
}
