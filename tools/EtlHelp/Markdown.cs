using System.Text;
using System.Text.RegularExpressions;

namespace EtlTools.Help;

internal enum BlockKind
{
    Heading,
    Paragraph,
    Item,
    Code,
}

/// <summary>A part of a page.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Level">A heading's level.</param>
/// <param name="Text">The text; of code as it stands, else on one line and with its markup.</param>
/// <param name="Language">The language of code.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
internal sealed record Block(BlockKind Kind, int Level, string Text, string Language, int Line);

/// <summary>Reads the part of Markdown that the pages use: headings, paragraphs, flat lists, fenced code, `code`, links.</summary>
internal static partial class Markdown
{
    private const string Fence = "```";

    /// <summary>The blocks of a page, in order.</summary>
    /// <exception cref="PageException">The page uses something else.</exception>
    public static List<Block> Read(string file, string page)
    {
        var blocks = new List<Block>();
        string[] lines = page.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length;)
        {
            int first = i;
            string line = lines[i];
            if (line.Length == 0)
                i++;
            else if (line.StartsWith(Fence, StringComparison.Ordinal))
                blocks.Add(ReadCode(file, lines, ref i));
            else if (HeadingLine().Match(line) is { Success: true } heading)
                blocks.Add(new Block(BlockKind.Heading, heading.Groups[1].Length, lines[i++][(heading.Groups[1].Length + 1)..], "", first + 1));
            else if (line.StartsWith("- ", StringComparison.Ordinal))
                blocks.Add(new Block(BlockKind.Item, 0, ReadText(lines, ref i, 2, "  "), "", first + 1));
            else if (ForeignLine().IsMatch(line))
                throw new PageException(file, i + 1, "A page holds headings, paragraphs, lists with '- ' and fenced code, and nothing else.");
            else
                blocks.Add(new Block(BlockKind.Paragraph, 0, ReadText(lines, ref i, 0, ""), "", first + 1));
        }
        foreach (Block block in blocks.Where(block => block.Kind != BlockKind.Code && Plain(block.Text).Contains("**", StringComparison.Ordinal)))
            throw new PageException(file, block.Line, "Bold text cannot be shown at a prompt.");
        return blocks;
    }

    /// <summary>A text without its markup: code without back-ticks, links by their text.</summary>
    public static string Plain(string text)
    {
        string[] parts = text.Split('`');
        for (int i = 0; i < parts.Length; i += 2)
            parts[i] = Link().Replace(parts[i], "$1");
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

    private static string ReadText(string[] lines, ref int i, int skip, string indent)
    {
        var text = new StringBuilder(lines[i++][skip..]);
        while (i < lines.Length && lines[i].Trim().Length > 0 && lines[i].StartsWith(indent, StringComparison.Ordinal) && !OtherBlock().IsMatch(lines[i]))
            text.Append(' ').Append(lines[i++].Trim());
        return text.ToString();
    }

    [GeneratedRegex("^(#+) ")]
    private static partial Regex HeadingLine();

    [GeneratedRegex(@"^(#|```|- )")]
    private static partial Regex OtherBlock();

    [GeneratedRegex(@"^([|>*+\s<]|\d+\. )")]
    private static partial Regex ForeignLine();

    [GeneratedRegex(@"\[([^\]]+)\]\(([^)]+)\)")]
    private static partial Regex Link();
}
