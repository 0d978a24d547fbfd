using System.Text;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvHeadTests
{
    private static readonly CsvOptions Hash = new() { Comment = '#' };

    [Theory]
    [InlineData("sep=;\r\na;b\r\n1;2\r\n")]
    [InlineData("\uFEFF\"sep=;\"\r\na;b\r\n1;2\r\n")]
    [InlineData("SEP=\t\na\tb\n1\t2\n")]
    [InlineData("#TYPE System.Object\r\n\"a\",\"b\"\r\n\"1\",\"2\"\r\n")]
    [InlineData("#Version: 1.0\n#Fields: a b\n1 2\n")]
    [InlineData("#Fields: a,b\n1,2\n")]
    [InlineData(",,\n ,\na,b\n1,2\n")]
    [InlineData("   \na,b\n1,2\n")]
    public void Read_MarkOfAnotherProgram_IsReadAsItsMeaning(string text)
    {
        for (int piece = 1; piece <= 64; piece *= 4)
        {
            CsvOutcome outcome = CsvReading.Read(text, pieceSize: piece);
            Assert.Null(outcome.Fault);
            Record record = Assert.Single(outcome.Records);
            Assert.Equal(["a", "b"], record.Schema.Names);
            Assert.Equal(["1", "2"], [record[0], record[1]]);
        }
    }

    [Fact]
    public void Read_SkipRows_LeavesTheFirstLinesToTheUser() =>
        Assert.Equal(["1|2"], CsvReading.Read("sep=,\na,b\n1,2\n", new CsvOptions { SkipRows = 1 }).Lines);

    [Fact]
    public void Read_OtherFieldsFurtherDown_FailTheirRows()
    {
        CsvOutcome outcome = CsvReading.Read("#Fields: a b\n1 2\n#Fields: b a\n3 4\n#Fields: a b\n5 6\n", Hash, pieceSize: 3);
        Assert.Equal(["1|2", "ColumnsChanged@4: 3 4", "5|6"], outcome.Lines);
    }

    [Fact]
    public void Read_ByteOrderMark_WinsOverTheEncoding()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. "účet,b\n1,2\n"u8];
        Assert.Equal("účet", CsvReading.Read(bytes, new CsvOptions { Encoding = Encoding.Latin1 }).Records[0].Schema[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_Utf16WithoutMark_IsRead(bool bigEndian) =>
        Assert.Equal(["1|Zoë"], CsvReading.Read(new UnicodeEncoding(bigEndian, false).GetBytes("id,name\r\n1,Zoë\r\n")).Lines);

    [Fact]
    public void Read_EncodingWithItsOwnReplacement_IsUsedAsItIs()
    {
        Encoding own = Encoding.GetEncoding("utf-8", EncoderFallback.ExceptionFallback, new DecoderReplacementFallback("*"));
        Assert.Equal(["a*"], CsvReading.Read([.. "x\na"u8, 0xFF, (byte)'\n'], new CsvOptions { Encoding = own }).Lines);
    }

    [Theory]
    [InlineData("Gem\u00FCse,b\n1,2\n", "-Encoding")]
    [InlineData("a\0\0\0b\n1\n", "-Encoding")]
    [InlineData("a,\"b\nc\n", "-Quote")]
    public void Read_HeaderThatCannotBeRead_SaysWhatToGive(string text, string advice)
    {
        EtlException fault = CsvReading.Read(Encoding.Latin1.GetBytes(text)).Fault!;
        Assert.Equal(FailureCodes.InvalidHeader, fault.Code);
        Assert.Contains(advice, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id;amount\n1;2\n", "';'")]
    [InlineData("id\tamount\n", "Tab")]
    [InlineData("id|amount\n1|2\n3|4\n", "'|'")]
    public void Read_AnotherDelimiter_IsOneErrorThatNamesIt(string text, string delimiter)
    {
        CsvOutcome outcome = CsvReading.Read(text);
        Assert.Empty(outcome.Records);
        Assert.Equal(FailureCodes.WrongDelimiter, outcome.Fault!.Code);
        Assert.Contains($"-Delimiter {delimiter}", outcome.Fault.Message, StringComparison.Ordinal);
        Assert.Equal(FailureCodes.WrongDelimiter, CsvReading.Read("1;2\n3;4\n", new CsvOptions { Header = ["a", "b"] }).Fault!.Code);
    }

    [Theory]
    [InlineData("utf-8", "\n", ",")]
    [InlineData("utf-8", "\r\n", ",")]
    [InlineData("iso-8859-1", "\n", ",")]
    [InlineData("iso-8859-1", "\r\n", ",")]
    [InlineData("iso-8859-1", "\r\n", "\t")]
    [InlineData("utf-16", "\r\n", ",")]
    public void Read_AnotherDelimiterInAnotherEncoding_IsOneError(string name, string newLine, string delimiter)
    {
        var text = new StringBuilder($"Kundennr;Name;Adresse;Betrag;Datum{newLine}");
        for (int i = 1; i <= 2000; i++)
        {
            string amount = i % 300 == 7 ? "" : $";{i}.234,56";
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i};\"Müller, {i}\";\"Öztürkstraße {i}{newLine}88227 Köln\"{amount};01.02.2026{newLine}");
        }
        var encoding = Encoding.GetEncoding(name);
        CsvOutcome outcome = CsvReading.Read(encoding.GetBytes(text.ToString()), new CsvOptions { Encoding = encoding, Delimiter = delimiter });
        Assert.Empty(outcome.Records);
        Assert.Equal(FailureCodes.WrongDelimiter, outcome.Fault!.Code);
        Assert.Contains("-Delimiter ';'", outcome.Fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ALongCommentBetweenRecords_IsPassedOver() =>
        Assert.Equal(["1", "2"], CsvReading.Read($"id\n1\n#{new string('x', 5000)}\n2\n", new CsvOptions { Comment = '#' }).Lines);

    [Fact]
    public void Read_AQuotedHeaderUnderAnotherDelimiter_NamesTheDelimiter()
    {
        EtlException fault = CsvReading.Read("\"id\";\"name\"\n\"1\";\"a, b\"\n").Fault!;
        Assert.Equal(FailureCodes.WrongDelimiter, fault.Code);
    }

    [Fact]
    public void Read_OneColumnWhoseHeaderHasADelimiter_IsNotRefused() =>
        Assert.Equal(["1", "2"], CsvReading.Read("id;no\n1\n2\n").Lines);

    [Fact]
    public void Read_AutoWithTwoThatFit_TellsIt()
    {
        CsvOutcome outcome = CsvReading.Read("Name, given;Town\nAbel, Ida;Graz\n", new CsvOptions { Delimiter = null });
        StageNotice notice = Assert.Single(outcome.Notices);
        Assert.Equal((NoticeLevel.Warning, FailureCodes.DelimiterInDoubt), (notice.Level, notice.Failure.Code));
        Assert.Empty(CsvReading.Read("a;b;c,\n1;2;3,4\n", new CsvOptions { Delimiter = null }).Notices);
    }
}
