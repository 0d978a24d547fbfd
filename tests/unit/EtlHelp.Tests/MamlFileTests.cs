using System.Xml.Linq;
using Xunit;

namespace EtlTools.Help.Tests;

public sealed class MamlFileTests
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";

    private static readonly HelpPage Page = new()
    {
        Name = "Get-Thing",
        Synopsis = "Gets <things> & more.",
        Description = ["Text."],
        Parameters =
        [
            new HelpParameter { Name = "Force", Text = ["Force."], Type = "switch" },
            new HelpParameter { Name = "Path", Text = ["Path."], Type = "string[]", Sets = ["Path"], Mandatory = true, Position = 0 },
            new HelpParameter { Name = "Id", Text = ["Id."], Type = "int", Sets = ["Id"], Mandatory = true, Accepts = "1 to 9" },
        ],
        Inputs = [],
        Outputs = [],
        Notes = [],
        Examples = [],
        Links = [],
    };

    [Fact]
    public void ToXml_ParameterSets_AreSyntaxItemsInOrder()
    {
        XElement[] items = [.. MamlFile.ToXml([Page]).Descendants(Command + "syntaxItem")];

        Assert.Equal(2, items.Length);
        Assert.Equal(["Path", "Force"], items[0].Elements(Command + "parameter").Select(NameOf));
        Assert.Equal(["Id", "Force"], items[1].Elements(Command + "parameter").Select(NameOf));
    }

    [Fact]
    public void ToXml_Switch_HasNoValueInSyntax()
    {
        XDocument xml = MamlFile.ToXml([Page]);

        XElement[] switches = [.. xml.Descendants(Command + "parameter").Where(parameter => NameOf(parameter) == "Force")];
        Assert.Equal([0, 0, 1], switches.Select(parameter => parameter.Elements(Command + "parameterValue").Count()));
    }

    [Fact]
    public void ToXml_AcceptedValues_EndTheDescription()
    {
        XElement id = MamlFile.ToXml([Page]).Descendants(Command + "parameter").Last();

        Assert.Equal(["Id.", "Accepts 1 to 9."], id.Element(Maml + "description")!.Elements().Select(text => text.Value));
    }

    private static string NameOf(XElement parameter) => parameter.Element(Maml + "name")!.Value;
}
