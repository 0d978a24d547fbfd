using System.Net.Http.Headers;
using System.Text;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The body of requests: a text, bytes, or values that become a form or JSON. If it is sent for records, it may contain column
/// names in braces.</summary>
internal sealed class ApiBody
{
    /// <summary>The content type of a text without one.</summary>
    public const string Json = "application/json";

    /// <summary>The content type of members without one.</summary>
    public const string Form = "application/x-www-form-urlencoded";

    private readonly byte[]? _bytes;
    private readonly TextTemplate? _text;
    private readonly ApiBodyValue? _value;
    private readonly MediaTypeHeaderValue _type;
    private readonly bool _isJson;

    private ApiBody(string type, byte[]? bytes = null, TextTemplate? text = null, ApiBodyValue? value = null)
    {
        _bytes = bytes;
        _text = text;
        _value = value;
        _isJson = IsJson(type);
        _type = MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed) ? parsed : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-ContentType: '{type}' is not a content type.");
        if (!_isJson)
            _value?.RequireForm();
    }

    /// <summary>The columns that it uses.</summary>
    public IEnumerable<string> Columns => _text?.Columns ?? _value?.Columns ?? [];

    /// <summary>Distinguishes the body from another one, whatever the order of its members.</summary>
    public string Fingerprint => ApiAddress.Hash(_value is not null ? Encoding.UTF8.GetString(_value.ToJson(null, isSorted: true)) : Encoding.UTF8.GetString(Fill(null)));

    /// <summary>An empty body in which parameters are set.</summary>
    public static ApiBody Empty { get; } = OfText("{}", null);

    /// <summary>A text.</summary>
    public static ApiBody OfText(string text, string? contentType) => new(contentType ?? Json, text: new TextTemplate(text));

    /// <summary>Bytes, unchanged.</summary>
    public static ApiBody OfBytes(byte[] bytes, string? contentType) => new(contentType ?? "application/octet-stream", bytes: bytes);

    /// <summary>Values: JSON if the content type says so, otherwise a form.</summary>
    public static ApiBody OfValue(ApiBodyValue value, string? contentType) => new(contentType ?? (value.IsMap ? Form : Json), value: value);

    /// <summary>Whether a content type is JSON.</summary>
    public static bool IsJson(string? type) => type?.Contains("json", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The content of a request.</summary>
    public HttpContent ToContent(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = _type;
        return content;
    }

    /// <summary>The body with a record's values; without a record, unchanged with its braces.</summary>
    public byte[] Fill(Record? record)
    {
        if (_bytes is not null)
            return _bytes;
        if (_value is not null)
            return _isJson ? _value.ToJson(record) : Encoding.UTF8.GetBytes(_value.ToForm(record));
        return Encoding.UTF8.GetBytes(record is null
            ? _text!.ToString()
            : _text!.Fill(column => _isJson ? Escape(TextTemplate.TextOf(record, column)) : TextTemplate.TextOf(record, column)));
    }

    /// <summary>Throws if parameters cannot be set in it.</summary>
    /// <exception cref="EtlException">It is not JSON.</exception>
    public void RequireJson(string parameter)
    {
        if (!_isJson)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"{parameter} needs a JSON body: -ContentType application/json.");
    }

    private static string Escape(string text) => System.Text.Json.JsonEncodedText.Encode(text, JsonText.WriterOptions.Encoder).ToString();
}
