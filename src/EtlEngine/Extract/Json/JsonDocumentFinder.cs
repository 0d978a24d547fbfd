using System.Text;
using System.Text.Json;

namespace EtlTools.Engine.Extract.Json;

/// <summary>Finds the items in a document, and the positions of their values.</summary>
internal sealed class JsonDocumentFinder(JsonWindow window, JsonFormat format, JsonEnvelope envelope) : JsonItemFinder(window, format)
{
    /// <summary>An error this close to the end of the text means that the text is cut off.</summary>
    private const int NearEnd = 16;

    private readonly JsonItemReader _items = new(format.Flatten, format.RowColumns, format.DuplicateNames);
    private readonly byte[] _keyColumn = Encoding.UTF8.GetBytes(format.KeyColumn);
    private Phase _phase;
    private JsonRow _row;
    private JsonSkipper _skipper;
    private bool _isOpen;
    private bool _isAfterItem;
    private bool _isAfterComma;
    private long _skipped;

    private enum Phase
    {
        Envelope,
        Items,
        SkippedItem,
        SingleItem,
        AfterDocument,
    }

    private bool IsMap => Format.ItemShape == JsonItemShape.Map;

    /// <summary>The current item, as far as it has arrived.</summary>
    private ReadOnlySpan<byte> Item => Window.Rest[_row.Lead..];

    /// <inheritdoc/>
    public override bool Step() => _phase switch
    {
        Phase.Envelope => ReadEnvelope(),
        Phase.Items => _isOpen ? ReadItem() : FindItem(),
        Phase.SkippedItem => SkipItem(),
        Phase.SingleItem => ReadItem(),
        _ => ReadBehindDocument(),
    };

