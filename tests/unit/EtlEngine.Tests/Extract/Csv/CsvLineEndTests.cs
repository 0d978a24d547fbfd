using EtlTools.Engine.Extract.Csv;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvLineEndTests
{
    [Theory]
    [InlineData("n,t\r\n1,a\nb\r\n2,c\r\n", "LineEndMismatch@2: 1,a", "LineEndMismatch@3: b", "2|c")]
    [InlineData("n,t\r\n1,a\rb\r\n2,c\r\n", "LineEndMismatch@2: 1,a", "LineEndMismatch@3: b", "2|c")]
    [InlineData("n,t\n1,a\rb\n2,c\n", "LineEndMismatch@2: 1,a", "LineEndMismatch@3: b", "2|c")]
    [InlineData("n,t\r1,a\nb\r2,c\r", "LineEndMismatch@2: 1,a", "LineEndMismatch@3: b", "2|c")]
    [InlineData("n,t\n1,a\r\n2,c\n", "1|a", "2|c")]
    [InlineData("n,t\r\n1,a\r\n2,c\r", "1|a", "2|c")]
    [InlineData("n,t\r\n1,a\r2,c\r", "LineEndMismatch@2: 1,a", "LineEndMismatch@3: 2,c")]
    [InlineData("n,t\r\n1,\"a\nb\"\r\n2,c", "1|a\nb", "2|c")]
    [InlineData("n,t\r\n1,a\n", "LineEndMismatch@2: 1,a")]
    public void Read_AutoLineEnd_FailsRowsThatMayBeHalves(string text, params string[] expected)
    {
        foreach (int piece in (int[])[1, 3, int.MaxValue])
            Assert.Equal(expected, CsvReading.Read(text, pieceSize: piece).Lines);
    }

    [Theory]
    [InlineData("n,t\r\n1,a\nb\r\n2,c\rd\r\n", "CrLf", "1|a\nb", "2|c\rd")]
    [InlineData("n,t\n1,a\rb\r\n2,c", "Lf", "1|a\rb", "2|c")]
    [InlineData("n,t\r1,a\nb\r2,c\r", "Cr", "1|a\nb", "2|c")]
    public void Read_NamedLineEnd_TakesOthersForText(string text, string newLine, params string[] expected)
    {
        foreach (int piece in (int[])[1, 3, int.MaxValue])
            Assert.Equal(expected, CsvReading.Read(text, new CsvOptions { NewLine = Enum.Parse<CsvNewLine>(newLine) }, piece).Lines);
    }

    [Theory]
    [InlineData("a\tb\n1\\n2\\t3\t\\N\n\\\\\tx\\\ty\nz\\\nz\t\\\\N\n", "1\n2\t3|<null>", "\\|x\ty", "z\nz|\\N")]
    [InlineData("a\tb\r\n1\\\r\n2\t3\\r\r\n", "1\r\n2|3\r")]
    public void Read_EscapesWithoutQuotes_AreThoseOfCopy(string text, params string[] expected)
    {
        var copy = new CsvOptions { Delimiter = "\t", Quote = null, Escape = '\\' };
        foreach (int piece in (int[])[1, 3, int.MaxValue])
            Assert.Equal(expected, CsvReading.Read(text, copy, piece).Lines);
    }

    [Fact]
    public void Read_DropEmpty_LeavesOutTrailingDelimiters()
    {
        var drop = new CsvOptions { MismatchedFields = MismatchedFields.DropEmpty };
        Assert.Equal(["1|2", "TooManyFields@3: 3|4|5"], CsvReading.Read("x,y\n1,2,,\n3,4,5\n", drop).Lines);
        Assert.Equal(["1|2", "3|4"], CsvReading.Read("x,y,\n1,2\n3,4,\n", drop).Lines);
        Assert.Contains("DropEmpty", CsvReading.Read("x,y\n1,2,\n").Records[0].Error!.Message, StringComparison.Ordinal);
        Assert.Contains("DropEmpty", CsvReading.Read("x,y,\n1,2\n").Records[0].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LineOfBlanks_IsBlankUnderTrim()
    {
        Assert.Equal(["1|2", "3|4"], CsvReading.Read("x,y\n1,2\n    \n3,4\n  ", new CsvOptions { Trim = true }).Lines);
        Assert.Contains("-Trim", CsvReading.Read("x,y\n    \n").Records[0].Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AllowEmptyFile_GivesNothing()
    {
        Assert.Equal(FailureCodes.EmptyFile, CsvReading.Read("").Fault!.Code);
        foreach (string text in (string[])["", "\n", ",,\n"])
        {
            CsvOutcome outcome = CsvReading.Read(text, new CsvOptions { AllowEmptyFile = true, InferTypes = true });
            Assert.Null(outcome.Fault);
            Assert.Empty(outcome.Records);
        }
    }
}
