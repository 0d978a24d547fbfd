using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>The state of the envelope.</summary>
internal enum JsonEnvelopeStep
{
    NeedMore,
    Items,
    SingleItem,
    End,
}

/// <summary>A member of a document, for messages.</summary>
/// <param name="Name">Its name, preceded by those of the members around it.</param>
/// <param name="HasValue">Whether it is something other than null, false or empty.</param>
/// <param name="IsList">Whether it is a list.</param>
/// <param name="IsText">Whether it is a text, and not an empty one.</param>
/// <param name="Plain">Its value as JSON, or the beginning of it, if it is no list and no object.</param>
internal readonly record struct JsonMember(string Name, bool HasValue, bool IsList = false, bool IsText = false, string? Plain = null);

/// <summary>Reads the document around the items: finds the items and the watched values, and keeps nothing else but its first plain
/// members.</summary>
internal sealed class JsonEnvelope(JsonFormat format)
{
    /// <summary>How many names a message shows.</summary>
    private const int MaxNames = 30;

    /// <summary>Down to which depth members are shown.</summary>
    private const int MaxNameDepth = 2;

    /// <summary>How many bytes of a member's value are kept.</summary>
    private const int MaxPlainBytes = 1024;

    private readonly JsonPath _itemPath = format.ItemPath;

    // A null represents the list that contains an element.
    private readonly List<string?> _path = [];
    private readonly List<JsonMember> _members = [];
    private JsonReaderState _state;
    private JsonWatched? _keeping;
    private string? _found;
    private int _endDepth = -1;
    private bool _isList;

    /// <summary>The watched values, in the order of the request.</summary>
    public IReadOnlyList<JsonWatched> Watched { get; } = [.. format.WatchedPaths.Select(path => new JsonWatched(path))];

    /// <summary>Whether the items were found.</summary>
    public bool HasItems { get; private set; }

    /// <summary>Whether there is nothing at the path of the items.</summary>
    public bool IsWithoutItems => !HasItems && _found is null && !_isList;

    /// <summary>Whether the document is itself the item, so that there is nothing beside it.</summary>
    public bool IsItem { get; private set; }

    /// <summary>How many elements the outermost list has of which the path of the items includes all; null if there is no such list.</summary>
    public long? Walked { get; private set; }

    /// <summary>The first members of the document, and their members.</summary>
    public IReadOnlyList<JsonMember> Members => _members;

    /// <summary>What was found at the path of the items.</summary>
    public JsonTextException Missing(long offset)
    {
        string wanted = format.ItemShape == JsonItemShape.List ? "list" : "object";
        if (_isList)
            return Missing(offset, $"There is no {wanted} '{_itemPath}' in it. The document is a list itself: use -ItemPath '$'{(_itemPath.Prefix.Length > 0 ? $", or '$[*].{_itemPath.Prefix}' for the {wanted}s in its elements" : "")}.", saysWhere: true);
        if (_found is not null)
            return Missing(offset, $"'{_itemPath}' is {_found}, not {(wanted == "list" ? "a list" : "an object")}. {DescribeMembers()}");
        string guess = format.IsItemPathGuessed ? " (the default of -ItemPath)" : "";
        string head = $"There is no {wanted} '{_itemPath}'{guess} in it. {DescribeMembers()}";
        // The last of those that the path leads through.
        if (_members.LastOrDefault(member => member.IsList && _itemPath.Prefix.StartsWith($"{member.Name}.", StringComparison.OrdinalIgnoreCase)).Name is { } around)
            return Missing(offset, $"{head} '{around}' is a list: use -ItemPath '{around}[*]{_itemPath.Prefix[around.Length..]}' for the {wanted}s in its elements, or {around} for the elements.", saysWhere: true);
        return wanted == "list" && _members.Count < MaxNames && _members.Where(member => member.IsList && !Watched.Any(watched => watched.Path.IsAt(member.Name))).ToArray() is [var list]
            ? Missing(offset, $"{head} '{list.Name}' is a list: use -ItemPath {list.Name}.", saysWhere: true)
            : Missing(offset, head, isNothingThere: true);
    }

    private static JsonTextException Missing(long offset, string message, bool saysWhere = false, bool isNothingThere = false) =>
        new(JsonTextFault.ItemsMissing, offset, message) { SaysWhere = saysWhere, IsNothingThere = isNothingThere };

    /// <summary>The document's members, for a message.</summary>
    public string DescribeMembers() => _isList ? "The document is a list." : IsItem ? "The document is itself the item."
        : _members.Count == 0
        ? "The document has no keys."
        : $"The document has the keys {string.Join(", ", _members.Select(member => member.Name))}{(_members.Count == MaxNames ? ", ..." : "")}.";