    /// <inheritdoc/>
    public override JsonCell[] TakeCells()
    {
        // The cells of an unfinished item are kept.
        int count = _isOpen ? _row.FirstCell : _items.Cells.Count;
        JsonCell[] cells = [.. _items.Cells[..count]];
        _items.Cells.RemoveRange(0, count);
        _row.FirstCell = 0;
        return cells;
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
            step = envelope.Read(Window.Rest, Window.HasEnded, out done);
        }
        catch (JsonException e)
        {
            throw Broken(Window.Offset + done, e);
        }
        Window.Take(done);
        switch (step)
        {
            case JsonEnvelopeStep.Items:
                return Move(Phase.Items);
            case JsonEnvelopeStep.SingleItem:
                OpenItem();
                return Move(Phase.SingleItem);
            case JsonEnvelopeStep.End when !envelope.HasItems && !(Format.AllowsMissing && envelope.IsWithoutItems):
                throw envelope.Missing(Window.Offset);
            case JsonEnvelopeStep.End:
                IsAtEnd = true;
                return true;
            default:
                if (Window.Rest.Length > Format.MaxItemBytes)
                    throw new JsonTextException(JsonTextFault.TooLarge, Window.Offset, $"A value outside its items is longer than {Format.MaxItemBytes} bytes.");
                return false;
        }
    }

    private bool FindItem()
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        int first = rest.IndexOfAnyExcept(" \t\r\n"u8);
        Window.Take(first < 0 ? rest.Length : first);
        if (first < 0)
            return Window.HasEnded ? throw Truncated() : false;
        byte c = rest[first];
        byte end = (byte)(IsMap ? '}' : ']');
        if (c == end && !_isAfterComma)
        {
            _isAfterItem = false;
            return Move(Phase.Envelope);
        }
        if (_isAfterItem != (c == ',') || c == end)
            throw JsonTextException.Invalid(Window.Offset);
        _isAfterComma = _isAfterItem;
        if (_isAfterItem)
        {
            _isAfterItem = false;
            Window.Take(1);
            return true;
        }
        if (IsMap)
            return OpenMember();
        OpenItem();
        return true;
    }

    private void OpenItem(int lead = 0)
    {
        _isOpen = true;
        _row = new JsonRow { Offset = Window.Offset + lead, Lead = lead };
        _items.Begin(ref _row);
    }

    /// <summary>Opens an item that has a name before it; the name becomes a column.</summary>
    private bool OpenMember()
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        if (!JsonMemberName.TryRead(rest, out int nameLength, out int lead, out bool isBroken))
        {
            if (isBroken)
                throw JsonTextException.Invalid(Window.Offset);
            return Window.HasEnded ? throw Truncated()
                : rest.Length > Format.MaxItemBytes ? throw JsonTextException.Invalid(Window.Offset)
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
            if (_items.TryRead(Item, Window.HasEnded, ref _row))
            {
                if (_items.Done > Format.MaxItemBytes)
                    Refuse(JsonFault.TooLarge);
                if (_phase != Phase.SingleItem)
                {
                    CloseItem(_items.Done, _items.Done);
                    return true;
                }
                // The surrounding document continues with the item's last brace.
                bool isDocument = Format.ItemPath.Prefix.Length == 0;
                CloseItem(_items.Done, isDocument ? _items.Done : _items.Done - 1);
                return Move(isDocument ? Phase.AfterDocument : Phase.Envelope);
            }
        }
        catch (JsonException e) when (_phase == Phase.SingleItem)
        {
            throw Broken(Window.Offset + _items.Done, e);
        }
        catch (JsonException) when (Window.HasEnded && !default(JsonSkipper).TrySkip(Item, out _))
        {
            throw Truncated();
        }
        catch (JsonException)
        {
            _row.FaultOffset = _row.Offset + _items.Done;
            return SkipFromHere(JsonFault.Invalid);
        }
        return Item.Length > Format.MaxItemBytes && SkipFromHere(JsonFault.TooLarge);
    }

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
        _row.Start = Window.Position + _row.Lead;
        _row.Length = length;
        Rows.Add(_row);
        Window.Take(_row.Lead + taken);
        _isOpen = false;
        _isAfterItem = true;
        _isAfterComma = false;
    }

    private bool SkipItem()
    {
        bool ended = _skipper.TrySkip(Window.Rest, out int length);
        // The text of an item ends with the item, if that is seen at once.
        if (ended && _skipped == 0 && Rows.Count > 0)
            Rows[^1] = Rows[^1] with { Length = Math.Min(length, MaxRawBytes) };
        _skipped += length;
        // An item whose end is unknown must not include the items after it.
        if (_row.Fault == JsonFault.Invalid && (_skipped > Format.MaxItemBytes || (!ended && Window.HasEnded)))
            throw Window.HasEnded ? Truncated() : JsonTextException.Invalid(_row.FaultOffset);
        if (!ended && Window.HasEnded)
            throw Truncated();
        Window.Take(length);
        return ended && Move(Phase.Items);
    }

    /// <summary>Reads the rest of a document that is itself an item.</summary>
    private bool ReadBehindDocument()
    {
        ReadOnlySpan<byte> rest = Window.Rest;
        int more = rest.IndexOfAnyExcept(" \t\r\n"u8);
        if (more >= 0 && Format.AllowsMore && rest[more] == '{')
        {
            Window.Take(more);
            OpenItem();
            return Move(Phase.SingleItem);
        }
        if (more >= 0)
            throw JsonTextException.Invalid(Window.Offset + more, more: ", where the document should end. If it has one item on each line, use -Format JsonLines");
        Window.Take(rest.Length);
        IsAtEnd = Window.HasEnded;
        return IsAtEnd;
    }

    private JsonTextException Truncated(Exception? inner = null) => JsonTextException.Truncated(Window.EndOffset, inner);

    // At the end of the text, the reader's error is only that something is missing.
    private JsonTextException Broken(long offset, JsonException e) =>
        Window.HasEnded && offset + NearEnd >= Window.EndOffset ? Truncated(e) : JsonTextException.Invalid(offset, e);
}
