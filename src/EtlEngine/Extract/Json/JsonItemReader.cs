using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>
/// Reads one item after another, token by token, and records the positions of the values. An item may arrive in pieces; reading continues
/// where it stopped. One thread at a time.
/// </summary>
internal sealed class JsonItemReader(bool flatten, IReadOnlyList<string>? rowColumns = null, JsonDuplicateNames duplicates = JsonDuplicateNames.Error)
{
    /// <summary>Nobody writes data with deeper nesting.</summary>
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonValue.MaxDepth };

    private readonly byte[][] _rowColumns = [.. (rowColumns ?? []).Select(Encoding.UTF8.GetBytes)];
    private readonly JsonShapes _shapes = new(duplicates);
    private readonly List<JsonCell> _cells = [];
    private readonly List<int> _prefixes = [];
    private byte[] _path = new byte[256];
    private int _pathLength;
    private JsonReaderState _state;
    private int _done;
    private int _skipStart;
    private int _skipDepth;
    private bool _hasBegun;
    private bool _objectIsEmpty;
    private int _fields;
    private JsonFault _fault;

    /// <summary>The cells of the items that were read.</summary>
    public List<JsonCell> Cells => _cells;

    /// <summary>How far the item has been read.</summary>
    public int Done => _done;

    /// <summary>Begins an item.</summary>
    public void Begin(ref JsonRow row)
    {
        _state = new JsonReaderState(Options);
        _done = 0;
        _skipDepth = -1;
        _pathLength = 0;
        _prefixes.Clear();
        _hasBegun = false;
        _fault = JsonFault.None;
        _fields = 0;
        row.FirstCell = _cells.Count;
        _shapes.Begin();
    }

    /// <summary>Adds a column before the item's own columns; its value comes before the item.</summary>
    /// <param name="column">Its name.</param>
    /// <param name="text">The value with its quotes.</param>
    /// <param name="start">The position of the value, from the item's beginning.</param>
    public void AddBefore(ReadOnlySpan<byte> column, ReadOnlySpan<byte> text, int start)
    {
        if (!Utf8.IsValid(text))
            _fault = JsonFault.InvalidBytes;
        var reader = new Utf8JsonReader(text);
        reader.Read();
        _shapes.Add(column);
        _cells.Add(CellOf(ref reader, start));
    }

    /// <summary>Continues to read.</summary>
    /// <param name="item">The item from its beginning, as far as it has arrived.</param>
    /// <param name="isAll">Whether the input has ended.</param>
    /// <param name="row">Filled when the item is complete.</param>
    /// <returns>True if the item is complete.</returns>
    /// <exception cref="JsonException">It is not JSON; <see cref="Done"/> is the position of the error.</exception>
    public bool TryRead(ReadOnlySpan<byte> item, bool isAll, ref JsonRow row)
    {
        int begin = _done;
        var reader = new Utf8JsonReader(item[begin..], isAll, _state);
        try
        {
            while (reader.Read())
            {
                if (!Take(ref reader, begin + (int)reader.TokenStartIndex))
                    continue;
                _done = begin + (int)reader.BytesConsumed;
                End(item[.._done], ref row);
                return true;
            }
        }
        finally
        {
            _done = begin + (int)reader.BytesConsumed;
        }
        _state = reader.CurrentState;
        return false;
    }

    /// <summary>Drops the cells of an item that is not a record.</summary>
    public void Abandon(ref JsonRow row) => _cells.RemoveRange(row.FirstCell, _cells.Count - row.FirstCell);

    /// <summary>Takes a token.</summary>
    /// <returns>True when it ends the item.</returns>
    private bool Take(ref Utf8JsonReader reader, int start)
    {
        JsonTokenType token = reader.TokenType;
        if (_skipDepth >= 0)
        {
            if (token is not (JsonTokenType.EndObject or JsonTokenType.EndArray) || reader.CurrentDepth != _skipDepth)
                return false;
            _skipDepth = -1;
            if (reader.CurrentDepth == 0)
                return true;
            _cells.Add(new JsonCell(_skipStart, start + 1 - _skipStart, JsonCellKind.Nested));
            return false;
        }
        if (!_hasBegun)
            return TakeFirst(ref reader, start);
        if (_rowColumns.Length > 0 && reader.CurrentDepth <= 1 && token != JsonTokenType.EndObject)
        {
            if (reader.CurrentDepth == 0)
                return TakeRowEnd();
            if (token != JsonTokenType.EndArray && !TakeField())
                return false;
        }
        switch (token)
        {
            case JsonTokenType.PropertyName:
                TakeName(ref reader);
                return false;
            case JsonTokenType.StartObject when flatten:
                _prefixes.Add(_pathLength);
                _path[_pathLength++] = (byte)'.';
                _objectIsEmpty = true;
                _skipStart = start;
                return false;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                AddColumn();
                _skipStart = start;
                _skipDepth = reader.CurrentDepth;
                return false;
            case JsonTokenType.EndObject:
                return TakeEnd(reader.CurrentDepth, start);
            default:
                AddColumn();
                _cells.Add(CellOf(ref reader, start));
                return false;
        }
    }

    private bool TakeFirst(ref Utf8JsonReader reader, int start)
    {
        JsonTokenType token = reader.TokenType;
        _hasBegun = true;
        if (token == (_rowColumns.Length > 0 ? JsonTokenType.StartArray : JsonTokenType.StartObject))
            return false;
        bool isNested = token is JsonTokenType.StartArray or JsonTokenType.StartObject;
        if (!isNested && _rowColumns.Length == 1)
        {
            TakeField();
            AddColumn();
            _cells.Add(CellOf(ref reader, start));
            return true;
        }
        _fault = JsonFault.NotAnObject;
        if (isNested)
            _skipDepth = 0;
        return !isNested;
    }

    /// <summary>Takes the next value of an item that is a list; its column is the next given one.</summary>
    private bool TakeField()
    {
        if (_fields == _rowColumns.Length)
        {
            _fault = JsonFault.TooManyFields;
            return false;
        }
        byte[] column = _rowColumns[_fields++];
        if (_path.Length < column.Length)
            Array.Resize(ref _path, column.Length * 2);
        column.CopyTo(_path, 0);
        _pathLength = column.Length;
        return true;
    }

    private bool TakeRowEnd()
    {
        if (_fields < _rowColumns.Length)
            _fault = JsonFault.TooFewFields;
        return true;
    }

    private bool TakeEnd(int depth, int start)
    {
        if (depth == 0)
            return true;
        _pathLength = _prefixes[^1];
        _prefixes.RemoveAt(_prefixes.Count - 1);
        // Its name would be lost with it.
        if (_objectIsEmpty)
        {
            AddColumn();
            _cells.Add(new JsonCell(_skipStart, start + 1 - _skipStart, JsonCellKind.Nested));
        }
        _objectIsEmpty = false;
        return false;
    }

    private void TakeName(ref Utf8JsonReader reader)
    {
        _objectIsEmpty = false;
        int prefix = _prefixes.Count == 0 ? 0 : _prefixes[^1] + 1;
        int room = reader.ValueSpan.Length + 1;
        if (_path.Length < prefix + room)
            Array.Resize(ref _path, Math.Max(_path.Length * 2, prefix + room));
        if (reader.ValueIsEscaped)
        {
            if (JsonString.TryRead(ref reader, out string? name))
            {
                // Without its escapes a text is never longer.
                _pathLength = prefix + Encoding.UTF8.GetBytes(name, _path.AsSpan(prefix));
                return;
            }
            _fault = JsonFault.InvalidBytes;
        }
        reader.ValueSpan.CopyTo(_path.AsSpan(prefix));
        _pathLength = prefix + reader.ValueSpan.Length;
    }

    private void AddColumn() => _shapes.Add(_path.AsSpan(0, _pathLength));

    private JsonCell CellOf(ref Utf8JsonReader reader, int start)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return new JsonCell(start, reader.ValueSpan.Length, JsonCellKind.Number);
            case JsonTokenType.True:
                return new JsonCell(start, 0, JsonCellKind.True);
            case JsonTokenType.False:
                return new JsonCell(start, 0, JsonCellKind.False);
            case JsonTokenType.String when reader.ValueIsEscaped:
                CheckEscapes(ref reader);
                return new JsonCell(start + 1, reader.ValueSpan.Length, JsonCellKind.EscapedText);
            case JsonTokenType.String:
                return new JsonCell(start + 1, reader.ValueSpan.Length, JsonCellKind.Text);
            default:
                return new JsonCell(start, 0, JsonCellKind.Null);
        }
    }

    /// <summary>Half a surrogate pair is valid JSON, but not text.</summary>
    private void CheckEscapes(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.IndexOf("\\ud"u8) < 0 && reader.ValueSpan.IndexOf("\\uD"u8) < 0)
            return;
        if (!JsonString.TryRead(ref reader, out _))
            _fault = JsonFault.InvalidBytes;
    }

    private void End(ReadOnlySpan<byte> item, ref JsonRow row)
    {
        if (_fault == JsonFault.None && !Utf8.IsValid(item))
            _fault = JsonFault.InvalidBytes;
        if (_fault == JsonFault.None)
            row.Shape = _shapes.End(out _fault, out row.FaultName);
        row.Fault = _fault;
        if (_fault != JsonFault.None)
        {
            Abandon(ref row);
            return;
        }
        for (int i = _shapes.Dropped.Count - 1; i >= 0; i--)
            _cells.RemoveAt(row.FirstCell + _shapes.Dropped[i]);
    }
}
