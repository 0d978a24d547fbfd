using System.Text;
using System.Text.RegularExpressions;

namespace EtlTools.Help;

internal enum BlockKind
{
    Heading,
    Paragraph,
    Item,
    Code,
    Table,
}

/// <summary>A part of a page.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Level">A heading's level; a numbered item's number, 0 for one with a dash.</param>
/// <param name="Text">The text; of code and tables as it stands, else on one line and with its markup.</param>
/// <param name="Language">The language of code.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
internal sealed record Block(BlockKind Kind, int Level, string Text, string Language, int Line);

/// <summary>Reads the part of Markdown that the documents use: headings, paragraphs, flat lists, tables, fenced code,
/// `code`, **bold**, links.</summary>
internal static partial class Markdown
{
    private const string Fence = "```";

    /// <summary>The blocks of a document, in order.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <param name="document">The text.</param>
    /// <param name="firstLine">The line to begin with, from 0.</param>
    /// <exception cref="PageException">The document uses something else.</exception>
    public static List<Block> Read(string file, string document, int firstLine = 0)
    {
        var blocks = new List<Block>();
        string[] lines = document.ReplaceLineEndings("\n").Split('\n');
        for (int i = firstLine; i < lines.Length;)
        {
            int first = i;
            string line = lines[i];
            if (line.Length == 0)
                i++;
            else if (line.StartsWith(Fence, StringComparison.Ordinal))
                blocks.Add(ReadCode(file, lines, ref i));
            else if (HeadingLine().Match(line) is { Success: true } heading)
                blocks.Add(new Block(BlockKind.Heading, heading.Groups[1].Length, lines[i++][(heading.Groups[1].Length + 1)..], "", first + 1));
            else if (ItemLine().Match(line) is { Success: true } item)
                blocks.Add(new Block(BlockKind.Item, NumberOf(item), ReadText(lines, ref i, item.Length, new string(' ', item.Length)), "", first + 1));
            else if (line[0] == '|')
                blocks.Add(new Block(BlockKind.Table, 0, ReadTable(lines, ref i), "", first + 1));
            else if (ForeignLine().IsMatch(line))
                throw new PageException(file, i + 1, "A document holds headings, paragraphs, lists, tables and fenced code, and nothing else.");
            else
                blocks.Add(new Block(BlockKind.Paragraph, 0, ReadText(lines, ref i, 0, ""), "", first + 1));
        }
        return blocks;
    }

    /// <summary>A text without its markup: code without back-ticks, bold without asterisks, links by their text.</summary>
    public static string Plain(string text)
    {
        string[] parts = text.Split('`');
        for (int i = 0; i < parts.Length; i += 2)
            parts[i] = Link().Replace(parts[i], "$1").Replace("**", "", StringComparison.Ordinal);
        return string.Concat(parts);
    }

    /// <summary>The text and the target of a link that is all of a text.</summary>
    public static (string Text, string Target)? WholeLink(string text) =>
        Link().Match(text) is { Success: true } link && link.Length == text.Length ? (link.Groups[1].Value, link.Groups[2].Value) : null;

    private static Block ReadCode(string file, string[] lines, ref int i)
    {
        int first = i;
        string language = lines[i++][Fence.Length..];
        var code = new List<string>();
        while (i < lines.Length && lines[i] != Fence)
            code.Add(lines[i++]);
        if (i++ == lines.Length)
            throw new PageException(file, first + 1, "The code block is not closed.");
        return new Block(BlockKind.Code, 0, string.Join('\n', code), language, first + 1);
    }

    private static string ReadTable(string[] lines, ref int i)
    {
        var rows = new List<string>();
        while (i < lines.Length && lines[i].StartsWith('|'))
            rows.Add(lines[i++]);
        return string.Join('\n', rows);
    }

    private static int NumberOf(Match item) =>
        item.Groups[1].Success ? int.Parse(item.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : 0;

    private static string ReadText(string[] lines, ref int i, int skip, string indent)
    {
        var text = new StringBuilder(lines[i++][skip..]);
        while (i < lines.Length && lines[i].Trim().Length > 0 && lines[i].StartsWith(indent, StringComparison.Ordinal) && !OtherBlock().IsMatch(lines[i]))
            text.Append(' ').Append(lines[i++].Trim());
        return text.ToString();
    }

    [GeneratedRegex("^(#+) ")]
    private static partial Regex HeadingLine();

    [GeneratedRegex(@"^(?:- |(\d+)\. )")]
    private static partial Regex ItemLine();

    [GeneratedRegex(@"^(#|```|- |\d+\. |\|)")]
    private static partial Regex OtherBlock();

    [GeneratedRegex(@"^[>+\s<]|^\*(?!\*)")]
    private static partial Regex ForeignLine();

    [GeneratedRegex(@"\[([^\]]+)\]\(([^)]+)\)")]
    private static partial Regex Link();
}
