using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>A value outside the items to look for, such as the next page's cursor.</summary>
internal sealed class JsonWatched(JsonPath path)
{
    /// <summary>Longer values are not kept. Cursors may be long: those of Elasticsearch name every shard.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private readonly ArrayBufferWriter<byte> _json = new();
    private bool _needsComma;

    public JsonPath Path => path;

    /// <summary>Whether the value exists, even if it is null.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>The value at the path's prefix as JSON, or its beginning; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Json => _json.WrittenMemory;

    /// <summary>Whether the value was too long to be kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Begins the value.</summary>
    public void Begin()
    {
        IsPresent = true;
        IsCut = false;
        _needsComma = false;
        _json.Clear();
    }

    /// <summary>Adds a token of the value.</summary>
    public void Add(ref Utf8JsonReader reader)
    {
        JsonTokenType token = reader.TokenType;
        bool isEnd = token is JsonTokenType.EndObject or JsonTokenType.EndArray;
        if (IsCut || _json.WrittenCount + reader.ValueSpan.Length > MaxBytes)
        {
            IsCut = true;
            return;
        }
        if (_needsComma && !isEnd)
            _json.Write(","u8);
        bool isText = token is JsonTokenType.String or JsonTokenType.PropertyName;
        // If a cursor is not valid text, sending it would send another one.
        if (isText)
            _ = JsonString.Read(ref reader);
        if (isText)
            _json.Write("\""u8);
        _json.Write(reader.ValueSpan);
        if (isText)
            _json.Write("\""u8);
        if (token == JsonTokenType.PropertyName)
            _json.Write(":"u8);
        _needsComma = token is not (JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray);
    }

    /// <summary>The value at the path.</summary>
    public JsonFound Found
    {
        get
        {
            string? raw = Resolve(Json, IsCut, value => path.Find(value));
            return new JsonFound(IsPresent, IsPresent && IsCut ? "..." : raw, Some(raw), IsCut);
        }
    }

    /// <summary>The value at the path in the last item; null if there is none, or it is empty. Of an item that is not valid, a plain value
    /// before the fault is found: a bad record does not hide the pages after it.</summary>
    public static string? FindInLast(JsonPath path, ReadOnlyMemory<byte> item) =>
        Some(Resolve(item, isCut: false, last => path.Find(last, isLast: true))
            ?? Resolve(JsonRepair.UpToFault(item.Span), isCut: false, last => path.Find(last, isLast: true) is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Array) } plain ? plain : null));

    /// <summary>The value at the path in a whole document.</summary>
    public static JsonFound FindInDocument(JsonPath path, ReadOnlyMemory<byte> json) =>
        Resolve(json, isCut: false, path.FindIn) is { } raw ? new JsonFound(true, raw, Some(raw)) : default;

    private static string? Resolve(ReadOnlyMemory<byte> json, bool isCut, Func<JsonElement, JsonElement?> find)
    {
        if (isCut || json.IsEmpty)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonValue.MaxDepth });
            return find(document.RootElement) is { } found ? RawOf(found) : null;
        }
        catch (JsonException)
        {
            // An item may be invalid; it is then a failed record, and has no value.
            return null;
        }
    }

    private static string? Some(string? json) => json is null || IsNothing(json) ? null : json;

    /// <summary>A value as JSON. Invalid bytes are replaced, because nothing read here becomes a record.</summary>
    public static string RawOf(JsonElement value) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(value));

    private static bool IsNothing(string json) => json is "null" or "false" or "\"\"" or "[]" or "{}";

    /// <summary>A JSON value for a query: a text without its quotes.</summary>
    public static string TextOf(string json)
    {
        if (json[0] != '"')
            return json;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return JsonString.ReadAsWritten(ref reader);
    }
}

/// <summary>What is at a path.</summary>
/// <param name="IsPresent">Whether there is a value, even null.</param>
/// <param name="Any">The value as JSON, even if it is empty; null if there is none.</param>
/// <param name="Some">The value as JSON; null if there is none, or it is null, false, or an empty text, list or object.</param>
/// <param name="IsCut">Whether the value was too long to be kept.</param>
internal readonly record struct JsonFound(bool IsPresent, string? Any, string? Some, bool IsCut = false);
