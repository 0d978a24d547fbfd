using System.Runtime.InteropServices;
using System.Text.Json;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A service's answer for one record.</summary>
internal sealed class ApiAnswer
{
    private static readonly SourceInfo Nowhere = new("", "");

    private readonly byte[] _json;
    private readonly JsonBlock? _members;

    private ApiAnswer(byte[] json, Schema? schema = null, JsonBlock? members = null, JsonRow row = default)
    {
        _json = json;
        Schema = schema;
        _members = members;
        Row = row;
    }

    /// <summary>No answer; the service has none for the record.</summary>
    public static ApiAnswer None { get; } = new([]);

    /// <summary>The names of the answer's members; null if it is not an object, or cannot become columns.</summary>
    public Schema? Schema { get; }

    /// <summary>Why it cannot become columns.</summary>
    public JsonRow Row { get; }

    /// <summary>A member beside the list that the answer is, which seems to lead to further pages of it; null for none.</summary>
    public string? Lead { get; private init; }

    /// <summary>True if there is nothing at all, as with 204.</summary>
    public bool IsEmpty => _json.Length == 0;

    /// <summary>Reads an answer's body, as a page is read.</summary>
    /// <param name="body">The body in UTF-8.</param>
    /// <param name="format">The position of the answer in the body, and how it becomes columns.</param>
    /// <param name="errors">The members that mean a failure of the service.</param>
    /// <param name="call">The request as messages show it.</param>
    /// <exception cref="JsonTextException">It is not JSON.</exception>
    /// <exception cref="ApiCallException">The body reports a failure.</exception>
    public static ApiAnswer Read(ReadOnlySpan<byte> body, JsonFormat format, ApiErrorMembers errors, string call)
    {
        byte[] json = JsonPreamble.Skip(body).Trim(" \t\r\n"u8).ToArray();
        if (json.Length == 0)
            return None;
        string? lead = null;
        bool mayHaveErrors = !errors.IsDefault || json.AsSpan().IndexOf("\"errors\""u8) >= 0;
        if (json[0] is (byte)'{' or (byte)'[' && (mayHaveErrors || format.ItemPath.Prefix.Length > 0 || format.ItemPath.HasChoice))
            json = Find(json, format.ItemPath, mayHaveErrors ? errors : null, call, out lead);
        return json.Length == 0 ? None : ReadValue(json, format, lead);
    }

    /// <summary>The keys of a document, for a message.</summary>
    public static string DescribeKeys(JsonElement root)
    {
        const int MaxNames = 30;
        string[] names = [.. NamesIn(root).Take(MaxNames)];
        string keys = root.ValueKind == JsonValueKind.Array ? "is a list" : names.Length == 0 ? "has no keys" : $"has the keys {string.Join(", ", names)}{(names.Length == MaxNames ? ", ..." : "")}";
        return $"The document {keys}.";
    }

    /// <summary>A member's value.</summary>
    public object? this[int member] => _members!.GetValue(0, member);

    /// <summary>The answer as one value.</summary>
    public object? Value
    {
        get
        {
            if (IsEmpty)
                return null;
            if (_json[0] is (byte)'{' or (byte)'[')
                return new JsonValue(_json);
            var reader = new Utf8JsonReader(_json);
            reader.Read();
            return JsonValue.PlainOf(ref reader);
        }
    }

    private static IEnumerable<string> NamesIn(JsonElement root) => root.ValueKind == JsonValueKind.Object ? root.EnumerateObject().Select(member => member.Name) : [];

    private static ApiAnswer ReadValue(byte[] json, JsonFormat format, string? lead)
    {
        var items = new JsonItemReader(format.Flatten, duplicates: format.DuplicateNames);
        var row = new JsonRow { Length = json.Length };
        items.Begin(ref row);
        try
        {
            if (!items.TryRead(json, isAll: true, ref row) || items.Done < json.Length)
                throw Invalid(items.Done, null);
        }
        catch (JsonException e)
        {
            throw Invalid(items.Done, e);
        }
        return row.Fault == JsonFault.None
            ? new ApiAnswer(json, row.Shape!.Schema, new JsonBlock(json, [.. items.Cells], [row], Nowhere, 1))
            : new ApiAnswer(json, row: row) { Lead = lead };
    }

    /// <summary>The part of the body at the path; empty if there is nothing.</summary>
    private static byte[] Find(byte[] json, JsonPath path, ApiErrorMembers? errors, string call, out string? lead)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonValue.MaxDepth });
            JsonElement root = document.RootElement;
            if (errors?.Find(member => member.FindIn(root) is { } value ? JsonWatched.RawOf(value) : null, () => NamesIn(root)) is { } error)
                throw ApiErrors.OfMember(error.Member, error.Json ?? JsonWatched.RawOf(root), call);
            if (path.IsMissingIn(root))
                throw Missing(root, path);
            JsonElement? found = path.FindIn(root);
            lead = found is { ValueKind: JsonValueKind.Array } && root.ValueKind == JsonValueKind.Object ? LeadIn(root) : null;
            return found is { ValueKind: not JsonValueKind.Null } value ? JsonMarshal.GetRawUtf8Value(value).ToArray() : [];
        }
        catch (JsonException e)
        {
            throw Invalid(e.BytePositionInLine ?? 0, e);
        }
    }

    private static string? LeadIn(JsonElement root) => root.EnumerateObject()
        .Where(member => member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True && JsonWatched.RawOf(member.Value) is not ("\"\"" or "0"))
        .Select(member => member.Name).FirstOrDefault(ApiPageSigns.MayLead);

    private static JsonTextException Missing(JsonElement root, JsonPath path) =>
        new(JsonTextFault.ItemsMissing, 0, $"There is no '{path}' in it. {DescribeKeys(root)} Correct -ItemPath.") { SaysWhere = true };

    private static JsonTextException Invalid(long offset, Exception? inner) =>
        new(JsonTextFault.Invalid, offset, $"It is not valid JSON at byte {offset}.", inner);
}
