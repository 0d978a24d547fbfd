using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>What the envelope has come to.</summary>
internal enum JsonEnvelopeStep
{
    NeedMore,
    Items,
    SingleItem,
    End,
}

/// <summary>Walks through what stands around the items: finds the items and the watched value, and holds nothing else.</summary>
internal sealed class JsonEnvelope(JsonPath itemPath, JsonPath? watchedPath)
{
    /// <summary>Names that a message shows of an object.</summary>
    private const int MaxNames = 20;

    private readonly List<string> _path = [];
    private readonly List<string> _names = [];
    private JsonReaderState _state;
    private int _skipDepth = -1;
    private int _namesDepth;
    private bool _isArray;

    /// <summary>The watched value as text; null where it is not there, null, false or empty.</summary>
    public string? Watched { get; private set; }

    /// <summary>Whether the watched value was there at all.</summary>
    public bool HasWatched { get; private set; }

    /// <summary>Whether the items were there.</summary>
    public bool HasItems { get; private set; }

    /// <summary>What stands where the items were looked for, for a message.</summary>
    public string Describe()
    {
        if (_isArray)
            return "The document is an array itself: use -ItemPath '$'.";
        string where = _namesDepth <= 1 ? "The document" : $"'{string.Join('.', itemPath.Names.Take(_namesDepth - 1))}'";
        return _names.Count == 0 ? $"{where} has no keys." : $"{where} has the keys {string.Join(", ", _names)}{(_names.Count == MaxNames ? ", ..." : "")}.";
    }

    /// <summary>Reads on.</summary>
    /// <param name="bytes">The bytes from where the last call stopped.</param>
    /// <param name="isAll">Whether nothing more comes.</param>
    /// <param name="done">How many bytes were read.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public JsonEnvelopeStep Read(ReadOnlySpan<byte> bytes, bool isAll, out int done)
    {
        var reader = new Utf8JsonReader(bytes, isAll, _state);
        int? stop = null;
        try
        {
            while (reader.Read())
            {
                JsonEnvelopeStep? step = Take(ref reader);
                if (step is null)
                    continue;
                // A single item is read again by the item reader, from its first byte.
                if (step == JsonEnvelopeStep.SingleItem)
                    stop = (int)reader.TokenStartIndex;
                return step.Value;
            }
        }
        finally
        {
            done = stop ?? (int)reader.BytesConsumed;
            _state = reader.CurrentState;
        }
        return isAll && reader.CurrentDepth == 0 ? JsonEnvelopeStep.End : JsonEnvelopeStep.NeedMore;
    }

    private JsonEnvelopeStep? Take(ref Utf8JsonReader reader)
    {
        JsonTokenType token = reader.TokenType;
        int depth = reader.CurrentDepth;
        if (_skipDepth >= 0)
        {
            if (token is JsonTokenType.EndObject or JsonTokenType.EndArray && depth == _skipDepth)
                _skipDepth = -1;
            return null;
        }
        switch (token)
        {
            case JsonTokenType.PropertyName:
                TakeName(ref reader, depth);
                return null;
            case JsonTokenType.StartArray when !HasItems && IsAt(itemPath, depth):
                HasItems = true;
                return JsonEnvelopeStep.Items;
            case JsonTokenType.StartObject when itemPath.Names.Count == 0 && depth == 0:
                HasItems = true;
                return JsonEnvelopeStep.SingleItem;
            case JsonTokenType.Null when IsAt(itemPath, depth):
                HasItems = true;
                return null;
            case JsonTokenType.StartArray:
                _isArray |= depth == 0;
                _skipDepth = depth;
                return null;
            case JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
                when watchedPath is not null && IsAt(watchedPath, depth):
                HasWatched = true;
                Watched = token switch
                {
                    JsonTokenType.String => JsonString.Read(ref reader) is { Length: > 0 } text ? text : null,
                    JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
                    _ => null,
                };
                return null;
            default:
                return null;
        }
    }

    private void TakeName(ref Utf8JsonReader reader, int depth)
    {
        string name = JsonString.Read(ref reader);
        _path.RemoveRange(depth - 1, _path.Count - (depth - 1));
        bool isOnTheWay = depth > _namesDepth && depth <= itemPath.Names.Count && _path.SequenceEqual(itemPath.Names.Take(depth - 1));
        if (isOnTheWay)
        {
            _names.Clear();
            _namesDepth = depth;
        }
        if (depth == _namesDepth && _names.Count < MaxNames && _path.SequenceEqual(itemPath.Names.Take(depth - 1)))
            _names.Add(name);
        _path.Add(name);
    }

    private bool IsAt(JsonPath path, int depth) => depth == path.Names.Count && (depth == 0 || (_path.Count == depth && _path.SequenceEqual(path.Names)));
}
