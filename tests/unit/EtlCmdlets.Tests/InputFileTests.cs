using System.Globalization;
using System.IO.Compression;
using System.Management.Automation;
using System.Text;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Files of several kinds and origins: what is read, and what a message says about the rest.</summary>
public sealed class InputFileTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("""1|t\x41\102\x4a""", "1|tABJ")]
    [InlineData("""1|\xc3\xa9\303\251""", "1|éé")]
    [InlineData("""1|a\xg\9\7z""", "1|axg9\az")]
    public void Csv_CodesInCopyText_AreTheirBytes(string row, string expected)
    {
        _session.Write("c.txt", row.Replace('|', '\t') + "\n");
        Assert.Equal(expected, Assert.Single(_session.Run("Import-EtlCsv c.txt -Quote '' -Escape '\\' -Delimiter Tab -Header id, v | ForEach-Object { \"$($_.id)|$($_.v)\" }")).ToString());
    }

    [Fact]
    public void Csv_CodesInCopyTextThatAreNoText_FailTheirRow()
    {
        _session.Write("c.txt", "1\t\\xe9\n2\tb\n");
        const string Import = "Import-EtlCsv c.txt -Quote '' -Escape '\\' -Delimiter Tab -Header id, v";
        Outcome outcome = _session.Try($"{Import} | ForEach-Object v");
        Assert.Equal("b", Assert.Single(outcome.Output).ToString());
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("InvalidBytes,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-InvalidBytes Replace", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(["\uFFFD", "b"], _session.Run($"{Import} -InvalidBytes Replace | ForEach-Object v").Select(value => value.ToString()));
    }

    [Theory]
    [InlineData("Import-EtlCsv", "id,v\n", "{0},{1}\n")]
    [InlineData("Import-EtlJson", "", "{{\"id\":{0},\"v\":\"{1}\"}}\n")]
    public void File_WrittenAnewWhileItIsRead_IsAnError(string command, string header, string line)
    {
        string Version(string value) => header + string.Concat(Enumerable.Range(1, 100_000).Select(i => string.Format(CultureInfo.InvariantCulture, line, i, value)));
        string path = _session.Write("a.jsonl", Version("old"));
        _session.Write("b.jsonl", Version("new"));
        Outcome outcome = _session.Try($"{command} a.jsonl -BufferSize 1000 | ForEach-Object {{ if ($_.id -eq 3000) {{ [IO.File]::WriteAllBytes('{path}', [IO.File]::ReadAllBytes('{_session.PathOf("b.jsonl")}')) }}; $_ }} | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.StartsWith("ReadFailed,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_LinesOfFilesWithByteOrderMarks_AreRead()
    {
        _session.Write("j.jsonl", "\uFEFF{\"a\":1}\n\uFEFF{\"a\":2}\n\uFEFF\n");
        Assert.Equal(["1", "2"], _session.Run("Import-EtlJson j.jsonl | ForEach-Object a").Select(value => value.ToString()));
    }

    [Theory]
    [InlineData("{\"a\":1},", "a comma behind the item")]
    [InlineData("{\"a\":1} , ", "a comma behind the item")]
    [InlineData("{\"a\":1}{\"a\":2}", "something behind the item")]
    [InlineData("{\"a\":x}", "(byte 6 of the item)")]
    public void Json_LineThatIsMoreThanAnItem_SaysWhy(string line, string says)
    {
        _session.Write("t.jsonl", $"{{\"a\":0}}\n{line}\n");
        Outcome outcome = _session.Try("Import-EtlJson t.jsonl | ForEach-Object a");
        Assert.Equal("0", Assert.Single(outcome.Output).ToString());
        Assert.Contains(says, Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"r":[{"rows":[{"a":1}]},{"rows":[{"a":2}]}]}""", "r.rows", "r[*].rows")]
    [InlineData("""{"n":[],"d":{"r":[{"rows":[{"a":1}]},{"rows":[{"a":2}]}]}}""", "d.r.rows", "d.r[*].rows")]
    [InlineData("""[{"rows":[{"a":1}]},{"rows":[{"a":2}]}]""", "rows", "$[*].rows")]
    public void Json_ItemsInListsOfLists_AreFoundAsTheMessageSays(string document, string path, string proposed)
    {
        _session.Write("k.json", document);
        Assert.Contains($"'{proposed}'", _session.Try($"Import-EtlJson k.json -ItemPath {path}").EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(["1", "2"], _session.Run($"Import-EtlJson k.json -ItemPath '{proposed}' | ForEach-Object a").Select(value => value.ToString()));
    }

    [Theory]
    [InlineData("123456789012345678901234567890123456789", "BigInteger", "123456789012345678901234567890123456789")]
    [InlineData("-99999999999999999999999999999", "BigInteger", "-99999999999999999999999999999")]
    [InlineData("1.7976931348623157e308", "Double", "1.7976931348623157E+308")]
    [InlineData("1.79769313486231570000001e300", "String", "1.79769313486231570000001e300")]
    [InlineData("1e400", "String", "1e400")]
    public void Json_NumberBeyondADecimal_LosesNoDigit(string number, string type, string text)
    {
        _session.Write("n.json", $"[{{\"n\":{number},\"in\":[{number}]}}]");
        Assert.Equal($"{type} {type} {text}", Assert.Single(_session.Run("Import-EtlJson n.json | ForEach-Object { \"$($_.n.GetType().Name) $($_.in[0].GetType().Name) $($_.n -is [double] ? $_.n.ToString('R') : $_.n)\" }")).ToString());
    }

    [Fact]
    public void DeadLetters_ThatWereCompressed_AreRead()
    {
        _session.Write("d.csv", "id,v\n1,abc\n2,def\n");
        _session.Run("Import-EtlCsv d.csv -Type @{ v = 'int' } -DeadLetterPath d.jsonl");
        using (FileStream packed = File.Create(_session.PathOf("d.jsonl.gz")))
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            gzip.Write(File.ReadAllBytes(_session.PathOf("d.jsonl")));
        Assert.Equal(["1", "2"], _session.Run("Import-EtlDeadLetter d.jsonl.gz | ForEach-Object id").Select(id => id.ToString()));
    }

    [Fact]
    public void Path_WithBracketsOfAFile_IsThatFile()
    {
        _session.Write("sales[1].csv", "id\nthis\n");
        _session.Write("sales1.csv", "id\nother\n");
        Assert.Equal("this", Assert.Single(_session.Run("Import-EtlCsv 'sales[1].csv' | ForEach-Object id")).ToString());
        Assert.Equal("other", Assert.Single(_session.Run("Import-EtlCsv 'sale[s]1.csv' | ForEach-Object id")).ToString());
    }

    [Fact]
    public void Path_WithBracketsOfAFileThatMeanOthersAsWell_IsTold()
    {
        _session.Write("sales[12].csv", "id\nthis\n");
        Assert.Empty(_session.Try("Import-EtlCsv 'sales[12].csv'").Warnings);
        _session.Write("sales1.csv", "id\nother\n");
        Assert.Equal(
            ["'sales[12].csv' is read as a file's name, because there is such a file. As a pattern it would find other files (1), which are not read. To read them, use another pattern, such as one with * or ?; to read only this one, use -LiteralPath."],
            _session.Try("Import-EtlCsv 'sales[12].csv'").Warnings);
        Assert.Empty(_session.Try("Import-EtlCsv -LiteralPath 'sales[12].csv'").Warnings);
    }

    [Theory]
    [InlineData("n1,01067", true)]
    [InlineData("n1,10999", false)]
    [InlineData("n1,", false)]
    public void InferType_OtherTypeThanInAnEarlierFile_IsTold(string row, bool isTold)
    {
        _session.Write("s1.csv", "id,plz\nn0,80331\n");
        _session.Write("s2.csv", $"id,plz\n{row}\n");
        Outcome outcome = _session.Try("Import-EtlCsv s1.csv, s2.csv -InferType");
        Assert.Empty(outcome.Errors);
        Assert.Equal(isTold ? ["s2.csv: -InferType reads the column 'plz' as string here, and as long in s1.csv. The table's column has only one type, and a text such as 01067 would lose its zero in a number. Give the type with -Type @{ … }."] : [], outcome.Warnings);
    }

    [Fact]
    public void Watermark_OfAReplacedFile_LeavesTheOthers()
    {
        foreach (string name in new[] { "a", "b", "c" })
            _session.Write($"{name}.csv", $"id,v\n{name}1,1\n");
        const string Load = """
            $r = Import-EtlCsv ?.csv -ResumeFrom (Get-EtlWatermark w -SqlitePath w.db -ErrorAction SilentlyContinue) |
                Export-EtlSqlUpsert -SqlitePath w.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl
            "$($r.Loaded) $($r.InputErrors) $($r.Succeeded)"
            """;
        Assert.Equal("3 0 True", Assert.Single(_session.Run(Load)).ToString());
        _session.Write("b.csv", "id,v\nb2,CHANGED\n");
        File.AppendAllText(_session.PathOf("a.csv"), "a2,1\n");
        File.AppendAllText(_session.PathOf("c.csv"), "c2,1\n");
        Outcome outcome = _session.Try(Load);
        Assert.Equal("2 1 False", Assert.Single(outcome.Output).ToString());
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("WatermarkMismatch,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("b.csv", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void MissingColumn_Skipped_KeepsStoredValues()
    {
        _session.Write("jan.csv", "id,amount,qty\n1,10,3\n2,20,5\n");
        _session.Write("feb.csv", "id,amount\n1,11\n");
        _session.Run("Import-EtlCsv jan.csv, feb.csv -Type @{ qty = 'int' } -MissingColumnAction Skip | Export-EtlSqlUpsert -SqlitePath m.db -Table t -Key id -CreateTable -DeadLetterPath d.jsonl -BatchSize 1");
        Assert.Equal(["11,3", "20,5"], Table.Rows(_session.PathOf("m.db"), "SELECT amount || ',' || qty FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("xl/workbook.xml", "an Excel workbook")]
    [InlineData("xl/workbook.bin", "an Excel workbook")]
    public void Csv_OfASpreadsheet_NamesIt(string entry, string kind)
    {
        using (FileStream file = File.Create(_session.PathOf("book.xlsx")))
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create))
        {
            archive.CreateEntry("[Content_Types].xml");
            archive.CreateEntry(entry);
        }
        ErrorRecord error = _session.Try("Import-EtlCsv book.xlsx").EndingError;
        Assert.StartsWith("UnsupportedFormat,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(kind, error.ToString(), StringComparison.Ordinal);
        Assert.Contains("ImportExcel", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_OfAnOldWorkbook_NamesIt()
    {
        File.WriteAllBytes(_session.PathOf("old.xls"), [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, .. Encoding.ASCII.GetBytes(new string('x', 600))]);
        Assert.StartsWith("UnsupportedFormat,", _session.Try("Import-EtlCsv old.xls").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }
}
