using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Json;

/// <summary>A value outside the items that is searched for, such as the next page's cursor.</summary>
internal sealed class JsonWatched(JsonPath path)
{
    /// <summary>An object or array that is longer is not kept.</summary>
    private const int MaxBytes = 64 * 1024;

    private readonly ArrayBufferWriter<byte> _json = new();
    private bool _needsComma;

    public JsonPath Path => path;

    /// <summary>Whether anything was there, if only null.</summary>
    public bool IsPresent { get; private set; }

    /// <summary>The value at the path's prefix as JSON, or its beginning; empty if there is none.</summary>
    public ReadOnlyMemory<byte> Json => _json.WrittenMemory;

    /// <summary>Whether the value was too long to be kept whole.</summary>
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
        // A cursor that is not text would be another one when it is sent.
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

    /// <summary>The value that the path leads to, as JSON; null if there is none, or it says that there is nothing: null, false, an
    /// empty text, list or object.</summary>
    public string? Find() => Resolve(path, Json, IsCut, isLast: false) is { } found && !IsNothing(found) ? found : null;

    /// <summary>The value that the path leads to, as JSON, whatever it says; null if there is none.</summary>
    public string? FindAny() => IsPresent && IsCut ? "..." : Resolve(path, Json, IsCut, isLast: false);

    /// <summary>The value that a path leads to from the last item; null if there is none, or it says that there is nothing.</summary>
    public static string? FindInLast(JsonPath path, ReadOnlyMemory<byte> item) => Resolve(path, item, isCut: false, isLast: true) is { } found && !IsNothing(found) ? found : null;

    private static string? Resolve(JsonPath path, ReadOnlyMemory<byte> json, bool isCut, bool isLast)
    {
        if (isCut || json.IsEmpty)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonValue.MaxDepth });
            return path.Find(document.RootElement, isLast) is { } found ? RawOf(found) : null;
        }
        catch (JsonException)
        {
            // An item may be broken, and is a failed record; it leads nowhere.
            return null;
        }
    }

    /// <summary>A value as JSON. Bytes that are not text are replaced: nothing that is read here becomes a record.</summary>
    public static string RawOf(JsonElement value) => Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(value));

    private static bool IsNothing(string json) => json is "null" or "false" or "\"\"" or "[]" or "{}";

    /// <summary>A JSON value as a query has it: a text without its quotes.</summary>
    public static string TextOf(string json)
    {
        if (json[0] != '"')
            return json;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return JsonString.ReadAsWritten(ref reader);
    }
}
