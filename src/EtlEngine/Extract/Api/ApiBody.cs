using System.Buffers;
using System.Net.Http.Headers;
using System.Security;
using System.Text;
using System.Text.Json;
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
    private readonly Encoding? _encoding;
    private readonly bool _isJson;
    private readonly Func<string, string> _escape;

    private ApiBody(string type, byte[]? bytes = null, TextTemplate? text = null, ApiBodyValue? value = null)
    {
        _bytes = bytes;
        _text = text;
        _value = value;
        _isJson = IsJson(type);
        _escape = _isJson ? Escape
            : type.StartsWith(Form, StringComparison.OrdinalIgnoreCase) ? Uri.EscapeDataString
            : type.Contains("xml", StringComparison.OrdinalIgnoreCase) ? text => SecurityElement.Escape(text) ?? ""
            : text => text;
        _type = MediaTypeHeaderValue.TryParse(type, out MediaTypeHeaderValue? parsed) ? parsed : throw Invalid($"-ContentType: '{type}' is not a content type.");
        if (bytes is null && _type.CharSet is { } charset)
            _encoding = EncodingOf(charset);
        if (!_isJson)
            _value?.RequireForm();
    }

    /// <summary>The columns that records must have.</summary>
    public IEnumerable<string> Columns => _text?.Columns ?? _value?.Columns ?? [];

    /// <summary>The columns of a record whose values must be plain: only JSON has lists and objects.</summary>
    public IEnumerable<string> PlainColumnsOf(Record record) => _isJson ? [] : _text?.ColumnsOf(record) ?? _value?.ColumnsOf(record) ?? [];

    /// <summary>Distinguishes the body from another one, whatever the order of its members.</summary>
    public string Fingerprint => ApiAddress.Hash(_value is not null ? Encoding.UTF8.GetString(_value.ToJson(null, isSorted: true)) : Encoding.UTF8.GetString(Fill(null)));

    /// <summary>An empty body in which parameters are set.</summary>
    public static ApiBody Empty { get; } = OfText("{}", null);

    /// <summary>A text.</summary>
    public static ApiBody OfText(string text, string? contentType) => new(contentType ?? Json, text: new TextTemplate(text));

    /// <summary>Bytes, unchanged.</summary>
    public static ApiBody OfBytes(byte[] bytes, string? contentType) => new(contentType ?? "application/octet-stream", bytes: bytes);

    /// <summary>Values: JSON or a form, as the content type says.</summary>
    public static ApiBody OfValue(ApiBodyValue value, string contentType) => new(contentType, value: value);

    /// <summary>Whether a content type is JSON.</summary>
    public static bool IsJson(string? type) => type?.Contains("json", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>Creates the content of requests, in the charset of the content type.</summary>
    /// <param name="bytes">The filled body.</param>
    /// <param name="call">The request as messages show it.</param>
    /// <exception cref="ApiCallException">The charset lacks a character of the body.</exception>
    public Func<HttpContent> ToContent(byte[] bytes, string call)
    {
        byte[] encoded = Encode(bytes, call);
        return () =>
        {
            var content = new ByteArrayContent(encoded);
            content.Headers.ContentType = _type;
            return content;
        };
    }

    /// <summary>The body with a record's values, as UTF-8 if it is no bytes; without a record, unchanged with its braces.</summary>
    public byte[] Fill(Record? record)
    {
        if (_bytes is not null)
            return _bytes;
        if (_value is not null)
            return _isJson ? _value.ToJson(record) : Encoding.UTF8.GetBytes(_value.ToForm(record));
        return Encoding.UTF8.GetBytes(record is null
            ? _text!.ToString()
            : _text!.Fill(record, (column, isQuoted) => _isJson && !isQuoted ? ToJson(record, column) : _escape(TextTemplate.TextOf(record, column))));
    }

    /// <summary>The body as JSON in UTF-8, in which parameters can be set.</summary>
    /// <exception cref="EtlException">It is not JSON.</exception>
    public byte[] FillJson(string parameter) => _isJson
        ? Fill(null)
        : throw Invalid($"{parameter} needs a JSON body: -ContentType application/json.");

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);

    /// <summary>The encoding of a charset, which refuses characters that it lacks; null for UTF-8.</summary>
    private static Encoding? EncodingOf(string charset)
    {
        Encoding encoding = ApiCharset.TryFind(charset, out Encoding? found) ? found : throw Invalid($"-ContentType: the charset '{charset}' is not known. Use a name such as utf-8 or iso-8859-1.");
        if (encoding is UTF8Encoding)
            return null;
        encoding = (Encoding)encoding.Clone();
        encoding.EncoderFallback = EncoderFallback.ExceptionFallback;
        return encoding;
    }

    private byte[] Encode(byte[] bytes, string call)
    {
        try
        {
            return _encoding is null ? bytes : Encoding.Convert(Encoding.UTF8, _encoding, bytes);
        }
        catch (EncoderFallbackException e)
        {
            throw ApiCallException.Refusal(FailureCodes.RequestRefused, $"{call} was not sent: -Body has a character that the charset '{_type.CharSet}' of -ContentType lacks. Use charset=utf-8 if the service takes it.", e);
        }
    }

    /// <summary>A value outside of a string: a text that is a number, true, false or null as it is, everything else as JSON.</summary>
    private static string ToJson(Record record, string column)
    {
        record.TryGetValue(column, out object? value);
        if (value is string text && IsJsonWord(text))
            return text;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            JsonText.Write(json, value);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static bool IsJsonWord(string text)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(text));
        try
        {
            return json.Read() && json.TokenType is JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null && !json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Escape(string text) => System.Text.Json.JsonEncodedText.Encode(text, JsonText.WriterOptions.Encoder).ToString();
}
