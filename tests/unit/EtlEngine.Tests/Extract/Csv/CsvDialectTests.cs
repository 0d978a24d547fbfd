using System.Text;
using EtlTools.Engine.Extract.Csv;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvDialectTests
{
    [Theory]
    [InlineData("a,b\n'x,y','it''s'\n", "x,y|it's")]
    [InlineData("a,b\n\"x\",5'\n", "\"x\"|5'")]
    public void Read_OtherQuote_IsUsed(string text, string expected) =>
        Check(new CsvOptions { Quote = '\'' }, text, expected);

    [Theory]
    [InlineData("a,b\n\"x,y\"\n", "\"x|y\"")]
    [InlineData("a,b\n\",\n", "\"|")]
    public void Read_NoQuote_TakesQuotesForText(string text, string expected) =>
        Check(new CsvOptions { Quote = null }, text, expected);

    [Theory]
    [InlineData("a,b\n\"say \\\"hi\\\"\",\"c:\\\\\"\n", "say \"hi\"|c:\\")]
    [InlineData("a,b\n\"x\\ny\",\\\n", "x\\ny|\\")]
    [InlineData("a,b\n\"1\\\",\n2\",\"\\\\\\\"\"\n", "1\",\n2|\\\"")]
    [InlineData("a,b\n\"x\"\"y\",1\n3,4\n", "MalformedRow@2: \"x\"\"y\",1", "3|4")]
    public void Read_Escape_MakesQuotesText(string text, params string[] expected) =>
        Check(new CsvOptions { Escape = '\\' }, text, expected);

    [Theory]
    [InlineData("# \"made by\na,b\n#x\n1,2\n3,#4\n\"#5\",6\n# end", "1|2", "3|#4", "#5|6")]
    [InlineData("a,b\r\n#\r\n1,2\r\n", "1|2")]
    [InlineData("a,b\n\"x\n# not one\",2\n", "x\n# not one|2")]
    public void Read_Comment_IsPassedOver(string text, params string[] expected) =>
        Check(new CsvOptions { Comment = '#' }, text, expected);

    [Fact]
    public void Read_CommentBeyondAscii_IsPassedOver() =>
        Check(new CsvOptions { Comment = '§' }, "§x\na,b\n§\nÂ,2\n", "Â|2");

    [Theory]
    [InlineData("Report \"x\n\na,b\n1,2\n", 2)]
    [InlineData("Report \"x\r\n\r\na,b\r\n1,2\r\n", 2)]
    [InlineData("\uFEFFReport\ra,b\n1,2\n", 1)]
    [InlineData("a,b\n1,2\n", 0)]
    public void Read_SkipRows_PassesOverLinesBeforeTheHeader(string text, int lines)
    {
        Check(new CsvOptions { SkipRows = lines }, text, "1|2");
        Assert.Equal(lines + 2, CsvReading.Read(text, new CsvOptions { SkipRows = lines }).Records[0].Position.Line);
    }

    [Fact]
    public void Read_SkipRowsBeyondTheEnd_SaysSo()
    {
        EtlException fault = CsvReading.Read("a\n1\n", new CsvOptions { SkipRows = 5 }).Fault!;
        Assert.Equal(FailureCodes.EmptyFile, fault.Code);
        Assert.Contains("-SkipRows 5", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a, b\n 1 ,\t2 \n", "1|2")]
    [InlineData("a,b\n \"x, y\" , \" z \"\n", "x, y| z ")]
    [InlineData("a,b\n \"x\ny\" ,2\n3,4", "x\ny|2", "3|4")]
    [InlineData("a,b\n  ,\"\" \n", "|")]
    [InlineData("a,b\n \"x\" y,2\n3,4\n", "MalformedRow@2:  \"x\" y,2", "3|4")]
    public void Read_Trim_DropsBlanksAroundFields(string text, params string[] expected) =>
        Check(new CsvOptions { Trim = true }, text, expected);

    [Fact]
    public void Read_TrimWithTabs_KeepsTheDelimiter() =>
        Check(new CsvOptions { Trim = true, Delimiter = "\t" }, "a\tb\tc\n 1 \t\t\"x\" \n", "1||x");

    [Theory]
    [InlineData("a;b;c\n1,5;2,5;x\n3;4,1;y, z\n", "1,5|2,5|x", "3|4,1|y, z")]
    [InlineData("a\tb\n1,2\t3\n", "1,2|3")]
    [InlineData("a|b\n1|2\n", "1|2")]
    [InlineData("\uFEFF\"a;1\",b\n\"x;y;z\",2\n", "x;y;z|2")]
    [InlineData("a\n1\n", "1")]
    [InlineData("a;b\n\"x\ny,z\";2\n", "x\ny,z|2")]
    public void Read_AutoDelimiter_IsFoundOut(string text, params string[] expected) =>
        Check(new CsvOptions { Delimiter = null }, text, expected);

    [Theory]
    [InlineData("-Delimiter and -Quote", '"', '"', null, null)]
    [InlineData("-Delimiter and -Escape", ',', '"', ',', null)]
    [InlineData("-Delimiter and -Comment", ',', '"', null, ',')]
    [InlineData("-Quote and -Comment", ',', '"', null, '"')]
    [InlineData("-Quote must", ',', '§', null, null)]
    [InlineData("-Escape must", ',', '"', '§', null)]
    [InlineData("-Comment cannot", ',', '"', null, '\n')]
    public void Validate_MarksThatCannotWork_AreRefused(string says, char delimiter, char? quote, char? escape, char? comment)
    {
        var options = new CsvOptions { Delimiter = $"{delimiter}", Quote = quote, Escape = escape, Comment = comment };
        EtlException e = Assert.Throws<EtlException>(options.Validate);
        Assert.Equal(FailureCodes.InvalidParameter, e.Code);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("utf-32")]
    [InlineData("utf-32BE")]
    [InlineData("utf-8")]
    public void Read_ByteOrderMark_TellsTheEncoding(string name)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes("a,b\nKöln,日本😀\n")];
        foreach (int piece in new[] { 1, 3, int.MaxValue })
            Assert.Equal(["Köln|日本😀"], CsvReading.Read(bytes, null, () => piece).Lines);
    }

    [Fact]
    public void Read_InvalidBytes_AreReplacedWhereAsked()
    {
        byte[] bytes = [.. "a,b\nx"u8, 0xFF, .. "y,\""u8, 0xC3, .. "\"\n1,2\n"u8];
        Assert.Equal(["InvalidBytes", null], CsvReading.Read(bytes).Records.Select(record => record.Error?.Code));
        CsvOutcome outcome = CsvReading.Read(bytes, new CsvOptions { InvalidBytes = InvalidBytesAction.Replace });
        Assert.Equal(["x\uFFFDy|\uFFFD", "1|2"], outcome.Lines);
        Assert.True(outcome.Records[0].TryGetUnreadUtf8(0, out ReadOnlySpan<byte> utf8) || utf8.IsEmpty);
        byte[] utf16 = [.. Encoding.Unicode.GetPreamble(), .. Encoding.Unicode.GetBytes("a,b\nx"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("y,2\n")];
        Assert.Equal(["x\uFFFDy|2"], CsvReading.Read(utf16, new CsvOptions { InvalidBytes = InvalidBytesAction.Replace }).Lines);
    }

    [Fact]
    public void Read_FieldLongerThanTheLimit_FailsAndNamesTheColumn()
    {
        CsvOutcome outcome = CsvReading.Read("a,b\n1,234567\n3,4\n", new CsvOptions { MaxFieldBytes = 5 });
        Assert.Equal(["FieldTooLarge@2: 1,234567", "3|4"], outcome.Lines);
        Assert.Equal("b", outcome.Records[0].Error!.Column);
        Assert.Contains("-MaxFieldBytes 5", outcome.Records[0].Error!.Message, StringComparison.Ordinal);
    }

    private static void Check(CsvOptions options, string text, params string[] expected)
    {
        foreach (int pieceSize in new[] { int.MaxValue, 1, 2, 3, 7 })
            Assert.Equal(expected, CsvReading.Read(text, options, pieceSize).Lines);
    }
}
