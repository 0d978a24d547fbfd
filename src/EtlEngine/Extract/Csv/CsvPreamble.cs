using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// What other programs write before the header, and what it means: Excel's <c>sep=;</c>, the <c>#TYPE</c> line of Windows PowerShell, and
/// the <c>#Fields:</c> line of W3C logs, which is their header.
/// </summary>
internal sealed record CsvPreamble
{
    /// <summary>How many bytes of the head are examined.</summary>
    public const int HeadBytes = DelimiterGuess.HeadBytes;

    private static readonly CsvPreamble None = new();

    /// <summary>The beginning of the comment line with the names of a W3C log.</summary>
    public static ReadOnlySpan<byte> FieldsMark => "#Fields:"u8;

    /// <summary>The delimiter that it names; null for none.</summary>
    public string? Delimiter { get; private init; }

    /// <summary>Its lines that are not comments.</summary>
    public int Lines { get; private init; }

    /// <summary>The line with the column names; empty if there is none.</summary>
    public byte[] FieldsLine { get; private init; } = [];

    /// <summary>The names in it.</summary>
    public string[] Names { get; private init; } = [];

    /// <summary>Whether a text may have a preamble, by its first bytes.</summary>
    public static bool IsPossible(ReadOnlySpan<byte> head, CsvOptions options) =>
        options.SkipRows == 0 && WithoutMark(head) is [(byte)'#' or (byte)'s' or (byte)'S' or (byte)'"', ..];

    /// <summary>Whether the head is too short to tell.</summary>
    public static bool NeedsMore(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> rest = WithoutMark(head);
        while (rest is [(byte)'#', ..] && rest.IndexOf((byte)'\n') is >= 0 and var end)
            rest = rest[(end + 1)..];
        return rest.IsEmpty || (!rest.ContainsAny((byte)'\r', (byte)'\n') && head.Length < HeadBytes);
    }

    /// <summary>Parses the preamble.</summary>
    public static CsvPreamble Read(ReadOnlySpan<byte> head, CsvOptions options)
    {
        ReadOnlySpan<byte> rest = WithoutMark(head);
        if (SeparatorOf(FirstLine(rest)) is { } separator)
            return new CsvPreamble { Delimiter = separator, Lines = 1 };
        if (options.Comment is not '#' && rest.StartsWith("#TYPE "u8))
            return new CsvPreamble { Lines = 1 };
        while (options.Comment is null or '#' && rest is [(byte)'#', ..])
        {
            ReadOnlySpan<byte> line = FirstLine(rest);
            if (line.StartsWith(FieldsMark))
                return OfFields(line, options);
            int end = rest.IndexOf((byte)'\n');
            rest = end < 0 ? [] : rest[(end + 1)..];
        }
        return None;
    }

    private static CsvPreamble OfFields(ReadOnlySpan<byte> line, CsvOptions options)
    {
        string names = Encoding.UTF8.GetString(line[FieldsMark.Length..]).Trim();
        // Such logs use spaces between fields, whatever the delimiter of other files.
        string delimiter = options.Delimiter is { } given && names.Contains(given, StringComparison.Ordinal) ? given
            : Array.Find(["\t", " ", ",", ";", "|"], candidate => names.Contains(candidate, StringComparison.Ordinal)) ?? options.Delimiter ?? " ";
        return new CsvPreamble
        {
            Delimiter = delimiter,
            FieldsLine = line.ToArray(),
            Names = names.Split(delimiter, StringSplitOptions.TrimEntries | (delimiter == " " ? StringSplitOptions.RemoveEmptyEntries : StringSplitOptions.None)),
        };
    }

    private static string? SeparatorOf(ReadOnlySpan<byte> line)
    {
        const string mark = "sep=";
        string text = Encoding.UTF8.GetString(line[..Math.Min(line.Length, 16)]);
        if (text is ['"', .. var quoted, '"'])
            text = quoted;
        return text.Length == mark.Length + 1 && text.StartsWith(mark, StringComparison.OrdinalIgnoreCase) && !char.IsSurrogate(text[^1]) ? text[^1..] : null;
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text) =>
        text.IndexOfAny((byte)'\r', (byte)'\n') is >= 0 and var end ? text[..end] : text;

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> head) =>
        head.StartsWith(Encoding.UTF8.Preamble) ? head[Encoding.UTF8.Preamble.Length..] : head;
}
