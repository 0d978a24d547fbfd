using System.Text.Json;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What a service answered for one record.</summary>
internal sealed class ApiAnswer
{
    private static readonly SourceInfo Nowhere = new("", "");

    private readonly byte[] _json;
    private readonly JsonBlock? _members;

    private ApiAnswer(byte[] json, Schema? schema, JsonBlock? members)
    {
        _json = json;
        Schema = schema;
        _members = members;
    }

    /// <summary>The names of the answer's members; null where it is no object.</summary>
    public Schema? Schema { get; }

    /// <summary>True where there is nothing at all, as with 204.</summary>
    public bool IsEmpty => _json.Length == 0;

    /// <summary>Reads an answer's body.</summary>
    /// <exception cref="JsonTextException">It is no JSON.</exception>
    public static ApiAnswer Read(ReadOnlySpan<byte> body, bool flatten)
    {
        byte[] json = body.Trim(" \t\r\n"u8).ToArray();
        if (json.Length == 0)
            return new ApiAnswer(json, null, null);
        if (json[0] == '<')
            throw new JsonTextException(JsonTextFault.Markup, 0, "It is HTML or XML instead of JSON.");
        var items = new JsonItemReader(flatten);
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
        return row.Fault switch
        {
            JsonFault.None => new ApiAnswer(json, row.Shape!.Schema, new JsonBlock(json, [.. items.Cells], [row], Nowhere, 1)),
            JsonFault.NotAnObject => new ApiAnswer(json, null, null),
            _ => throw Invalid(items.Done, null),
        };
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
            return reader.TokenType switch
            {
                JsonTokenType.String => JsonString.ReadAsWritten(ref reader),
                JsonTokenType.True => true,
                JsonTokenType.False => false,
                JsonTokenType.Number => JsonNumber.Read(reader.ValueSpan),
                _ => null,
            };
        }
    }

    private static JsonTextException Invalid(long offset, Exception? inner) =>
        new(JsonTextFault.Invalid, offset, $"It is no valid JSON at byte {offset}.", inner);
}
