namespace EtlTools.Help;

/// <summary>
/// Reads a page: a heading with the cmdlet's name, the synopsis as one paragraph, and the sections Syntax, Description,
/// Parameters, Inputs, Outputs, Notes, Examples and Related links, in this order.
/// </summary>
internal sealed class PageReader
{
    private static readonly string[] Sections =
        ["Syntax", "Description", "Parameters", "Inputs", "Outputs", "Notes", "Examples", "Related links"];

    private readonly string _file;
    private readonly List<Block> _blocks;
    private int _next;

    private PageReader(string file, string page)
    {
        _file = file;
        _blocks = Markdown.Read(file, page);
        foreach (Block block in _blocks)
            CheckPlain(block);
    }

    /// <summary>Reads a page.</summary>
    /// <param name="file">The file's name, which is the cmdlet's with .md.</param>
    /// <param name="page">The text.</param>
    /// <exception cref="PageException">What breaks the structure, and where.</exception>
    public static HelpPage Read(string file, string page) => new PageReader(file, page).Read();

    private HelpPage Read()
    {
        Block title = Take(BlockKind.Heading, 1, "the cmdlet's name as a heading of level 1");
        if (title.Text != Path.GetFileNameWithoutExtension(_file))
            throw Fault(title, $"The heading '{title.Text}' is not the file's name.");
        string synopsis = Markdown.Plain(Take(BlockKind.Paragraph, 0, "the synopsis").Text);
        List<Block>[] sections = [.. Sections.Select(TakeSection)];
        if (_next < _blocks.Count)
            throw Fault(_blocks[_next], $"Nothing may follow the section '{Sections[^1]}'.");
        var page = new HelpPage
        {
            Name = title.Text,
            Synopsis = synopsis,
            Description = Texts(sections[1]),
            Parameters = [.. Parts(sections[2], "a parameter").Select(part => ParameterReader.Read(_file, part.Title, part.Body))],
            Inputs = [.. Parts(sections[3], "a type").Select(Type)],
            Outputs = [.. Parts(sections[4], "a type").Select(Type)],
            Notes = Texts(sections[5]),
            Examples = [.. Parts(sections[6], "an example").Select(Example)],
            Links = [.. sections[7].Select(Link)],
        };
        CheckSyntax(page, sections[0]);
        return page;
    }

    private List<Block> TakeSection(string name)
    {
        Block heading = Take(BlockKind.Heading, 2, $"the section '{name}'");
        if (heading.Text != name)
            throw Fault(heading, $"The section '{name}' is expected here, not '{heading.Text}'.");
        int first = _next;
        while (_next < _blocks.Count && _blocks[_next] is not { Kind: BlockKind.Heading, Level: <= 2 })
            _next++;
        return _next > first ? _blocks[first.._next] : throw Fault(heading, $"The section '{name}' is empty.");
    }

    private Block Take(BlockKind kind, int level, string what)
    {
        if (_next == _blocks.Count)
            throw new PageException(_file, 0, $"The page ends where {what} is expected.");
        Block block = _blocks[_next++];
        return block.Kind == kind && block.Level == level ? block : throw Fault(block, $"Expected {what} here.");
    }

    /// <summary>A section's parts, each under a heading of level 3.</summary>
    private List<(Block Title, List<Block> Body)> Parts(List<Block> section, string what)
    {
        var parts = new List<(Block Title, List<Block> Body)>();
        foreach (Block block in section)
        {
            if (block is { Kind: BlockKind.Heading, Level: 3 })
                parts.Add((block, []));
            else if (block.Kind == BlockKind.Heading || parts.Count == 0)
                throw Fault(block, $"Expected {what} as a heading of level 3 here.");
            else
                parts[^1].Body.Add(block);
        }
        foreach ((Block title, _) in parts.Where(part => part.Body.Count == 0))
            throw Fault(title, $"'{title.Text}' has no text.");
        return parts;
    }

    /// <summary>Paragraphs, and lists as one paragraph each with a line an item.</summary>
    private List<string> Texts(IEnumerable<Block> blocks)
    {
        var texts = new List<string>();
        bool inList = false;
        foreach (Block block in blocks)
        {
            if (block.Kind is not (BlockKind.Paragraph or BlockKind.Item))
                throw Fault(block, "Expected a paragraph or a list here.");
            bool isItem = block.Kind == BlockKind.Item;
            string text = Markdown.Plain(block.Text);
            if (inList && isItem)
                texts[^1] += $"\n- {text}";
            else
                texts.Add(isItem ? $"- {text}" : text);
            inList = isItem;
        }
        return texts;
    }

    private HelpType Type((Block Title, List<Block> Body) part) => new(Markdown.Plain(part.Title.Text), Texts(part.Body));

    private HelpExample Example((Block Title, List<Block> Body) part)
    {
        if (part.Body is not [{ Kind: BlockKind.Code, Language: "powershell" } code, _, ..])
            throw Fault(part.Title, "An example is a block of powershell and, after it, what there is to say.");
        // What the command prints may be a part of that.
        IEnumerable<string> remarks = part.Body.Skip(1).SelectMany(block =>
            block is { Kind: BlockKind.Code, Language: "text" } ? [block.Text] : Texts([block]));
        return new HelpExample(Markdown.Plain(part.Title.Text), code.Text, [.. remarks]);
    }

    private string Link(Block block)
    {
        if (block.Kind != BlockKind.Item || Markdown.WholeLink(block.Text) is not (string text, string target))
            throw Fault(block, "A related link is a list item with a link and nothing else.");
        return target == $"{text}.md" || target.StartsWith("../", StringComparison.Ordinal)
            ? text
            : throw Fault(block, "A related link leads to another cmdlet's page, or to a document above this folder.");
    }

    private void CheckSyntax(HelpPage page, List<Block> section)
    {
        if (section is not [{ Kind: BlockKind.Code, Language: "text" } code])
            throw Fault(section[0], "The syntax is one block of text.");
        string[] stated = [.. code.Text.Split("\n\n").Select(OneLine)];
        string[] actual = [.. Syntax.SetsOf(page).Select(set => Syntax.Text(page, set))];
        if (!stated.SequenceEqual(actual))
            throw Fault(code, $"The syntax is not that of the parameters, which is:\n{string.Join("\n\n", actual)}");
    }

    private static string OneLine(string text) => string.Join(' ', text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>MAML knows neither tables nor bold text.</summary>
    private void CheckPlain(Block block)
    {
        if (block.Kind == BlockKind.Table || (block.Kind == BlockKind.Item && block.Level > 0))
            throw Fault(block, "A page holds headings, paragraphs, lists with '- ' and fenced code, and nothing else.");
        if (block.Kind != BlockKind.Code && block.Text.Split('`').Where((_, part) => part % 2 == 0).Any(text => text.Contains("**", StringComparison.Ordinal)))
            throw Fault(block, "Bold text cannot be shown at a prompt.");
    }

    private PageException Fault(Block block, string message) => new(_file, block.Line, message);
}
