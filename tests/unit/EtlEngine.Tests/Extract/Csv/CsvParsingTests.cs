using System.Text;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvParsingTests
{
    private static readonly CsvOptions NoHeader = new() { NoHeader = true };

    [Theory]
    [InlineData("a,b\n1,2\n", "1|2")]
    [InlineData("a,b\n1,2", "1|2")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n", "1|2", "3|4")]
    [InlineData("a,b\r1,2\r3,4\r", "1|2", "3|4")]
    [InlineData("a,b\n1,2\r\n5,6\n\n7,8", "1|2", "5|6", "7|8")]
    [InlineData("a,b\r\r\n1,2\r\r\n3,4", "1|2", "3|4")]
    [InlineData("\n\r\n\ra,b\n\n\n1,2\n\n", "1|2")]
    [InlineData("a,b\n\"1\",\"2\"\n", "1|2")]
    [InlineData("a,b\n\"x,y\",\"p\nq\"\n1,2\n", "x,y|p\nq", "1|2")]
    [InlineData("a,b\n\"p\rq\",\"p\r\nq\"\n1,2\r\n3,4\r\n", "p\rq|p\r\nq", "1|2", "3|4")]
    [InlineData("a,b\n\"say \"\"hi\"\"\",\"\"\"\"\n", "say \"hi\"|\"")]
    [InlineData("a,b\n,\n\"\",\"\"\n", "|", "|")]
    [InlineData("a,b\n5\" nail,6\" \"nail\"\n", "5\" nail|6\" \"nail\"")]
    [InlineData("a,b\n \"x\",y\" \n", " \"x\"|y\" ")]
    [InlineData("a,b\n#1,2\n", "#1|2")]
    [InlineData("a,b\n  1 ,\t2\n", "  1 |\t2")]
    [InlineData("a,b\nZoë,日本語😀\n", "Zoë|日本語😀")]
    [InlineData("a\n\"\"\n\n\"x\"\n", "", "x")]
    [InlineData("a,b\n\0,\u0001\uFFFF\n", "\0|\u0001\uFFFF")]
    public void Read_WellFormed_GivesTheFields(string text, params string[] expected)
    {
        foreach (int pieceSize in new[] { int.MaxValue, 1, 2, 3, 7 })
            Assert.Equal(expected, CsvReading.Read(text, pieceSize: pieceSize).Lines);
    }

    [Theory]
    [InlineData("a,b\n1\n3,4\n", "TooFewFields@2: 1", "3|4")]
    [InlineData("a,b\n1,2,3\n3,4\n", "TooManyFields@2: 1|2|3", "3|4")]
    [InlineData("a,b\n\"x\"y,2\n3,4\n", "MalformedRow@2: \"x\"y,2", "3|4")]
    [InlineData("a,b\n\"x\" ,2\n3,4\n", "MalformedRow@2: \"x\" ,2", "3|4")]
    [InlineData("a,b\n1,\"x\"y\"z\"\n3,4\n", "MalformedRow@2: 1,\"x\"y\"z\"", "3|4")]
    [InlineData("a,b\n1,\"x\n3,4\n5,6\n", "UnclosedQuote@2: 1,\"x", "3|4", "5|6")]
    [InlineData("a,b\n1,2\n3,\"x", "1|2", "UnclosedQuote@3: 3,\"x")]
    [InlineData("a,b\r\n1,\"x\r\n3,4\r\n", "UnclosedQuote@2: 1,\"x", "3|4")]
    [InlineData("a,b\n1,\"x\n3,\"abc\"\n5,6\n", "UnclosedQuote@2: 1,\"x", "3|abc", "5|6")]
    [InlineData("a,b\n1,\"x\n\n3,\"\"\"abc\"\n5,6\n", "UnclosedQuote@2: 1,\"x", "3|\"abc", "5|6")]
    [InlineData("a,b\n\"x\"y,\"\n3,4\n", "MalformedRow@2: \"x\"y,\"", "3|4")]
    [InlineData("a,b\n\"p\nq\",\"x\n3,4\n", "UnclosedQuote@2: \"p\nq\",\"x", "3|4")]
    [InlineData("a,b\n\"p\nq\",\"x\"y\n3,4\n", "MalformedRow@2: \"p\nq\",\"x\"y", "3|4")]
    public void Read_BadRow_FailsItAndReadsOn(string text, params string[] expected)
    {
        foreach (int pieceSize in new[] { int.MaxValue, 1, 2, 3, 7 })
            Assert.Equal(expected, CsvReading.Read(text, pieceSize: pieceSize).Lines);
    }

    [Theory]
    [InlineData("a,b\n12345,7\n1,2\n", "RecordTooLarge@2: 12345,", "1|2")]
    [InlineData("a,b\n1234567890\r\n1,2\n", "RecordTooLarge@2: 123456", "1|2")]
    [InlineData("a,b\n\"12\n34\",5678\n1,2\n", "RecordTooLarge@2: \"12\n34", "1|2")]
    [InlineData("a,b\n1,\"23456\n3,4\n5,6\n", "UnclosedQuote@2: 1,\"234", "3|4", "5|6")]
    [InlineData("a,b\n1,\"2\n3,4\n5,6\n", "UnclosedQuote@2: 1,\"2", "3|4", "5|6")]
    [InlineData("a,b\n1,2345\n1,\"23\"\n", "1|2345", "1|23")]
    public void Read_LongerThanTheLimit_FailsItAndReadsOn(string text, params string[] expected)
    {
        // The raw text is cut at the limit.
        var options = new CsvOptions { MaxRecordBytes = 6 };
        foreach (int pieceSize in new[] { int.MaxValue, 1, 2, 3, 7 })
        {
            IEnumerable<string> lines = CsvReading.Read(text, options, pieceSize).Lines;
            Assert.Equal(expected.Select(Cut), lines.Select(Cut));
        }

        static string Cut(string line) => line.StartsWith("RecordTooLarge", StringComparison.Ordinal) || line.StartsWith("Unclosed", StringComparison.Ordinal)
            ? line[..Math.Min(line.Length, line.IndexOf(": ", StringComparison.Ordinal) + 5)]
            : line;
    }

    [Theory]
    [InlineData("x\",\"\n", 1)]
    [InlineData("1,\"x\n", 100_000)]
    [InlineData("1,\"x\n2,3\n", 100_000)]
    [InlineData("1,\"\"\"\n", 0)]
    [InlineData("\"\n", 0)]
    public void Read_UnclosedQuotesOnEveryLine_TakesLinearTime(string lines, int unclosed)
    {
        byte[] bytes = Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Repeat(lines, 100_000)));
        CsvOutcome outcome = CsvReading.Read(bytes, new CsvOptions { MaxRecordBytes = CsvOptions.LargestMaxFieldBytes });
        Assert.Equal(unclosed, outcome.Failed.Count(record => record.Error!.Code == ErrorCodes.UnclosedQuote));
    }

    [Fact]
    public void Read_InvalidUtf8_FailsThatRecordOnly()
    {
        byte[] bytes = [.. "a,b\n1,"u8, 0xC3, .. "\n3,4\n"u8, 0xFF, .. ",x\n5,é\n"u8];
        CsvOutcome outcome = CsvReading.Read(bytes);
        Assert.Equal(["InvalidBytes@2: 1,\uFFFD", "3|4", "InvalidBytes@4: \uFFFD,x", "5|é"], outcome.Lines);
    }

    [Fact]
    public void Read_NoHeader_NumbersTheColumnsOfTheFirstReadableRow()
    {
        CsvOutcome outcome = CsvReading.Read("\"x\"y\n1,2,3\n4,5,6\n7,8\n", NoHeader);
        Assert.Equal(["MalformedRow@1: \"x\"y", "1|2|3", "4|5|6", "TooFewFields@4: 7|8"], outcome.Lines);
        Assert.Equal(["col_0", "col_1", "col_2"], outcome.Good.First().Schema.Names);
    }

    [Fact]
    public void Read_GivenHeader_TakesTheFirstRowAsData()
    {
        CsvOutcome outcome = CsvReading.Read("1,2\n3,4,5\n", new CsvOptions { Header = ["x", "y"] });
        Assert.Equal(["1|2", "TooManyFields@2: 3|4|5"], outcome.Lines);
        Assert.Equal(["x", "y", "col_2"], outcome.Records[1].Schema.Names);
    }

    [Fact]
    public void Read_BlankHeaderNames_BecomeNumbered()
    {
        CsvOutcome outcome = CsvReading.Read("a,,col_1,  \n1,2,3,4\n1,2,3,4,5,6\n");
        Assert.Equal(["a", "col_1_", "col_1", "col_3"], outcome.Records[0].Schema.Names);
        Assert.Equal(["a", "col_1_", "col_1", "col_3", "col_4", "col_5"], outcome.Records[1].Schema.Names);
    }

    [Fact]
    public void Read_ExtraFields_DoNotTakeACollumnsName()
    {
        CsvOutcome outcome = CsvReading.Read("a,COL_2\n1,2,3\n");
        Assert.Equal(["a", "COL_2", "col_2_"], outcome.Records[0].Schema.Names);
    }

    [Theory]
    [InlineData('\t')]
    [InlineData(';')]
    [InlineData('|')]
    [InlineData(' ')]
    [InlineData('\0')]
    [InlineData('\u001F')]
    [InlineData('x')]
    [InlineData('7')]
    [InlineData('§')]
    [InlineData('→')]
    public void Read_AnyDelimiter_SplitsAtIt(char delimiter)
    {
        string text = $"a{delimiter}b\n1{delimiter}\u001Fé\n\"2{delimiter}\u001Fz\"{delimiter}\"3\"\"\"\n";
        foreach (int pieceSize in new[] { int.MaxValue, 1, 2 })
        {
            CsvOutcome outcome = CsvReading.Read(text, new CsvOptions { Delimiter = $"{delimiter}" }, pieceSize);
            if (delimiter == '\u001F')
                Assert.Equal(["TooManyFields@2: 1||é", "2\u001F\u001Fz|3\""], outcome.Lines);
            else
                Assert.Equal(["1|\u001Fé", $"2{delimiter}\u001Fz|3\""], outcome.Lines);
        }
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    public void Read_ByteOrderMark_TellsTheEncoding(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("ä,b\n1,日本😀\n\"x\ny\",2\n")];
        foreach (int pieceSize in new[] { int.MaxValue, 1, 3 })
        {
            CsvOutcome outcome = CsvReading.Read(bytes, null, () => pieceSize);
            Assert.Equal(["1|日本😀", "x\ny|2"], outcome.Lines);
            Assert.Equal(["ä", "b"], outcome.Records[0].Schema.Names);
        }
    }

    [Fact]
    public void Read_GivenEncoding_IsUsed()
    {
        CsvOutcome outcome = CsvReading.Read(Encoding.Latin1.GetBytes("ä,b\nö,ÿ\n"), new CsvOptions { Encoding = Encoding.Latin1 });
        Assert.Equal(["ö|ÿ"], outcome.Lines);
        CsvOutcome utf16 = CsvReading.Read(Encoding.Unicode.GetBytes("a,b\nö,ÿ\n"), new CsvOptions { Encoding = Encoding.Unicode });
        Assert.Equal(["ö|ÿ"], utf16.Lines);
    }

    [Fact]
    public void Read_BytesThatAreNoTextInTheGivenEncoding_FailsThatRecordOnly()
    {
        byte[] utf16 = [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a,b\n1,"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("\n3,4\n")];
        Assert.Equal([ErrorCodes.InvalidBytes, null], CsvReading.Read(utf16).Records.Select(record => record.Error?.Code));
        byte[] ascii = [.. "a,b\n1,"u8, 0xE4, .. "\n3,4\n"u8];
        CsvOutcome outcome = CsvReading.Read(ascii, new CsvOptions { Encoding = Encoding.ASCII });
        Assert.Equal([ErrorCodes.InvalidBytes, null], outcome.Records.Select(record => record.Error?.Code));
    }

    [Fact]
    public void Read_AbsurdlyManyFields_FailsTheRowQuickly()
    {
        string text = "a,b\n" + new string(',', 8_000_000) + "\n\"" + new string(',', 1_000_000) + "\",2\n1,2\n";
        CsvOutcome outcome = CsvReading.Read(text);
        Assert.Equal([ErrorCodes.TooManyFields, null, null], outcome.Records.Select(record => record.Error?.Code));
    }

    [Fact]
    public void Read_WideRowsAndLongFields_AreWhole()
    {
        string wide = string.Join(',', Enumerable.Range(0, 5000).Select(i => $"c{i}"));
        string longField = string.Concat(Enumerable.Repeat("0123456789\"\"\n", 50_000));
        string text = $"{wide}\n{wide}\n{wide}\n" + $"\"{longField}\"{new string(',', 4999)}\n{wide}\n";
        CsvOutcome outcome = CsvReading.Read(text);
        Assert.Equal(4, outcome.Good.Count());
        Assert.Equal(longField.Replace("\"\"", "\"", StringComparison.Ordinal), outcome.Records[2][0]);
        Assert.Equal("c4999", outcome.Records[3][4999]);
    }
}
