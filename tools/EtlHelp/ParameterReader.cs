using System.Globalization;

namespace EtlTools.Help;

/// <summary>Reads a parameter: its name as a heading, paragraphs, and a list of facts.</summary>
internal static class ParameterReader
{
    private const string Yes = "yes";

    private static readonly string[] Facts =
        ["Type", "Parameter set", "Mandatory", "Position", "Pipeline", "Wildcards", "Aliases", "Accepts", "Default"];

    public static HelpParameter Read(string file, Block title, IReadOnlyList<Block> body)
    {
        if (!title.Text.StartsWith('-'))
            throw new PageException(file, title.Line, $"The parameter '{title.Text}' is written with its dash.");
        Dictionary<string, string> facts = ReadFacts(file, body);
        string[] text = [.. body.Where(block => block.Kind == BlockKind.Paragraph).Select(block => Markdown.Plain(block.Text))];
        if (text.Length == 0)
            throw new PageException(file, title.Line, $"{title.Text} has no text.");
        string? Fact(string name) => facts.GetValueOrDefault(name);
        PageException Unfit(string name) => new(file, title.Line, $"{title.Text}: '{Fact(name)}' is no value of the fact '{name}'.");
        bool Flag(string name) => Fact(name) switch { null => false, Yes => true, _ => throw Unfit(name) };
        return new HelpParameter
        {
            Name = title.Text[1..],
            Text = text,
            Type = Fact("Type") ?? throw new PageException(file, title.Line, $"{title.Text} has no fact 'Type'."),
            Sets = Fact("Parameter set")?.Split(", ") ?? [],
            Mandatory = Flag("Mandatory"),
            Position = Fact("Position") is not { } position ? null
                : int.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : throw Unfit("Position"),
            Pipeline = Fact("Pipeline") switch
            {
                null => "False",
                "by value" => "True (ByValue)",
                "by property name" => "True (ByPropertyName)",
                _ => throw Unfit("Pipeline"),
            },
            Wildcards = Flag("Wildcards"),
            Aliases = Fact("Aliases")?.Split(", ") ?? [],
            Accepts = Fact("Accepts"),
            Default = Fact("Default"),
        };
    }

    private static Dictionary<string, string> ReadFacts(string file, IReadOnlyList<Block> body)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Block block in body.SkipWhile(block => block.Kind == BlockKind.Paragraph))
        {
            string[] fact = Markdown.Plain(block.Text).Split(": ", 2);
            if (block.Kind != BlockKind.Item || fact.Length != 2 || !Facts.Contains(fact[0]))
                throw new PageException(file, block.Line, $"After its text a parameter has facts, each '- name: value'. The names are {string.Join(", ", Facts)}.");
            if (!facts.TryAdd(fact[0], fact[1]))
                throw new PageException(file, block.Line, $"The fact '{fact[0]}' is given twice.");
        }
        return facts;
    }
}
