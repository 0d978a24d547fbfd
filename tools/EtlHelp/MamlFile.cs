using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace EtlTools.Help;

/// <summary>Writes pages as MAML, the form in which Get-Help reads a compiled cmdlet's help.</summary>
internal static class MamlFile
{
    private static readonly XNamespace Msh = "http://msh";
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Writes the file, and the folder that it lies in.</summary>
    public static void Write(string path, IReadOnlyList<HelpPage> pages)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var settings = new XmlWriterSettings { Encoding = new UTF8Encoding(false), Indent = true, NewLineChars = "\n" };
        using var writer = XmlWriter.Create(path, settings);
        ToXml(pages).Save(writer);
    }

    /// <summary>The document.</summary>
    public static XDocument ToXml(IReadOnlyList<HelpPage> pages) => new(
        new XElement(Msh + "helpItems", new XAttribute("schema", "maml"), pages.Select(CommandOf)));

    private static XElement CommandOf(HelpPage page) => new(
        Command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", Maml),
        new XAttribute(XNamespace.Xmlns + "command", Command),
        new XAttribute(XNamespace.Xmlns + "dev", Dev),
        new XElement(
            Command + "details",
            new XElement(Command + "name", page.Name),
            new XElement(Command + "verb", page.Name.Split('-')[0]),
            new XElement(Command + "noun", page.Name.Split('-')[^1]),
            Description([page.Synopsis])),
        Description(page.Description),
        new XElement(Command + "syntax", Syntax.SetsOf(page).Select(set => SyntaxItem(page, set))),
        new XElement(Command + "parameters", page.Parameters.Select(parameter => ParameterOf(parameter, inSyntax: false))),
        new XElement(Command + "inputTypes", page.Inputs.Select(type => TypeOf("inputType", type))),
        new XElement(Command + "returnValues", page.Outputs.Select(type => TypeOf("returnValue", type))),
        new XElement(Maml + "alertSet", new XElement(Maml + "alert", Paragraphs(page.Notes))),
        new XElement(Command + "examples", page.Examples.Select(ExampleOf)),
        new XElement(
            Command + "relatedLinks",
            page.Links.Select(link => new XElement(Maml + "navigationLink", new XElement(Maml + "linkText", link), new XElement(Maml + "uri")))));

    private static XElement SyntaxItem(HelpPage page, string? set) => new(
        Command + "syntaxItem",
        new XElement(Maml + "name", page.Name),
        Syntax.ParametersOf(page, set).Select(parameter => ParameterOf(parameter, inSyntax: true)));

    private static XElement ParameterOf(HelpParameter parameter, bool inSyntax) => new(
        Command + "parameter",
        new XAttribute("required", parameter.Mandatory),
        new XAttribute("variableLength", parameter.Type.EndsWith("[]", StringComparison.Ordinal)),
        new XAttribute("globbing", parameter.Wildcards),
        new XAttribute("pipelineInput", parameter.Pipeline),
        new XAttribute("position", parameter.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "named"),
        new XAttribute("aliases", parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none"),
        new XElement(Maml + "name", parameter.Name),
        Description(parameter.Accepts is null ? parameter.Text : [.. parameter.Text, $"Accepts {parameter.Accepts}."]),
        // In the syntax a switch stands without a value.
        inSyntax && parameter.IsSwitch ? null : new XElement(
            Command + "parameterValue",
            new XAttribute("required", !parameter.IsSwitch),
            new XAttribute("variableLength", parameter.Type.EndsWith("[]", StringComparison.Ordinal)),
            parameter.IsSwitch ? "SwitchParameter" : parameter.ShortType),
        new XElement(Dev + "type", new XElement(Maml + "name", parameter.Type), new XElement(Maml + "uri")),
        new XElement(Dev + "defaultValue", parameter.Default ?? "None"));

    private static XElement TypeOf(string kind, HelpType type) => new(
        Command + kind,
        new XElement(Dev + "type", new XElement(Maml + "name", type.Name), new XElement(Maml + "uri")),
        Description(type.Text));

    private static XElement ExampleOf(HelpExample example, int index) => new(
        Command + "example",
        new XElement(Maml + "title", $"Example {index + 1}: {example.Title}"),
        new XElement(Dev + "code", example.Code),
        // Get-Help puts nothing between an example and the next one's title.
        new XElement(Dev + "remarks", Paragraphs([.. example.Remarks, ""])));

    private static XElement Description(IEnumerable<string> text) => new(Maml + "description", Paragraphs(text));

    private static IEnumerable<XElement> Paragraphs(IEnumerable<string> text) => text.Select(paragraph => new XElement(Maml + "para", paragraph));
}
