using Xunit;

namespace EtlTools.Help.Tests;

public sealed class AboutTopicTests
{
    [Theory]
    [InlineData("<!-- about_EtlTools -->\n# Concepts\n", "about_EtlTools")]
    [InlineData("# Concepts\n\n<!-- about_EtlTools -->\n", null)]
    public void NameOf_FirstLine_NamesTheTopic(string document, string? name) => Assert.Equal(name, AboutTopic.NameOf(document));

    [Fact]
    public void Render_EveryKindOfBlock_IsPlainText()
    {
        const string document = """
            <!-- about_Thing -->
            # Thing

            What a [thing](thing.md) is.

            ## Parts

            - **Bold** and `co*de`,
              on two lines
            - another

            1. first

            ### Table

            | name | text |
            |---|---|
            | `a\|b` | one |
            | long | two |

            ```powershell
            Get-Thing |
                Out-Null
            ```
            """;

        string text = AboutTopic.Render("about_Thing", "thing.md", document);

        Assert.Equal(
            """
            TOPIC
                about_Thing

            SHORT DESCRIPTION
                What a thing is.

            LONG DESCRIPTION
            PARTS

                - Bold and co*de, on two lines
                - another
                1. first

                Table

                name  text
                a|b   one
                long  two

                    Get-Thing |
                        Out-Null

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void Render_LongText_IsWrappedAtEightyColumns()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 60));

        string text = AboutTopic.Render("about_Thing", "thing.md", $"<!-- about_Thing -->\n# T\n\nShort.\n\n- {words}\n\n| a | b |\n|---|---|\n| key | {words} |\n");

        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.Equal(120, text.Split([' ', '\n']).Count(word => word == "word"));
    }

    [Theory]
    [InlineData("## Parts\n\nText.")]
    [InlineData("# Thing\n\n- item")]
    public void Render_NoShortDescription_Throws(string document) =>
        Assert.Throws<PageException>(() => AboutTopic.Render("about_Thing", "thing.md", $"<!-- about_Thing -->\n{document}"));

    [Fact]
    public void WithTopicNames_LinkToADocumentThatIsATopic_NamesTheTopic() =>
        Assert.Equal(
            "See about_Other, [values.md](values.md) and [the others](other.md).",
            AboutTopic.WithTopicNames("See [other.md](other.md), [values.md](values.md) and [the others](other.md).", [("other.md", "about_Other")]));
}
