using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvTypesTests
{
    private static readonly CsvOptions Typed = new()
    {
        Types = new Dictionary<string, ColumnType> { ["ID"] = ColumnType.Long, ["amount"] = ColumnType.Decimal, ["at"] = ColumnType.DateTime },
    };

    [Fact]
    public void Read_TypedColumns_HoldValues()
    {
        CsvOutcome outcome = CsvReading.Read("id,name,amount,at\n7,x, 1.50 ,2026-01-02T03:04:05+01:00\n\"8\",\"\",\"\",\n", Typed);
        Record first = outcome.Records[0];
        Assert.Equal(7L, first[0]);
        Assert.Equal("x", first[1]);
        Assert.Equal(1.50m, first[2]);
        Assert.Equal(new DateTime(2026, 1, 2, 2, 4, 5, DateTimeKind.Utc), first[3]);
        Assert.Equal([8L, "", null, null], Enumerable.Range(0, 4).Select(i => outcome.Records[1][i]));
    }

    [Fact]
    public void Read_ValueOfAnotherType_FailsAsTextAmongConvertedValuesAndIsNotInTheMessage()
    {
        CsvOutcome outcome = CsvReading.Read("id,name,amount,at\n1,a,2,\n3,é,secret,\n5,b,6,\n", Typed);
        Record failed = Assert.Single(outcome.Failed);
        Assert.Equal(ErrorCodes.ConversionFailed, failed.Error!.Code);
        Assert.Equal("amount", failed.Error.Column);
        Assert.Equal("Import", failed.Error.Stage);
        Assert.Equal("'amount' is not a decimal in the invariant culture, like 1234.56; give its -Culture.", failed.Error.Message);
        Assert.Equal("orders.csv:3", failed.Position.ToString());
        Assert.Equal([3L, "é", "secret", null], Enumerable.Range(0, 4).Select(i => failed[i]));
        Assert.Equal(["a", "b"], outcome.Good.Select(record => record[1]));
        Assert.Equal([2m, 6m], outcome.Good.Select(record => record[2]));
    }

    [Fact]
    public void Read_NonAsciiSpaceAroundAValue_IsWhiteSpace()
    {
        CsvOutcome outcome = CsvReading.Read("id,name,amount,at\n\u00A05\u2003,x,1,\n٣,x,1,\n", Typed);
        Assert.Equal(5L, outcome.Records[0][0]);
        Assert.Equal(ErrorCodes.ConversionFailed, outcome.Records[1].Error!.Code);
    }

    [Fact]
    public void TryGetUnreadUtf8_TextColumn_GivesTheBytes()
    {
        CsvOutcome outcome = CsvReading.Read("id,name,amount,at\n7,\"say \"\"é\"\"\",1,\n", Typed);
        Record record = outcome.Records[0];
        Assert.True(record.TryGetUnreadUtf8(1, out ReadOnlySpan<byte> utf8));
        Assert.True(utf8.SequenceEqual("say \"é\""u8));
        Assert.False(record.TryGetUnreadUtf8(0, out _));
        Assert.Equal("say \"é\"", record[1]);
        Assert.False(record.TryGetUnreadUtf8(1, out _));
    }

    [Fact]
    public void Read_TypeForAColumnThatIsNotThere_EndsTheRun()
    {
        CsvOutcome outcome = CsvReading.Read("id,amount\n1,2\n", Typed);
        Assert.Equal(FailureCodes.UnknownColumn, outcome.Fault!.Code);
        Assert.Equal(FailureKind.InvalidCall, outcome.Fault.Kind);
        Assert.Equal("orders.csv: -Type names the column 'at', which does not exist. The columns are id, amount. Files that lack it can be read with -MissingColumnAction Skip (without the column) or Null (with null).", outcome.Fault.Message);
        Assert.Empty(outcome.Records);
        Assert.Equal(FailureCodes.UnknownColumn, CsvReading.Read("", Typed with { Header = ["id", "name"] }).Fault!.Code);
        Assert.Equal(FailureCodes.UnknownColumn, CsvReading.Read("1,2", Typed with { NoHeader = true }).Fault!.Code);
    }

    [Theory]
    [InlineData("id\tamount", "'id\tamount': is it -Delimiter Tab?")]
    [InlineData("id|amount", "'id|amount': is it -Delimiter '|'?")]
    public void Read_TypeInAFileOfAnotherDelimiter_AsksForIt(string header, string hint) => Assert.Equal(
        $"orders.csv: -Type names the column 'ID', which does not exist. Its only column is {hint}",
        CsvReading.Read($"{header}\n1;2\n", Typed).Fault!.Message);
}
