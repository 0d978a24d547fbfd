using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The body of requests: a text, or members that become a form or a JSON object. Columns' names in braces may stand in
/// it where it is sent for records.</summary>
internal sealed class ApiBody
{
    /// <summary>The type of a text that names none.</summary>
    public const string Json = "application/json";

    /// <summary>The type of members that name none.</summary>
    public const string Form = "application/x-www-form-urlencoded";

    private readonly byte[]? _bytes;
    private readonly TextTemplate? _text;
    private readonly List<(string Name, TextTemplate Value)> _members = [];
    private readonly string _type;
    private readonly bool _isJson;

    private ApiBody(byte[]? bytes, TextTemplate? text, string type)
    {
        _bytes = bytes;
        _text = text;
        _type = type;
        _isJson = type.Contains("json", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The columns that it names.</summary>
    internal IEnumerable<string> Columns => (_text?.Columns ?? []).Concat(_members.SelectMany(member => member.Value.Columns));

    /// <summary>A text.</summary>
    public static ApiBody OfText(string text, string? contentType) => new(null, new TextTemplate(text), contentType ?? Json);

    /// <summary>Bytes as they are.</summary>
    public static ApiBody OfBytes(byte[] bytes, string? contentType) => new(bytes, null, contentType ?? "application/octet-stream");

    /// <summary>Members: a JSON object where the content type says so, otherwise a form.</summary>
    public static ApiBody OfMembers(IEnumerable<KeyValuePair<string, string>> members, string? contentType)
    {
        ArgumentNullException.ThrowIfNull(members);
        var body = new ApiBody(null, null, contentType ?? Form);
        body._members.AddRange(members.Select(member => (member.Key, new TextTemplate(member.Value))));
        return body;
    }

    /// <summary>The body as it is written, braces and all.</summary>
    public HttpContent ToContent() => ToContent(_bytes ?? Encoding.UTF8.GetBytes(_text is not null ? _text.ToString() : FillMembers(null)));

    internal HttpContent ToContent(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = MediaTypeHeaderValue.TryParse(_type, out MediaTypeHeaderValue? type) ? type : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-ContentType: '{_type}' is no content type.");
        return content;
    }

    /// <summary>The body with a record's values.</summary>
    internal byte[] Fill(Record record)
    {
        if (_bytes is not null)
            return _bytes;
        return Encoding.UTF8.GetBytes(_text is null
            ? FillMembers(record)
            : _text.Fill(column => _isJson ? Escape(TextTemplate.TextOf(record, column)) : TextTemplate.TextOf(record, column)));
    }

    private static string Escape(string text) => JsonEncodedText.Encode(text, JsonText.WriterOptions.Encoder).ToString();

    private static string FillText(TextTemplate template, Record? record) =>
        record is null ? template.ToString() : template.Fill(column => TextTemplate.TextOf(record, column));

    private string FillMembers(Record? record)
    {
        if (!_isJson)
        {
            return string.Join('&', _members.Select(member =>
                $"{Uri.EscapeDataString(member.Name)}={Uri.EscapeDataString(FillText(member.Value, record))}"));
        }
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
        {
            json.WriteStartObject();
            foreach ((string name, TextTemplate value) in _members)
            {
                json.WritePropertyName(name);
                // A value that is a column and nothing else keeps its type.
                if (record is not null && value.OnlyColumn is { } column && record.TryGetValue(column, out object? typed))
                    JsonText.Write(json, typed);
                else
                    json.WriteStringValue(FillText(value, record));
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
