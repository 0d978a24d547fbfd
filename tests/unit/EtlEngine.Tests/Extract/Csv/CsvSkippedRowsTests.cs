using System.Text;
using System.Text.RegularExpressions;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Extract.Csv;

/// <summary>Rows that are passed over, whatever they hold: preambles, units, repeated headers, totals.</summary>
public sealed class CsvSkippedRowsTests
{
    [Theory]
    [InlineData("a,b\n1,2\n3,4\nTotal: 2\n", 1, "1|2 3|4")]
    [InlineData("a,b\n1,2\n3,4\nTotal: 2\n(end)", 2, "1|2 3|4")]
    [InlineData("a,b\n1,2\n3,4\n", 2, "")]
    [InlineData("a,b\n1,\"x\ny\"\n3,4\n", 1, "1|x\ny")]
    public void Read_SkipLast_LeavesTheLastRowsOut(string text, int skip, string expected)
    {
        foreach (int piece in new[] { 1, 7, int.MaxValue })
        {
            CsvOutcome outcome = CsvReading.Read(text, new CsvOptions { SkipLast = skip }, piece);
            Assert.Null(outcome.Fault);
            Assert.Equal(expected, string.Join(' ', outcome.Lines));
        }
    }

    [Fact]
    public void Read_SkipLastOfManyChunks_LeavesThoseAlone()
    {
        var text = new StringBuilder("n\n");
        for (int i = 1; i <= 50_000; i++)
            text.Append(i).Append('\n');
        foreach (int skip in new[] { 1, 999, 20_000 })
        {
            CsvOutcome outcome = CsvReading.Read(text.ToString(), new CsvOptions { SkipLast = skip });
            Assert.Equal(50_000 - skip, outcome.Records.Count);
            Assert.Equal((50_000 - skip).ToString(System.Globalization.CultureInfo.InvariantCulture), outcome.Records[^1][0]);
            Assert.Equal(50_000 - skip, outcome.Records[^1].Position.Row);
        }
    }

    [Fact]
    public void Read_SkipLastBeyondTheFile_IsRefused() =>
        Assert.Contains("-SkipLast 3", CsvReading.Read("a\n1\n2\n", new CsvOptions { SkipLast = 3 }).Fault!.Message, StringComparison.Ordinal);

    [Fact]
    public void Read_SkipLastWithInferredTypes_DoesNotLookAtTheTotals()
    {
        CsvOutcome outcome = CsvReading.Read("a,b\n1,2\n3,4\nsum,six\n", new CsvOptions { SkipLast = 1, InferTypes = true });
        Assert.Equal([1L, 3L], outcome.Records.Select(record => record[0]));
    }

    [Theory]
    [InlineData("Bank of X\n\nAccount;1\nDate;Amount\n1;2\n", "1|2")]
    [InlineData("Date;Amount\n1;2\n", "1|2")]
    public void Read_HeaderPattern_FindsTheHeader(string text, string expected)
    {
        CsvOutcome outcome = CsvReading.Read(text, new CsvOptions { Delimiter = ";", HeaderPattern = new Regex("^Date;"), Types = new Dictionary<string, ColumnType> { ["Amount"] = ColumnType.Int } });
        Assert.Null(outcome.Fault);
        Assert.Equal([expected], outcome.Lines);
    }

    [Fact]
    public void Read_HeaderPatternThatNeverEnds_IsRefused()
    {
        var pattern = new Regex("^(?=x|(a+)+$)", RegexOptions.None, TimeSpan.FromMilliseconds(50));
        EtlException fault = CsvReading.Read($"{new string('a', 60)}!\n1\n", new CsvOptions { HeaderPattern = pattern }).Fault!;
        Assert.Equal((FailureCodes.InvalidParameter, FailureKind.InvalidCall), (fault.Code, fault.Kind));
        Assert.StartsWith("orders.csv: -HeaderPattern took longer than 0.05 s", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderPatternThatNoRowHas_IsRefused()
    {
        EtlException fault = CsvReading.Read("a\n1\n2\n", new CsvOptions { HeaderPattern = new Regex("^Date;") }).Fault!;
        Assert.Equal(FailureCodes.InvalidHeader, fault.Code);
        Assert.Contains("none of the 3 rows match -HeaderPattern", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RepeatedHeaders_ArePassedOverAndResumedBehind()
    {
        const string text = "a,b\n1,2\na,b\n3,4\n\"a\",b\na,\"b\"\n5,6\n";
        var options = new CsvOptions { SkipRepeatedHeader = true };
        CsvOutcome outcome = CsvReading.Read(text, options);
        Assert.Equal(["1|2", "3|4", "5|6"], outcome.Lines);
        Assert.Equal([2L, 4L, 7L], outcome.Records.Select(record => record.Position.Line));
        Assert.Equal([1L, 2L, 3L], outcome.Records.Select(record => record.Position.Row));
    }

    [Fact]
    public void Read_ARowOfUnits_IsPassedOver()
    {
        CsvOutcome outcome = CsvReading.Read("t,v\ns,mV\n1,2\n3,4\n", new CsvOptions { SkipAfterHeader = 1, InferTypes = true });
        Assert.Equal([1L, 3L], outcome.Records.Select(record => record[0]));
        Assert.Equal(3, outcome.Records[0].Position.Line);
        Assert.Empty(CsvReading.Read("t,v\ns,mV\n", new CsvOptions { SkipAfterHeader = 5 }).Records);
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "x")]
    public void Validate_OptionsOfAHeaderWithoutOne_AreRefused(bool repeated, string? pattern) =>
        Assert.Contains(
            "-NoHeader",
            Assert.Throws<EtlException>(() => new CsvOptions { NoHeader = true, SkipRepeatedHeader = repeated, HeaderPattern = pattern is null ? null : new Regex(pattern) }.Validate()).Message,
            StringComparison.Ordinal);
}
