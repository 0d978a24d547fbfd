using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Net;
using System.Security;
using System.Text.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A value of a body: a text with column names in braces, another plain value, a list, or named members.</summary>
internal sealed class ApiBodyValue
{
    private const int MaxDepth = 64;

    private readonly TextTemplate? _text;
    private readonly object? _plain;
    private readonly string? _secret;
    private readonly List<ApiBodyValue>? _list;
    private readonly List<(string Name, ApiBodyValue Value)>? _map;

    private ApiBodyValue(object? value, Func<object, object?> lookInto, int depth)
    {
        if (depth > MaxDepth)
            throw Invalid($"-Body is nested more than {MaxDepth} deep, or contains itself.");
        value = value is null ? null : lookInto(value);
        switch (value)
        {
            case string text:
                _text = new TextTemplate(text);
                break;
            case SecureString secret:
                _plain = _secret = new NetworkCredential("", secret).Password;
                break;
            case IDictionary map:
                _map = [];
                foreach (DictionaryEntry member in map)
                    _map.Add((Convert.ToString(member.Key, CultureInfo.InvariantCulture) ?? "", new ApiBodyValue(member.Value, lookInto, depth + 1)));
                break;
            case IEnumerable list and not byte[]:
                _list = [.. list.Cast<object?>().Select(item => new ApiBodyValue(item, lookInto, depth + 1))];
                break;
            case not (null or byte[]) when TextTemplate.HasNoText(value):
                throw Invalid($"-Body has a value of type {value.GetType().Name}, which has no text. Use a text, a number, a time, a SecureString, bytes, a list or a hashtable.");
            default:
                _plain = value is Enum number ? Convert.ToInt64(number, CultureInfo.InvariantCulture) : value;
                break;
        }
    }

    /// <summary>The columns that records must have.</summary>
    public IEnumerable<string> Columns => Templates.SelectMany(text => text.Columns);

    /// <summary>The columns that a record must have, and others that it has.</summary>
    public IEnumerable<string> ColumnsOf(Record record) => Templates.SelectMany(text => text.ColumnsOf(record));

    /// <summary>The texts of the SecureStrings in it.</summary>
    public IEnumerable<string> Secrets => _secret is not null ? [_secret] : _list?.SelectMany(item => item.Secrets) ?? _map?.SelectMany(member => member.Value.Secrets) ?? [];

    /// <summary>The texts of its members, with the members' names.</summary>
    public IEnumerable<(string Name, string Text)> NamedTexts => TextsOf("");

    /// <summary>Creates a body's value.</summary>
    /// <param name="value">Dictionaries, lists and plain values.</param>
    /// <param name="lookInto">Converts an object that only the host can read to one of those; returns any other unchanged.</param>
    public static ApiBodyValue Of(object value, Func<object, object?> lookInto) => new(value, lookInto, 0);

    /// <summary>The value as JSON.</summary>
    /// <param name="record">The record with the columns' values; null to keep the text as it is written.</param>
    /// <param name="isSorted">Whether members are sorted by name.</param>
    public byte[] ToJson(Record? record, bool isSorted = false)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, JsonText.WriterOptions))
            Write(json, record, isSorted);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The members as a form or a query; a list repeats its name.</summary>
    public string ToForm(Record? record) => string.Join('&', Pairs().Select(pair => $"{Uri.EscapeDataString(pair.Name)}={Uri.EscapeDataString(pair.Value.ToText(record))}"));

    /// <summary>The members as a query; a list repeats its name.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToQuery() => Pairs().Select(pair => KeyValuePair.Create(pair.Name, pair.Value.ToText(null)));

    /// <summary>Throws if it cannot be a form or a query.</summary>
    /// <exception cref="EtlException">A value is nested.</exception>
    public void RequireForm()
    {
        if (_map is null || Pairs().Any(pair => pair.Value._list is not null || pair.Value._map is not null))
            throw Invalid("-Body: a form or a query takes only plain values and lists of them. For nested values: -ContentType application/json.");
    }

    private IEnumerable<TextTemplate> Templates => _text is not null ? [_text] : _list?.SelectMany(item => item.Templates) ?? _map?.SelectMany(member => member.Value.Templates) ?? [];

    private IEnumerable<(string Name, string Text)> TextsOf(string name) => _text is not null ? [(name, _text.ToString())]
        : _list?.SelectMany(item => item.TextsOf(name)) ?? _map?.SelectMany(member => member.Value.TextsOf(member.Name)) ?? [];

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);

    private IEnumerable<(string Name, ApiBodyValue Value)> Pairs() =>
        _map!.SelectMany(member => (member.Value._list ?? [member.Value]).Select(value => (member.Name, value)));

    private string ToText(Record? record) => _text is not null ? Fill(_text, record) : _plain switch
    {
        bool flag => flag ? "true" : "false",
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => ApiAddress.TextOf(_plain),
    };

    private static string Fill(TextTemplate template, Record? record) =>
        record is null ? template.ToString() : template.Fill(record, column => TextTemplate.TextOf(record, column));

    private void Write(Utf8JsonWriter json, Record? record, bool isSorted)
    {
        if (_map is not null)
        {
            json.WriteStartObject();
            foreach ((string name, ApiBodyValue value) in isSorted ? _map.OrderBy(member => member.Name, StringComparer.Ordinal) : (IEnumerable<(string, ApiBodyValue)>)_map)
            {
                json.WritePropertyName(name);
                value.Write(json, record, isSorted);
            }
            json.WriteEndObject();
        }
        else if (_list is not null)
        {
            json.WriteStartArray();
            foreach (ApiBodyValue item in _list)
                item.Write(json, record, isSorted);
            json.WriteEndArray();
        }
        else if (_text is null)
        {
            JsonText.Write(json, _plain);
        }
        // A value that consists of a column only keeps its type.
        else if (record is not null && _text.OnlyColumn is { } column && record.TryGetValue(column, out object? typed))
        {
            JsonText.Write(json, typed);
        }
        else
        {
            json.WriteStringValue(Fill(_text, record));
        }
    }
}
