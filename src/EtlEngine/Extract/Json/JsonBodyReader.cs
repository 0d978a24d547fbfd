using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads a text of items as a stream. It holds the items that are yet to be handed on, at most a chunk of them, and never a
/// text: one larger than memory is read like any other. Items are handed on before more is waited for.
/// </summary>
internal sealed class JsonBodyReader
{
    /// <summary>Bytes of items in a chunk: long against what handing it on costs.</summary>
    private const int ChunkBytes = 64 * 1024;

    /// <summary>A fault so near the end of the text is its end.</summary>
    private const int NearEnd = 16;

    /// <summary>What is kept of an item that is no record.</summary>
    internal const int MaxRawBytes = 4 * 1024;

    private readonly Stream _text;
    private readonly JsonFormat _format;
    private readonly JsonWindow _window;
    private readonly JsonEnvelope _envelope;
    private readonly JsonItemReader _items;
    private readonly List<JsonRow> _rows = [];
    private readonly byte[] _keyColumn;
    private Phase _phase = Phase.Start;
    private JsonRow _row;
    private JsonSkipper _skipper;
    private bool _isOpen;
    private bool _isAfterItem;
    private bool _isAfterComma;
    private long _skipped;
    private long _line;
    private bool _ended;
    private JsonTextException? _fault;

    /// <summary>Prepares to read.</summary>
    /// <param name="text">The text; not disposed here.</param>
    /// <param name="format">How the items stand in it.</param>
    /// <param name="offset">Where in its source the text begins, in bytes.</param>
    /// <param name="line">The lines before it.</param>
    public JsonBodyReader(Stream text, JsonFormat format, long offset = 0, long line = 0)
    {
        _text = text;
        _format = format;
        _window = new JsonWindow(offset);
        _line = line;
        _envelope = new JsonEnvelope(format);
        _items = new JsonItemReader(format.Flatten, format.RowColumns, format.DuplicateNames);
        _keyColumn = Encoding.UTF8.GetBytes(format.KeyColumn);
    }

    private enum Phase
    {
        Start,
        Envelope,
        Items,
        SkippedItem,
        SingleItem,
        Lines,
        SkippedLine,
        End,
    }

    /// <summary>What stands around the items; whole once all were read.</summary>
    public JsonEnvelope Envelope => _envelope;

    /// <summary>How far the text has been read, in bytes.</summary>
    public long Offset => _window.EndOffset;

    /// <summary>Some items, as many as there are without waiting, but at least one; null at the end.</summary>
    /// <exception cref="JsonTextException">The text cannot be read any further. The items before that were handed on.</exception>
    public async ValueTask<JsonChunk?> ReadAsync(int maxItems, CancellationToken cancellationToken)
    {
        while (true)
        {
            _fault ??= Advance(maxItems);
            if (_rows.Count > 0)
                return TakeChunk();
            if (_fault is not null)
                throw _fault;
            if (_phase == Phase.End)
                return null;
            if (!await _window.FillAsync(_text, cancellationToken).ConfigureAwait(false))
                _ended = true;
        }
    }

    /// <summary>Goes on until there is enough, or nothing more to read without waiting, or a fault.</summary>
    private JsonTextException? Advance(int maxItems)
    {
        try
        {
            while (_phase != Phase.End && _rows.Count < maxItems && (_rows.Count == 0 || _rows[^1].Start - _rows[0].Start < ChunkBytes))
            {
                if (!Step())
                    break;
            }
            return null;
        }
        catch (JsonTextException e)
        {
            return e;
        }
    }

    /// <summary>Does the next step.</summary>
    /// <returns>False when more must be read first.</returns>
    private bool Step() => _phase switch
    {
        Phase.Start => Begin(),
        Phase.Envelope => ReadEnvelope(),
        Phase.Items => _isOpen ? ReadItem() : FindItem(),
        Phase.SkippedItem => SkipItem(),
        Phase.SingleItem => ReadItem(),
        Phase.Lines => ReadLine(),
        _ => SkipLine(),
    };

    private bool Begin()
    {
        if (!JsonPreamble.TrySkip(_window, _ended))
            return false;
        if (_format.AllowsNothing && _window.Rest.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            _window.Take(_window.Rest.Length);
            return _ended && Move(Phase.End);
        }
        return Move(_format.Layout == JsonLayout.JsonLines ? Phase.Lines : Phase.Envelope);
    }

    private bool Move(Phase phase)
    {
        _phase = phase;
        return true;
    }

