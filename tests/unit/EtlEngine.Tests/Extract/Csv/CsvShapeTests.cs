using System.Text;
using CsCheck;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvShapeTests
{
    /// <summary>The records of a chunk may be far less than the bytes between its first and its last.</summary>
    [Fact]
    public void Read_FewRecordsBetweenManyBlankLinesAndComments_AreRead()
    {
        string gap = string.Concat(Enumerable.Repeat("\n# a comment of some length\n", 300));
        CsvOutcome outcome = CsvReading.Read($"a,b\n{gap}1,2\n{gap}3,4\n{gap}5,6", new CsvOptions { Comment = '#' });
        Assert.Null(outcome.Fault);
        Assert.Equal(["1|2", "3|4", "5|6"], outcome.Lines);
    }

    private const string Abc = "a,b,c\n1,2,3\n";

    [Fact]
    public void Read_Columns_GivesTheseInTheirOrder()
    {
        Assert.Equal("c=3 A=1", Show(Abc, new CsvOptions { Columns = ["c", "A"], Rename = new Dictionary<string, string> { ["a"] = "A" } }));
        Assert.Equal("b=2", Show(Abc, new CsvOptions { Columns = ["B"], Types = new Dictionary<string, ColumnType> { ["b"] = ColumnType.Int } }));
        Assert.Equal("col_2=3", Show("1,2,3\n", new CsvOptions { NoHeader = true, Columns = ["col_2"] }));
    }

    [Fact]
    public void Read_Columns_StillChecksTheOthers()
    {
        CsvOutcome outcome = CsvReading.Read("a,b,c\n1,2\n1,\"2\"x,3\n4,5,6\n", new CsvOptions { Columns = ["a"] });
        Assert.Equal(["TooFewFields@2: 1", "MalformedRow@3: 1,\"2\"x,3", "4"], outcome.Lines);
    }

    [Fact]
    public void Read_RowsOfAWrongWidth_HaveTheNamesOfTheOthers()
    {
        var options = new CsvOptions { Columns = ["c", "a"], Rename = new Dictionary<string, string> { ["a"] = "id", ["c"] = "col_3" } };
        CsvOutcome outcome = CsvReading.Read("a,b,c\n1,2\n1,2,3,4\n", options);
        Assert.Equal(["id=1", "col_3=3 id=1 col_3_=4"], outcome.Failed.Select(record => string.Join(' ', record.Schema.Names.Select((name, i) => $"{name}={record[i]}"))));
    }

    [Fact]
    public void Read_AnyColumns_GivesWhatReadingAllGives() =>
        (from width in Gen.Int[1, 150]
         from seed in Gen.Int
         select (width, seed)).Sample(
            given =>
            {
                var random = new Random(given.seed);
                var text = new StringBuilder(string.Join(',', Enumerable.Range(0, given.width).Select(i => $"c{i}"))).Append('\n');
                for (int row = 0; row < 30; row++)
                {
                    int fields = random.Next(8) == 0 ? random.Next(1, given.width + 5) : given.width;
                    text.AppendJoin(',', Enumerable.Range(0, fields).Select(i => random.Next(40) == 0 ? "\"a,b\"" : new string('x', random.Next(1, 9)))).Append('\n');
                }
                int[] picked = [.. Enumerable.Range(0, given.width).Where(_ => random.Next(4) == 0).DefaultIfEmpty(0)];
                random.Shuffle(picked);
                var options = new CsvOptions { MismatchedFields = (MismatchedFields)random.Next(4) };
                CsvOutcome all = CsvReading.Read(text.ToString(), options);
                CsvOutcome some = CsvReading.Read(text.ToString(), options with { Columns = [.. picked.Select(i => $"c{i}")] });
                Assert.Equal(all.Records.Select(Pick), some.Lines);

                // Of a row that is too short what it has, and of one that is too long what it has more.
                string Pick(Record record)
                {
                    IEnumerable<int> more = Enumerable.Range(given.width, Math.Max(0, record.Schema.Count - given.width));
                    string values = string.Join('|', picked.Where(i => i < record.Schema.Count).Concat(more).Select(i => record[i] ?? "<null>"));
                    return record.Error is null ? values : $"{record.Error.Code}@{record.Position.Line}: {values}";
                }
            },
            iter: 300);

    [Theory]
    [InlineData(DuplicateHeaders.Rename, "a=1 a_2=9 a_3=2 b=3 A_4=4")]
    [InlineData(DuplicateHeaders.UseFirst, "a=1 a_2=9 b=3")]
    [InlineData(DuplicateHeaders.UseLast, "a_2=9 b=3 A=4")]
    internal void Read_DuplicateHeader_IsAsAsked(DuplicateHeaders duplicates, string expected) =>
        Assert.Equal(expected, Show("a,a_2,a,b,A\n1,9,2,3,4\n", new CsvOptions { DuplicateHeaders = duplicates }));

    [Theory]
    [InlineData(MismatchedFields.Fail, "TooFewFields@2: 1|2", "1|2|3", "TooManyFields@4: 1|2|3|4")]
    [InlineData(MismatchedFields.Pad, "1|2|<null>", "1|2|3", "TooManyFields@4: 1|2|3|4")]
    [InlineData(MismatchedFields.Truncate, "TooFewFields@2: 1|2", "1|2|3", "1|2|3")]
    [InlineData(MismatchedFields.Pad | MismatchedFields.Truncate, "1|2|<null>", "1|2|3", "1|2|3")]
    internal void Read_RowOfWrongWidth_IsAsAsked(MismatchedFields action, params string[] expected)
    {
        var options = new CsvOptions { MismatchedFields = action };
        Assert.Equal(expected, CsvReading.Read("a,b,c\n1,2\n1,2,3\n1,2,3,4\n", options).Lines);
        var typed = options with { Types = new Dictionary<string, ColumnType> { ["c"] = ColumnType.Int } };
        Assert.Equal(expected, CsvReading.Read("a,b,c\n1,2\n1,2,3\n1,2,3,4\n", typed).Lines);
    }

    [Theory]
    [InlineData("-Column", "Columns")]
    [InlineData("-Rename", "Rename")]
    [InlineData("-Type", "Types")]
    [InlineData("-IdColumn", "IdColumns")]
    public void Read_UnknownColumn_IsRefusedWithTheNearName(string parameter, string option)
    {
        CsvOptions options = option switch
        {
            "Columns" => new CsvOptions { Columns = ["emial"] },
            "Rename" => new CsvOptions { Rename = new Dictionary<string, string> { ["emial"] = "x" } },
            "Types" => new CsvOptions { Types = new Dictionary<string, ColumnType> { ["emial"] = ColumnType.Int } },
            _ => new CsvOptions { IdColumns = ["emial"] },
        };
        EtlException fault = CsvReading.Read("id,email\n1,2\n", options).Fault!;
        Assert.Equal(FailureCodes.UnknownColumn, fault.Code);
        Assert.Contains(parameter, fault.Message, StringComparison.Ordinal);
        Assert.Contains("'email'?", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OptionForAColumnLeftOut_IsRefused()
    {
        EtlException fault = CsvReading.Read(Abc, new CsvOptions { Columns = ["a"], IdColumns = ["b"] }).Fault!;
        Assert.Equal(FailureCodes.UnknownColumn, fault.Code);
        Assert.Contains("-Column leaves out", fault.Message, StringComparison.Ordinal);
        var renamed = new CsvOptions { Rename = new Dictionary<string, string> { ["a"] = "x" }, IdColumns = ["x"] };
        Assert.Contains("'a'", CsvReading.Read(Abc, renamed).Fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RenameToATakenName_IsRefused()
    {
        EtlException fault = CsvReading.Read(Abc, new CsvOptions { Rename = new Dictionary<string, string> { ["a"] = "B" } }).Fault!;
        Assert.Equal(FailureCodes.InvalidParameter, fault.Code);
        Assert.Contains("-Rename", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1,2,3\n", true)]
    [InlineData("1,2,3\n1,2\n", false)]
    [InlineData("1\n1,2,3\n", false)]
    [InlineData("\"x\"y,2\n1,2,3\n", true)]
    [InlineData("", false)]
    public void Read_HeaderOfFewerNamesThanColumns_IsRefused(string text, bool isRefused)
    {
        EtlException? fault = CsvReading.Read(text, new CsvOptions { Header = ["x", "y"] }).Fault;
        Assert.Equal(isRefused, fault is not null);
        if (isRefused)
            Assert.Contains("-Header has 2 names", fault!.Message, StringComparison.Ordinal);
        Assert.Null(CsvReading.Read(text, new CsvOptions { Header = ["x", "y"], MismatchedFields = MismatchedFields.Truncate }).Fault);
    }

    [Theory]
    [InlineData("", "<null>||x")]
    [InlineData("NULL", "||x")]
    [InlineData("x", "||<null>")]
    public void Read_NullValue_IsNullInEveryColumn(string nullText, string expected)
    {
        const string text = "a,b,c\n,\"\",x\n";
        string[] lines = [.. CsvReading.Read(text, new CsvOptions { NullValues = [nullText] }).Lines];
        // Without -DistinguishEmptyFromNull a quoted field is like any other.
        Assert.Equal([nullText.Length == 0 ? "<null>|<null>|x" : expected], lines);
    }

    [Fact]
    public void Read_DistinguishEmptyFromNull_AsksTheQuotes()
    {
        var options = new CsvOptions { DistinguishEmptyFromNull = true, NullValues = ["NULL"], Types = new Dictionary<string, ColumnType> { ["d"] = ColumnType.Int } };
        Assert.Equal(["<null>||<null>|<null>", "NULL|x|1|5"], CsvReading.Read("a,b,c,d\n,\"\",NULL,\n\"NULL\",x,1,\"5\"\n", options).Lines);
    }

    [Fact]
    public void Read_NullValueOfATypedColumn_IsNull()
    {
        var options = new CsvOptions { NullValues = ["n/a"], Types = new Dictionary<string, ColumnType> { ["a"] = ColumnType.Decimal } };
        Assert.Equal(["<null>", "1.5"], CsvReading.Read("a\nn/a\n1.5\n", options).Lines);
    }

    [Fact]
    public void Id_OfIdColumns_IsTheirValues()
    {
        var types = new Dictionary<string, ColumnType> { ["b"] = ColumnType.Int };
        Assert.Equal(["2", "orders.csv:3"], Ids("a,b\nx,2\ny,\n", new CsvOptions { IdColumns = ["b"], Types = types }));
        Assert.Equal(["x|2", "y\\|z|3"], Ids("a,b\nx,2\ny|z,3\n", new CsvOptions { IdColumns = ["a", "b"] }));
        Assert.Equal(["orders.csv:2"], Ids("a,b\nx,2\n", new CsvOptions()));
        Assert.Equal(["orders.csv:2", "y"], Ids("a,b\nx\ny,1\n", new CsvOptions { IdColumns = ["a"] }));
    }

    [Fact]
    public void Read_RowOfWideTexts_KeepsThem()
    {
        string wide = new('x', 70_000);
        Assert.Equal([$"{wide}|é|", "1|2|3"], CsvReading.Read($"a,b,c\n{wide},é,\n1,2,3\n").Lines);
    }

    private static string[] Ids(string text, CsvOptions options) => [.. CsvReading.Read(text, options).Records.Select(record => record.Id!)];

    private static string Show(string text, CsvOptions options)
    {
        CsvOutcome outcome = CsvReading.Read(text, options);
        Assert.Null(outcome.Fault);
        Record record = Assert.Single(outcome.Records);
        return string.Join(' ', record.Schema.Names.Select((name, i) => $"{name}={record[i]}"));
    }
}
