using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads a text of items as a stream. It holds the items that are yet to be handed on, at most a chunk of them, and never a
/// text: one larger than memory is read like any other. Items are handed on before more is waited for.
/// </summary>
internal sealed class JsonBodyReader
{
    /// <summary>Bytes of items in a chunk: long against what handing it on costs.</summary>
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
    /// <param name="format">How the items stand in it.</param>
    /// <param name="source">Where it is from.</param>
    /// <param name="offset">Where in its source the text begins, in bytes.</param>
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

    /// <summary>What stands around the items; whole once all were read.</summary>
    public JsonEnvelope Envelope { get; }

    /// <summary>How far the text has been read, in bytes.</summary>
    public long Offset => _window.EndOffset;

    private bool IsAtEnd => _isNothing || _finder.IsAtEnd;

    /// <summary>Some items, as many as there are without waiting, but at least one; null at the end.</summary>
    /// <exception cref="JsonTextException">The text cannot be read any further. The items before that were handed on.</exception>
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

    /// <summary>Goes on until there is enough, or nothing more to read without waiting, or a fault.</summary>
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

    /// <returns>False when more must be read first.</returns>
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
