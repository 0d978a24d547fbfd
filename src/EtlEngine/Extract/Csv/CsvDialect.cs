using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>The characters that mean something in a file, as UTF-8.</summary>
internal sealed class CsvDialect
{
    /// <summary>No byte: there is no such character.</summary>
    public const int None = -1;

    private readonly byte[] _delimiter;

    public CsvDialect(char delimiter, char? quote, char? escape, char? comment, bool trim)
    {
        _delimiter = Encoding.UTF8.GetBytes([delimiter]);
        Quote = quote ?? None;
        Escape = escape ?? Quote;
        Comment = comment is { } c ? Encoding.UTF8.GetBytes([c]) : [];
        Trim = trim;
    }

    public ReadOnlySpan<byte> Delimiter => _delimiter;

    /// <summary>The quote, or <see cref="None"/>.</summary>
    public int Quote { get; }

    /// <summary>What makes a quote inside quotes text; the quote itself where they are doubled.</summary>
    public int Escape { get; }

    /// <summary>What begins a comment line; empty where nothing does.</summary>
    public byte[] Comment { get; }

    /// <summary>Whether blanks around fields are no part of them.</summary>
    public bool Trim { get; }

    public bool DoublesQuotes => Escape == Quote;

    public static bool IsBlank(byte b) => b is (byte)' ' or (byte)'\t';

    /// <summary>Whether a blank may be trimmed: not where it is the delimiter.</summary>
    public bool IsTrimmed(byte b) => Trim && IsBlank(b) && b != _delimiter[0];

    public bool IsDelimiter(ReadOnlySpan<byte> data, int at) =>
        _delimiter.Length == 1 ? data[at] == _delimiter[0] : data[at..].StartsWith(_delimiter);

    public bool EndsInDelimiter(ReadOnlySpan<byte> data) =>
        _delimiter.Length == 1 ? data[^1] == _delimiter[0] : data.EndsWith(_delimiter);

    /// <summary>Whether a quote inside quotes is text by the escapes before it, from the field's opening quote on.</summary>
    public bool IsEscaped(ReadOnlySpan<byte> data, int opened, int at)
    {
        int escapes = 0;
        while (at - 1 - escapes > opened && data[at - 1 - escapes] == Escape)
            escapes++;
        return escapes % 2 == 1;
    }
}