    /// <summary>The plain members of the document, as JSON; they may hold values.</summary>
    public string PlainMembers() =>
        $"{{{string.Join(',', _members.Where(member => member.Plain is not null).Select(member => $"\"{member.Name}\":{member.Plain}"))}}}";

    /// <summary>Continues to read.</summary>
    /// <param name="bytes">The bytes from where the last call stopped.</param>
    /// <param name="isAll">Whether the input has ended.</param>
    /// <param name="done">How many bytes were read.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
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
        if (_endDepth >= 0)
        {
            _keeping?.Add(ref reader);
            if (token is JsonTokenType.EndObject or JsonTokenType.EndArray && reader.CurrentDepth == _endDepth)
            {
                _endDepth = -1;
                _keeping = null;
            }
            return null;
        }
        switch (token)
        {
            case JsonTokenType.PropertyName:
                TakeName(JsonString.Read(ref reader), reader.CurrentDepth);
                return null;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                return null;
            default:
                return TakeValue(ref reader);
        }
    }

    private JsonEnvelopeStep? TakeValue(ref Utf8JsonReader reader)
    {
        JsonTokenType token = reader.TokenType;
        int depth = reader.CurrentDepth;
        string place = string.Join('.', _path.Take(depth).OfType<string>());
        bool isItems = (_itemPath.IsAt(place) && (depth > 0 || _itemPath.Prefix.Length == 0))
            || (format.IsItemPathGuessed && depth == 0 && token == JsonTokenType.StartArray && format.ItemShape == JsonItemShape.List);
        MarkMember(depth, token, reader.ValueSpan);
        if (depth > 0 && _path.IndexOf(null) == depth - 1)
            Walked++;
        if (isItems && TakeItems(token, depth) is { } step)
            return step;
        if (token == JsonTokenType.StartArray && _itemPath.Walks(place))
        {
            HasItems = true;
            Walked ??= 0;
            _path.RemoveRange(depth, _path.Count - depth);
            _path.Add(null);
            return null;
        }
        _isList |= token == JsonTokenType.StartArray && depth == 0;
        JsonWatched? watched = depth == 0 ? null : Watched.FirstOrDefault(candidate => candidate.Path.IsAt(place));
        bool isContainer = token is JsonTokenType.StartArray or JsonTokenType.StartObject;
        if (watched is not null && !format.IsOfLastItem(watched.Path))
        {
            watched.Begin();
            watched.Add(ref reader);
            foreach (JsonWatched other in Watched.Where(other => !ReferenceEquals(other, watched) && other.Path.IsAt(place) && !isContainer))
            {
                other.Begin();
                other.Add(ref reader);
            }
            _keeping = isContainer ? watched : null;
        }
        if (token == JsonTokenType.StartArray || _keeping is not null)
            _endDepth = depth;
        return null;
    }

    /// <summary>Handles the value at the path of the items.</summary>
    private JsonEnvelopeStep? TakeItems(JsonTokenType token, int depth)
    {
        bool isFirst = !HasItems || _itemPath.HasAll;
        switch (token)
        {
            case JsonTokenType.StartArray when isFirst && format.ItemShape == JsonItemShape.List:
            case JsonTokenType.StartObject when isFirst && format.ItemShape == JsonItemShape.Map:
                HasItems = true;
                return JsonEnvelopeStep.Items;
            case JsonTokenType.StartObject when isFirst && (format.ItemShape == JsonItemShape.Object || _itemPath.Prefix.Length == 0):
                HasItems = true;
                IsItem = _itemPath.Prefix.Length == 0;
                return JsonEnvelopeStep.SingleItem;
            case JsonTokenType.Null when depth == 0 && !format.AllowsNothing:
                throw Missing(0, "The document is null. Use -AllowEmptyFile where there may be no items.", saysWhere: true);
            case JsonTokenType.Null:
                HasItems = true;
                return null;
            case JsonTokenType.StartArray when !isFirst && format.ItemShape == JsonItemShape.List && _itemPath.IsInside:
                throw Missing(0, $"It has '{_itemPath}' more than once, and only the first is read.", saysWhere: true);
            default:
                _found = token switch
                {
                    JsonTokenType.StartObject => "an object",
                    JsonTokenType.StartArray => "a list",
                    JsonTokenType.Number => "a number",
                    JsonTokenType.String => "a text",
                    _ => "true or false",
                };
                return null;
        }
    }

    private void TakeName(string name, int depth)
    {
        _path.RemoveRange(depth - 1, _path.Count - (depth - 1));
        _path.Add(name);
        if (depth <= MaxNameDepth && _members.Count < MaxNames && !_path.Contains(null))
            _members.Add(new JsonMember(string.Join('.', _path), HasValue: false));
    }

    private void MarkMember(int depth, JsonTokenType token, ReadOnlySpan<byte> value)
    {
        bool isNothing = token is JsonTokenType.Null or JsonTokenType.False or JsonTokenType.StartObject
            || (token is JsonTokenType.String or JsonTokenType.Number && (value.IsEmpty || value.SequenceEqual("0"u8)));
        if (depth is > 0 and <= MaxNameDepth && _members.Count > 0 && _members[^1].Name == string.Join('.', _path.Take(depth)))
        {
            _members[^1] = new JsonMember(
                _members[^1].Name, !isNothing, IsList: token == JsonTokenType.StartArray, IsText: !isNothing && token == JsonTokenType.String, PlainOf(token, value));
        }
    }

    private static string? PlainOf(JsonTokenType token, ReadOnlySpan<byte> value)
    {
        if (token is JsonTokenType.StartArray or JsonTokenType.StartObject)
            return null;
        string text = Encoding.UTF8.GetString(Utf8Text.Beginning(value, MaxPlainBytes));
        return token == JsonTokenType.String ? $"\"{text}\"" : text;
    }
}
