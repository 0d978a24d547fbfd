using System.Collections;
using System.Text;
using System.Text.RegularExpressions;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// A text with column names in braces, which are replaced by a record's values. What looks like a name must be a column; anything else in
/// braces is text, unless the record has exactly that column.
/// </summary>
internal sealed partial class TextTemplate
{
    private readonly string _text;
    private readonly List<Part> _parts = [];

    public TextTemplate(string text)
    {
        _text = text;
        int at = 0;
        bool isQuoted = false;
        foreach (Match match in Placeholder().Matches(text))
        {
            string literal = text[at..match.Index];
            isQuoted ^= UnescapedQuote().Count(literal) % 2 == 1;
            string column = match.Groups[1].Value;
            _parts.Add(new Part(literal, column, isQuoted, Name().IsMatch(column)));
            at = match.Index + match.Length;
        }
        _parts.Add(new Part(text[at..]));
    }

    /// <summary>The columns that records must have.</summary>
    public IEnumerable<string> Columns => _parts.Where(part => part.IsName).Select(part => part.Column!);

    /// <summary>The column of which the whole text consists, or null.</summary>
    public string? OnlyColumn => _parts is [{ Literal: "", Column: { } column }, { Literal: "", Column: null }] ? column : null;

    /// <summary>The columns that a record must have, and others that it has.</summary>
    public IEnumerable<string> ColumnsOf(Record record) => _parts.Where(part => part.IsFilledFor(record)).Select(part => part.Column!);

    /// <summary>The text with the same value for each column.</summary>
    public string Fill(string value) => Fill(part => part.Column is null ? null : value);

    /// <summary>The text with a record's values inserted.</summary>
    public string Fill(Record record, Func<string, string> valueOf) => Fill(record, (column, _) => valueOf(column));

    /// <summary>The text with a record's values inserted, each by its column and by whether it is inside of double quotes.</summary>
    public string Fill(Record record, Func<string, bool, string> valueOf) =>
        Fill(part => part.IsFilledFor(record) ? valueOf(part.Column!, part.IsQuoted) : part.InBraces);

    /// <summary>A record's value as text; empty for null.</summary>
    public static string TextOf(Record record, string column) => record.TryGetValue(column, out object? value) ? TextOf(value) : "";

    /// <summary>A value as text; empty for null.</summary>
    public static string TextOf(object? value) => value switch
    {
        null => "",
        string text => text,
        byte[] bytes => Convert.ToBase64String(bytes),
        _ => ValueConversion.TryConvert(value, ColumnType.String, out object? text) && text is string s ? s : value.ToString() ?? "",
    };

    /// <summary>Whether a value is a list or an object, which is no text.</summary>
    public static bool IsNested(Record record, string column) =>
        record.TryGetValue(column, out object? value) && value is not (null or string or byte[]) && (value is JsonValue or IEnumerable || HasNoText(value));

    /// <summary>Whether an object's text is the name of its type only.</summary>
    public static bool HasNoText(object value) => value is not IConvertible and not IFormattable && value.ToString() == value.GetType().ToString();

    /// <inheritdoc/>
    public override string ToString() => _text;

    [GeneratedRegex(@"(?<!\\)(?:\\\\)*""")]
    private static partial Regex UnescapedQuote();

    [GeneratedRegex(@"\{([^{}""]+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{N}_.\- ]*$")]
    private static partial Regex Name();

    private string Fill(Func<Part, string?> valueOf)
    {
        var filled = new StringBuilder(_text.Length + 32);
        foreach (Part part in _parts)
            filled.Append(part.Literal).Append(valueOf(part));
        return filled.ToString();
    }

    /// <summary>A text, and the column behind it.</summary>
    /// <param name="Literal">The text.</param>
    /// <param name="Column">What is in the braces behind it; null at the end.</param>
    /// <param name="IsQuoted">Whether those are inside of double quotes.</param>
    /// <param name="IsName">Whether that looks like a name, so that it must be a column.</param>
    private sealed record Part(string Literal, string? Column = null, bool IsQuoted = false, bool IsName = false)
    {
        public string? InBraces => Column is null ? null : $"{{{Column}}}";

        public bool IsFilledFor(Record record) => IsName || (Column is not null && record.Schema.IndexOf(Column) >= 0);
    }
}