    private bool ReadEnvelope()
    {
        JsonEnvelopeStep step;
        int done = 0;
        try
        {
            step = _envelope.Read(_window.Rest, _ended, out done);
        }
        catch (JsonException e)
        {
            throw Broken(_window.Offset + done, e);
        }
        _window.Take(done);
        switch (step)
        {
            case JsonEnvelopeStep.Items:
                return Move(Phase.Items);
            case JsonEnvelopeStep.SingleItem:
                OpenItem();
                return Move(Phase.SingleItem);
            case JsonEnvelopeStep.End when !_envelope.HasItems:
                throw new JsonTextException(JsonTextFault.ItemsMissing, _window.Offset, _envelope.DescribeMissing());
            case JsonEnvelopeStep.End:
                return Move(Phase.End);
            default:
                if (_window.Rest.Length > _format.MaxItemBytes)
                    throw new JsonTextException(JsonTextFault.TooLarge, _window.Offset, $"A value outside its items is longer than {_format.MaxItemBytes} bytes.");
                return false;
        }
    }

    private bool FindItem()
    {
        ReadOnlySpan<byte> rest = _window.Rest;
        int first = rest.IndexOfAnyExcept(" \t\r\n"u8);
        _window.Take(first < 0 ? rest.Length : first);
        if (first < 0)
            return _ended ? throw Truncated() : false;
        byte c = rest[first];
        byte end = (byte)(IsMap ? '}' : ']');
        if (c == end && !_isAfterComma)
        {
            _isAfterItem = false;
            return Move(Phase.Envelope);
        }
        if (_isAfterItem != (c == ',') || c == end)
            throw Invalid(_window.Offset);
        _isAfterComma = _isAfterItem;
        if (_isAfterItem)
        {
            _isAfterItem = false;
            _window.Take(1);
            return true;
        }
        if (IsMap)
            return OpenMember();
        OpenItem();
        return true;
    }

    private bool IsMap => _format.ItemShape == JsonItemShape.Map;

    private void OpenItem(int lead = 0)
    {
        _isOpen = true;
        _row = new JsonRow { Offset = _window.Offset + lead, Lead = lead };
        _items.Begin(ref _row);
    }

    /// <summary>Opens an item that has a name before it; the name becomes a column.</summary>
    private bool OpenMember()
    {
        ReadOnlySpan<byte> rest = _window.Rest;
        if (!JsonMemberName.TryRead(rest, out int nameLength, out int lead, out bool isBroken))
        {
            if (isBroken)
                throw Invalid(_window.Offset);
            return _ended ? throw Truncated()
                : rest.Length > _format.MaxItemBytes ? throw Invalid(_window.Offset)
                : false;
        }
        OpenItem(lead);
        _items.AddBefore(_keyColumn, rest[..(nameLength + 2)], -lead);
        return true;
    }

    private bool ReadItem()
    {
        try
        {
            if (_items.TryRead(Item, _ended, ref _row))
            {
                if (_items.Done > _format.MaxItemBytes)
                    Refuse(JsonFault.TooLarge);
                if (_phase != Phase.SingleItem)
                {
                    CloseItem(_items.Done, _items.Done);
                    return true;
                }
                // What stands around it goes on with its last brace.
                bool isDocument = _format.ItemPath.Prefix.Length == 0;
                CloseItem(_items.Done, isDocument ? _items.Done : _items.Done - 1);
                return Move(isDocument ? Phase.SkippedLine : Phase.Envelope);
            }
        }
        catch (JsonException e) when (_phase == Phase.SingleItem)
        {
            throw Broken(_window.Offset + _items.Done, e);
        }
        catch (JsonException) when (_ended && !default(JsonSkipper).TrySkip(Item, out _))
        {
            throw Truncated();
        }
        catch (JsonException)
        {
            _row.FaultOffset = _row.Offset + _items.Done;
            return SkipFromHere(JsonFault.Invalid);
        }
        return Item.Length > _format.MaxItemBytes && SkipFromHere(JsonFault.TooLarge);
    }

    /// <summary>The open item, as far as it is there.</summary>
    private ReadOnlySpan<byte> Item => _window.Rest[_row.Lead..];

    private void Refuse(JsonFault fault)
    {
        _items.Abandon(ref _row);
        _row.Shape = null;
        _row.Fault = fault;
    }

    private bool SkipFromHere(JsonFault fault)
    {
        Refuse(fault);
        CloseItem(Math.Min(Item.Length, MaxRawBytes), 0);
        _skipper = default;
        _skipped = 0;
        return Move(Phase.SkippedItem);
    }

    private void CloseItem(int length, int taken)
    {
        _row.Start = _window.Position + _row.Lead;
        _row.Length = length;
        _rows.Add(_row);
        _window.Take(_row.Lead + taken);
        _isOpen = false;
        _isAfterItem = true;
        _isAfterComma = false;
    }

