using System.Collections;
using System.Text;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A text with column names in braces, which are replaced by a record's values. Braces around anything else are text.</summary>
internal sealed partial class TextTemplate
{
    private readonly string _text;
    private readonly List<(string Literal, string? Column, bool IsQuoted)> _parts = [];

    public TextTemplate(string text)
    {
        _text = text;
        int at = 0;
        bool isQuoted = false;
        foreach (Match match in Placeholder().Matches(text))
        {
            string literal = text[at..match.Index];
            isQuoted ^= UnescapedQuote().Count(literal) % 2 == 1;
            _parts.Add((literal, match.Groups[1].Value, isQuoted));
            at = match.Index + match.Length;
        }
        _parts.Add((text[at..], null, false));
    }

    /// <summary>The columns that it uses.</summary>
    public IEnumerable<string> Columns => _parts.Where(part => part.Column is not null).Select(part => part.Column!);

    /// <summary>The column of which the whole text consists, or null.</summary>
    public string? OnlyColumn => _parts is [("", { } column, _), ("", null, _)] ? column : null;

    /// <summary>The text with values inserted.</summary>
    public string Fill(Func<string, string> valueOf) => Fill((column, _) => valueOf(column));

    /// <summary>The text with values inserted, each by its column and by whether it is inside of double quotes.</summary>
    public string Fill(Func<string, bool, string> valueOf)
    {
        var filled = new StringBuilder(_text.Length + 32);
        foreach ((string literal, string? column, bool isQuoted) in _parts)
        {
            filled.Append(literal);
            if (column is not null)
                filled.Append(valueOf(column, isQuoted));
        }
        return filled.ToString();
    }

    /// <summary>The text as part of a query, with its column names in braces.</summary>
    public string Escaped() => string.Concat(_parts.Select(part => Uri.EscapeDataString(part.Literal) + (part.Column is null ? "" : $"{{{part.Column}}}")));

    /// <summary>A record's value as text; empty for null.</summary>
    public static string TextOf(Record record, string column) => record.TryGetValue(column, out object? value)
        ? value switch
        {
            null => "",
            string text => text,
            byte[] bytes => Convert.ToBase64String(bytes),
            _ => ValueConversion.TryConvert(value, ColumnType.String, out object? text) && text is string s ? s : value.ToString() ?? "",
        }
        : "";

    /// <summary>Whether a value is a list or an object, which is no text.</summary>
    public static bool IsNested(Record record, string column) =>
        record.TryGetValue(column, out object? value) && value is not (null or string or byte[]) && (value is JsonValue or IEnumerable || HasNoText(value));

    /// <summary>Whether an object's text is the name of its type only.</summary>
    public static bool HasNoText(object value) => value is not IConvertible and not IFormattable && value.ToString() == value.GetType().ToString();

    /// <inheritdoc/>
    public override string ToString() => _text;

    [GeneratedRegex(@"(?<!\\)(?:\\\\)*""")]
    private static partial Regex UnescapedQuote();

    [GeneratedRegex(@"\{([\p{L}_][\p{L}\p{N}_.\- ]*)\}")]
    private static partial Regex Placeholder();
}
