using System.Text;
using System.Text.RegularExpressions;

namespace EtlTools.Help;

/// <summary>Turns a document whose first line names a topic, <c>&lt;!-- about_EtlTools --&gt;</c>, into the text that Get-Help shows.</summary>
internal static partial class AboutTopic
{
    private const int Width = 80;
    private const string Indent = "    ";

    /// <summary>The topic that a document is the source of, or null.</summary>
    public static string? NameOf(string document) =>
        Marker().Match(document) is { Success: true } marker ? marker.Groups[1].Value : null;

    /// <summary>A document in which links to other topics' documents are the names of these topics, for Get-Help.</summary>
    public static string WithTopicNames(string document, IEnumerable<(string File, string Topic)> topics) =>
        topics.Aggregate(document, (text, one) => text.Replace($"[{one.File}]({one.File})", one.Topic, StringComparison.Ordinal));

    /// <summary>The topic's text. The document begins with a heading and a paragraph, which is the topic's short description.</summary>
    /// <exception cref="PageException">The document begins otherwise, or uses something that cannot be shown.</exception>
    public static string Render(string name, string file, string document)
    {
        List<Block> blocks = Markdown.Read(file, document, firstLine: 1);
        if (blocks is not [{ Kind: BlockKind.Heading, Level: 1 }, { Kind: BlockKind.Paragraph } summary, ..])
            throw new PageException(file, 1, "A topic begins with a heading of level 1 and a paragraph that says what it is about.");
        var text = new StringBuilder();
        text.Append("TOPIC\n").Append(Indent).Append(name).Append("\n\nSHORT DESCRIPTION\n");
        // Get-Help's list of topics shows the first line only, so the short description is one.
        text.Append(Indent).Append(Markdown.Plain(summary.Text)).Append("\n\nLONG DESCRIPTION\n");
        BlockKind? before = null;
        foreach (Block block in blocks.Skip(2))
        {
            if (before is not null && !(before == BlockKind.Item && block.Kind == BlockKind.Item))
                text.Append('\n');
            Append(text, block);
            before = block.Kind;
        }
        return text.ToString();
    }

    private static void Append(StringBuilder text, Block block)
    {
        switch (block.Kind)
        {
            case BlockKind.Heading when block.Level == 2:
                text.Append(Markdown.Plain(block.Text).ToUpperInvariant()).Append('\n');
                break;
            case BlockKind.Heading:
                text.Append(Indent).Append(Markdown.Plain(block.Text)).Append('\n');
                break;
            case BlockKind.Code:
                foreach (string line in block.Text.Split('\n'))
                    text.Append(line.Length > 0 ? Indent + Indent + line : "").Append('\n');
                break;
            case BlockKind.Table:
                AppendTable(text, block.Text);
                break;
            case BlockKind.Item:
                string mark = block.Level > 0 ? $"{block.Level}. " : "- ";
                Wrap(text, Markdown.Plain(block.Text), Indent + mark, Indent + new string(' ', mark.Length));
                break;
            default:
                Wrap(text, Markdown.Plain(block.Text), Indent, Indent);
                break;
        }
    }

    /// <summary>A table stays one where its lines fit; else each row is a term with its other cells below.</summary>
    private static void AppendTable(StringBuilder text, string table)
    {
        string[][] rows = [.. table.Split('\n').Where(row => !Rule().IsMatch(row)).Select(CellsOf)];
        int[] widths = [.. Enumerable.Range(0, rows.Max(row => row.Length)).Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        bool fits = Indent.Length + widths.Sum(width => width + 2) - 2 <= Width;
        foreach (string[] row in rows.Skip(fits ? 0 : 1))
        {
            if (fits)
                text.Append(Indent).Append(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()).Append('\n');
            else
                AppendTerm(text, row);
        }
    }

    private static void AppendTerm(StringBuilder text, string[] row)
    {
        Wrap(text, row[0], Indent, Indent);
        foreach (string cell in row.Skip(1).Where(cell => cell.Length > 0))
            Wrap(text, cell, Indent + Indent, Indent + Indent);
    }

    // A bar inside code is no border of a cell.
    private static string[] CellsOf(string row) =>
        [.. CellBorder().Split(row.Trim().Trim('|')).Select(cell => Markdown.Plain(cell.Trim()).Replace("\\|", "|", StringComparison.Ordinal))];

    private static void Wrap(StringBuilder text, string paragraph, string firstIndent, string indent)
    {
        int column = 0;
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (column > 0 && column + 1 + word.Length > Width)
            {
                text.Append('\n');
                column = 0;
                firstIndent = indent;
            }
            string before = column == 0 ? firstIndent : " ";
            text.Append(before).Append(word);
            column += before.Length + word.Length;
        }
        text.Append('\n');
    }

    [GeneratedRegex(@"\A<!-- (about_\w+) -->\r?$", RegexOptions.Multiline)]
    private static partial Regex Marker();

    [GeneratedRegex(@"^\|[\s:|-]+$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex CellBorder();
}
