using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>Delimiters of several characters.</summary>
public class CsvDelimiterTests
{
    [Theory]
    [InlineData("||", "a||b\n1|2||3\n\"x||y\"||\"z\"\"\"\n", "1|2¦3", "x||y¦z\"")]
    [InlineData("::", "a::b\n1::\n::2\n:::\n", "1¦", "¦2", "¦:")]
    [InlineData("|~|", "a|~|b\n1|~2|~|3\n|~|~|\n", "1|~2¦3", "¦~|")]
    [InlineData("||", "a||b\n1|||\"x\ny||\"2\n", "1¦|\"x", "UnclosedQuote@3: y||\"2")]
    [InlineData("||", "a||b\n1||\"x\ny||\"\n2||3\n", "1¦x\ny||", "2¦3")]
    [InlineData("; ", "a; b\n\"1\"; \"2\"\n3;; 4\n", "1¦2", "3;¦4")]
    [InlineData("😀", "a😀b\n1😀2\n", "1¦2")]
    [InlineData("||", "a||b\n\"1\"|\"2\"\n3||4\n", "MalformedRow@2: \"1\"|\"2\"", "3¦4")]
    public void Read_SeveralCharacters_SplitsAtTheFirstOfThem(string delimiter, string text, params string[] expected)
    {
        foreach (int piece in (int[])[1, 2, int.MaxValue])
            Assert.Equal(expected, CsvReading.Read(text, new CsvOptions { Delimiter = delimiter }, piece).Records.Select(Render));
    }

    private static string Render(Record record)
    {
        string values = string.Join('¦', Enumerable.Range(0, record.Schema.Count).Select(i => record[i]));
        return record.Error is null ? values : $"{record.Error.Code}@{record.Position.Line}: {values}";
    }

    [Fact]
    public void Read_SeveralCharacters_KnowsWhereRowsBegin()
    {
        CsvOutcome outcome = CsvReading.Read("é||b\r\n1||\"2\r\n3\"\r\n4||5", new CsvOptions { Delimiter = "||" });
        Assert.Equal([(2L, 7L), (4L, 18L)], outcome.Records.Select(record => (record.Position.Line, record.Position.ByteOffset)));
    }

    [Fact]
    public void Read_SeveralCharactersWithEscapes_EscapesOneOfThem()
    {
        var copy = new CsvOptions { Delimiter = "||", Quote = null, Escape = '\\' };
        CsvOutcome outcome = CsvReading.Read("a||b\n1\\|\\|2||3\n1\\|||\\N\n", copy);
        Assert.Equal([["1||2", "3"], ["1|", null]], outcome.Records.Select(record => new[] { record[0], record[1] }));
    }

    [Fact]
    public void Read_SeveralCharactersWithTrim_KeepsTheBlanksOfTheDelimiter()
    {
        var options = new CsvOptions { Delimiter = "\t|", Trim = true };
        Assert.Equal(["1|2", "|3"], CsvReading.Read("a\t|b\n 1 \t| \"2\" \n\t| 3\n", options).Lines);
    }

    [Theory]
    [InlineData("a||b||c\n1||2||3\n4||||\n", "||")]
    [InlineData("a||b||c\n\"x|y\"||2||3\n4||||\n", "||")]
    [InlineData("a::b::c\n1::2::3\n", "::")]
    [InlineData("a|~|b|~|c\n1|~|2|~|3\n", "|~|")]
    public void Read_Auto_FindsSeveralCharacters(string text, string delimiter)
    {
        CsvOutcome outcome = CsvReading.Read(text, new CsvOptions { Delimiter = null });
        Assert.Equal(["a", "b", "c"], outcome.Records[0].Schema.Names);
        Assert.Empty(outcome.Failed);
        EtlException fault = CsvReading.Read(text).Fault!;
        Assert.Equal(FailureCodes.WrongDelimiter, fault.Code);
        Assert.Contains($"-Delimiter '{delimiter}'", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a;;b\n1;2;3\n")]
    [InlineData("a;;\n1;;\n")]
    [InlineData("a;b\n;\n1;2\n")]
    [InlineData("a%;b%\n1;2\n")]
    public void Read_Auto_TakesEmptyFieldsForWhatTheyAre(string text) =>
        Assert.Equal(text.Split('\n')[0].Count(c => c == ';') + 1, CsvReading.Read(text, new CsvOptions { Delimiter = null }).Records[0].Schema.Count);

    [Theory]
    [InlineData("\",\"", "-Quote ''")]
    [InlineData("|#", "-Comment", '#', false)]
    [InlineData("#|", "-Comment", '#')]
    [InlineData("a\nb", "line end")]
    [InlineData("", "one character")]
    [InlineData("\uD800|", "surrogate")]
    public void Validate_DelimiterThatCannotWork_IsRefused(string delimiter, string says, char? comment = null, bool isRefused = true)
    {
        var options = new CsvOptions { Delimiter = delimiter, Comment = comment };
        if (!isRefused)
        {
            Assert.Same(options, options.Validate());
            return;
        }
        Assert.Contains(says, Assert.Throws<EtlException>(options.Validate).Message, StringComparison.Ordinal);
    }
}
