using Xunit;

namespace EtlTools.Help.Tests;

public sealed class PageReaderTests
{
    private const string Page = """
        # Get-Thing

        Gets `things` from
        [a place](place.md).

        ## Syntax

        ```text
        Get-Thing [-Path] <string[]>
          [-Encoding <Encoding>] [-Force] [<CommonParameters>]
        ```

        ## Description

        First.

        - one
        - two

        Last.

        ## Parameters

        ### -Path

        The files.

        - Type: `string[]`
        - Mandatory: yes
        - Position: 0
        - Pipeline: by value
        - Wildcards: yes
        - Aliases: FullName, LP

        ### -Encoding

        The encoding.

        - Type: `System.Text.Encoding`
        - Default: `utf8`

        ### -Force

        Whether or not.

        - Type: `switch`

        ## Inputs

        ### System.String

        Paths.

        ## Outputs

        ### System.Object

        Things.

        ## Notes

        None.

        ## Examples

        ### All of them

        ```powershell
        Get-Thing ./a | Out-Null
        ```

        Nothing is shown:

        ```text
        a  b
        ```

        ## Related links

        - [Set-Thing](Set-Thing.md)
        """;

    [Fact]
    public void Read_Page_GivesTextsWithoutMarkup()
    {
        HelpPage page = PageReader.Read("Get-Thing.md", Page);

        Assert.Equal("Gets things from a place.", page.Synopsis);
        Assert.Equal(["First.", "- one\n- two", "Last."], page.Description);
        Assert.Equal(["Set-Thing"], page.Links);
    }

    [Fact]
    public void Read_Parameters_GivesTheirFacts()
    {
        HelpPage page = PageReader.Read("Get-Thing.md", Page);

        HelpParameter path = page.Parameters[0];
        Assert.Equal(("Path", "string[]", true, 0, "True (ByValue)", true), (path.Name, path.Type, path.Mandatory, path.Position, path.Pipeline, path.Wildcards));
        Assert.Equal(["FullName", "LP"], path.Aliases);
        HelpParameter encoding = page.Parameters[1];
        Assert.Equal(("Encoding", false, null, "False", "utf8"), (encoding.ShortType, encoding.Mandatory, encoding.Position, encoding.Pipeline, encoding.Default));
    }

    [Fact]
    public void Read_Example_SplitsCodeFromRemarks()
    {
        HelpExample example = Assert.Single(PageReader.Read("Get-Thing.md", Page).Examples);

        Assert.Equal("Get-Thing ./a | Out-Null", example.Code);
        Assert.Equal(["Nothing is shown:", "a  b"], example.Remarks);
    }

    [Theory]
    [InlineData("# Get-Thing", "# Get-Other", "Get-Thing.md:1: The heading 'Get-Other' is not the file's name.")]
    [InlineData("## Notes\n\nNone.\n\n", "", "Get-Thing.md:60: The section 'Notes' is expected here, not 'Examples'.")]
    [InlineData("None.", "", "Get-Thing.md:60: The section 'Notes' is empty.")]
    [InlineData("The encoding.\n", "", "Get-Thing.md:35: -Encoding has no text.")]
    [InlineData("- Type: `switch`\n", "", "Get-Thing.md:42: -Force has no fact 'Type'.")]
    [InlineData("- Mandatory: yes", "- Mandatory: true", "Get-Thing.md:24: -Path: 'true' is no value of the fact 'Mandatory'.")]
    [InlineData("- Mandatory: yes", "- Must: yes", "Get-Thing.md:29: After its text a parameter has facts, each '- name: value'.*")]
    [InlineData("- Mandatory: yes", "- Type: int", "Get-Thing.md:29: The fact 'Type' is given twice.")]
    [InlineData("[-Force] ", "", "Get-Thing.md:8: The syntax is not that of the parameters, which is:*")]
    [InlineData("Last.", "| a | b |", "Get-Thing.md:20: A page holds headings, paragraphs, lists with '- ' and fenced code, and nothing else.")]
    [InlineData("Last.", "Last **one**.", "Get-Thing.md:20: Bold text cannot be shown at a prompt.")]
    [InlineData("Nothing is shown:\n\n```text\na  b\n```\n", "", "Get-Thing.md:66: An example is a block of powershell and, after it, what there is to say.")]
    [InlineData("a  b\n```", "a  b", "Get-Thing.md:74: The code block is not closed.")]
    [InlineData("(Set-Thing.md)", "(https://example.org)", "Get-Thing.md:80: A related link leads to another cmdlet's page, or to a document above this folder.")]
    public void Read_BrokenStructure_SaysWhatAndWhere(string before, string after, string expected)
    {
        string page = Page.ReplaceLineEndings("\n");
        Assert.Contains(before, page, StringComparison.Ordinal);

        var broken = Assert.Throws<PageException>(() => PageReader.Read("Get-Thing.md", page.Replace(before, after, StringComparison.Ordinal)));

        if (expected.EndsWith('*'))
            Assert.StartsWith(expected[..^1], broken.Message, StringComparison.Ordinal);
        else
            Assert.Equal(expected, broken.Message);
    }
}