    private bool SkipItem()
    {
        bool ended = _skipper.TrySkip(_window.Rest, out int length);
        // The item's text ends where the item does, where that is seen at once.
        if (ended && _skipped == 0 && _rows.Count > 0)
            _rows[^1] = _rows[^1] with { Length = Math.Min(length, MaxRawBytes) };
        _skipped += length;
        // What cannot be told apart from the items after it must not swallow them.
        if (_row.Fault == JsonFault.Invalid && (_skipped > _format.MaxItemBytes || (!ended && _ended)))
            throw _ended ? Truncated() : Invalid(_row.FaultOffset);
        if (!ended && _ended)
            throw Truncated();
        _window.Take(length);
        return ended && Move(Phase.Items);
    }

    private bool ReadLine()
    {
        ReadOnlySpan<byte> rest = _window.Rest;
        int end = rest.IndexOf((byte)'\n');
        if (end < 0 && !_ended)
        {
            if (rest.Length <= _format.MaxItemBytes)
                return false;
            AddLine(rest[..MaxRawBytes], JsonFault.TooLarge);
            return Move(Phase.SkippedLine);
        }
        if (end < 0 && rest.IsEmpty)
            return Move(Phase.End);
        int length = end < 0 ? rest.Length : end;
        ReadOnlySpan<byte> line = rest[..length].TrimEnd(" \t\r"u8);
        if (line.Length > _format.MaxItemBytes)
            AddLine(line[..Math.Min(line.Length, MaxRawBytes)], JsonFault.TooLarge);
        else
            AddLine(line, JsonFault.None, isUnfinished: end < 0);
        _window.Take(Math.Min(length + 1, rest.Length));
        return true;
    }

    private void AddLine(ReadOnlySpan<byte> line, JsonFault fault, bool isUnfinished = false)
    {
        _line++;
        int indent = line.IndexOfAnyExcept(" \t\r"u8);
        if (indent < 0)
            return;
        _rows.Add(new JsonRow
        {
            Start = _window.Position + indent,
            Length = line.Length - indent,
            Offset = _window.Offset + indent,
            Line = _line,
            Fault = fault,
            IsUnfinished = isUnfinished,
        });
    }

    /// <summary>Skips the rest of a line that is too long, or what follows a document that is an item itself.</summary>
    private bool SkipLine()
    {
        ReadOnlySpan<byte> rest = _window.Rest;
        if (_format.Layout == JsonLayout.Json)
        {
            int more = rest.IndexOfAnyExcept(" \t\r\n"u8);
            if (more >= 0 && _format.AllowsMore && rest[more] == '{')
            {
                _window.Take(more);
                OpenItem();
                return Move(Phase.SingleItem);
            }
            if (more >= 0)
                throw Invalid(_window.Offset + more, more: ", where it should end: is it an item a line");
            _window.Take(rest.Length);
            return _ended && Move(Phase.End);
        }
        int end = rest.IndexOf((byte)'\n');
        _window.Take(end < 0 ? rest.Length : end + 1);
        return end >= 0 ? Move(Phase.Lines) : _ended && Move(Phase.End);
    }

    private JsonChunk TakeChunk()
    {
        int from = _rows[0].Start - _rows[0].Lead;
        byte[] bytes = _window.Copy(from, _rows.Max(row => row.Start + row.Length));
        var rows = new JsonRow[_rows.Count];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = _rows[i] with { Start = _rows[i].Start - from };
        _rows.Clear();
        if (_format.Layout == JsonLayout.JsonLines)
            return new JsonChunk(bytes, rows, null);
        // The cells of an item that is still open stay.
        int count = _isOpen ? _row.FirstCell : _items.Cells.Count;
        JsonCell[] cells = [.. _items.Cells[..count]];
        _items.Cells.RemoveRange(0, count);
        _row.FirstCell = 0;
        return new JsonChunk(bytes, rows, cells);
    }

    private JsonTextException Truncated(Exception? inner = null) =>
        new(JsonTextFault.Truncated, _window.EndOffset, $"It ends in the middle, after {_window.EndOffset} bytes.", inner);

    private static JsonTextException Invalid(long offset, Exception? inner = null, string more = "") =>
        new(JsonTextFault.Invalid, offset, $"It is no valid JSON at byte {offset}{more}.", inner);

    // At the end of the text the reader complains about whatever is missing.
    private JsonTextException Broken(long offset, JsonException e) =>
        _ended && offset + NearEnd >= _window.EndOffset ? Truncated(e) : Invalid(offset, e);
}
