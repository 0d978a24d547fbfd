using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The special characters of a file, as UTF-8.</summary>
internal sealed class CsvDialect
{
    /// <summary>No byte: there is no such character.</summary>
    public const int None = -1;

    private readonly byte[] _delimiter;

    public CsvDialect(string delimiter, char? quote, char? escape, char? comment, bool trim, CsvNewLine newLine = CsvNewLine.Auto)
    {
        DelimiterText = delimiter;
        _delimiter = Encoding.UTF8.GetBytes(delimiter);
        DelimiterOverlapsItself = Enumerable.Range(1, _delimiter.Length - 1).Any(i => _delimiter.AsSpan().StartsWith(_delimiter.AsSpan(i)));
        Quote = quote ?? None;
        Escape = escape ?? quote ?? None;
        Comment = comment is { } c ? Encoding.UTF8.GetBytes([c]) : [];
        Trim = trim;
        NewLine = newLine;
        EscapesAll = quote is null && escape is not null;
    }

    public ReadOnlySpan<byte> Delimiter => _delimiter;

    /// <summary>The delimiter as text.</summary>
    public string DelimiterText { get; }

    /// <summary>Whether the end of the delimiter can appear without ending a field: in <c>a|||b</c> the second <c>||</c> is not a
    /// delimiter.</summary>
    public bool DelimiterOverlapsItself { get; }

    /// <summary>The quote, or <see cref="None"/>.</summary>
    public int Quote { get; }

    /// <summary>The character that escapes a quote inside quotes; the quote itself if quotes are doubled.</summary>
    public int Escape { get; }

    /// <summary>The beginning of a comment line; empty for none.</summary>
    public byte[] Comment { get; }

    /// <summary>Whether blanks around fields are not part of them.</summary>
    public bool Trim { get; }

    /// <summary>The line end of rows.</summary>
    public CsvNewLine NewLine { get; }

    /// <summary>Whether there are no quotes, and the escape applies to any character.</summary>
    public bool EscapesAll { get; }

    /// <summary>A comment line that names the columns; empty if none does.</summary>
    public byte[] FieldsLine { get; init; } = [];

    public bool DoublesQuotes => Escape == Quote;

    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>Whether a blank may be trimmed; not if it is the delimiter, or part of it.</summary>
    public bool IsTrimmed(byte b) => Trim && IsBlank(b) && !_delimiter.AsSpan().Contains(b);

    public bool IsDelimiter(ReadOnlySpan<byte> data, int at) =>
        _delimiter.Length == 1 ? data[at] == _delimiter[0] : data[at..].StartsWith(_delimiter);

    public bool EndsInDelimiter(ReadOnlySpan<byte> data) =>
        _delimiter.Length == 1 ? data[^1] == _delimiter[0] : data.EndsWith(_delimiter);

    /// <summary>Whether a character is escaped.</summary>
    /// <param name="data">The data.</param>
    /// <param name="before">The position before the first possible escape: the opening quote, or the byte before the row.</param>
    /// <param name="at">The character.</param>
    public bool IsEscaped(ReadOnlySpan<byte> data, int before, int at)
    {
        int escapes = 0;
        while (at - 1 - escapes > before && data[at - 1 - escapes] == Escape)
            escapes++;
        return escapes % 2 == 1;
    }
}
