using System.Management.Automation;
using System.Text;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Import-EtlCsv's parameters, as users bind them.</summary>
public sealed class ImportTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public ImportTests()
    {
        _session.Write("a1.csv", "id,name\n1,a\n");
        _session.Write("a2.csv", "id,name\n2,b\n");
        _session.Write("[a3].csv", "id,name\n3,c\n");
    }

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a1.csv", "1")]
    [InlineData("Import-EtlCsv -Path a1.csv, a2.csv", "1 2")]
    [InlineData("Import-EtlCsv a?.csv", "1 2")]
    [InlineData("Import-EtlCsv *.csv", "3 1 2")]
    [InlineData("Import-EtlCsv -LiteralPath '[a3].csv'", "3")]
    [InlineData("'a1.csv', 'a2.csv' | Import-EtlCsv", "1 2")]
    [InlineData("[IO.FileInfo]::new((Join '[a3].csv')) | Import-EtlCsv", "3")]
    [InlineData("Import-EtlCsv ([IO.FileInfo]::new((Join '[a3].csv')))", "3")]
    [InlineData("[pscustomobject]@{ FullName = (Join 'a2.csv') } | Import-EtlCsv", "2")]
    public void Import_Paths_ReadsTheFilesInOrder(string script, string ids)
    {
        _session.Run("function global:Join($name) { [IO.Path]::Combine($ExecutionContext.SessionState.Path.CurrentLocation.Path, $name) }");
        Assert.Equal(ids.Split(' ').Order(), _session.Run($"{script} | ForEach-Object {{ $_.id }}").Select(id => id.ToString()).Order());
    }

    [Theory]
    [InlineData("id;name\n1;a\n", "-Delimiter ';'", "id=1 name=a")]
    [InlineData("id\tname\n1\ta\n", "-Delimiter \"`t\"", "id=1 name=a")]
    [InlineData("id\tname\n1\ta\n", "-Delimiter Tab", "id=1 name=a")]
    [InlineData("id;name\n1;a,b\n", "-Delimiter Auto", "id=1 name=a,b")]
    [InlineData("id||name\n1||a|b\n", "-Delimiter '||'", "id=1 name=a|b")]
    [InlineData("id\t|name\n1\t|a\n", "-Delimiter \"`t|\"", "id=1 name=a")]
    [InlineData("id||name\n1||a\n", "-Delimiter auto", "id=1 name=a")]
    [InlineData("id;name\n1;a\n", "-UseCulture -Culture de-DE", "id=1 name=a")]
    [InlineData("id,name\n1,'a,b'\n", "-Quote \"'\"", "id=1 name=a,b")]
    [InlineData("id,name\n1,\"a\n", "-Quote ''", "id=1 name=\"a")]
    [InlineData("id,name\n1,\"a\\\"b\"\n", "-Escape '\\'", "id=1 name=a\"b")]
    [InlineData("title\n#\nid,name\n1, a\n", "-SkipRows 1 -Comment '#' -Trim", "id=1 name=a")]
    [InlineData("id,name\n1,a\n", "-Column name", "name=a")]
    [InlineData("id,name\n1,a\n", "-Rename @{ id = 'key' }", "key=1 name=a")]
    [InlineData("id,id\n1,a\n", "-DuplicateHeaderBehavior Rename", "id=1 id_2=a")]
    [InlineData("id,name\n1\n", "-MismatchedFieldAction Pad", "id=1 name=")]
    [InlineData("id,name\n1,a,b\n", "-MismatchedFieldAction Pad, Truncate", "id=1 name=a")]
    [InlineData("id,name\n1,a\n", "-ResumeFrom $null", "id=1 name=a")]
    [InlineData("id,name\n1,a\n", "-ResumeFrom @()", "id=1 name=a")]
    [InlineData("id,name\n1,a\n2,b\n", "-ResumeFrom 12", "id=2 name=b")]
    [InlineData("id,name\n1,a\n2,b\n", "-StopAt 12", "id=1 name=a")]
    [InlineData("1,a\n", "-NoHeader", "col_0=1 col_1=a")]
    [InlineData("1,a\n", "-NoHeaderRow", "col_0=1 col_1=a")]
    [InlineData("1,a\n", "-Header x, y", "x=1 y=a")]
    [InlineData("id,name\r\n1,\"a, \"\"b\"\"\"\r\n", "", "id=1 name=a, \"b\"")]
    [InlineData("id;name\n1;a\n", "';'", "id=1 name=a")]
    [InlineData("id,name\n1,a\n", "-Type @{ n = 'int'; id = 'int' } -MissingColumnAction Null", "id=1 name=a n=")]
    [InlineData("id,name\n1,a\n", "-Column n, name -MissingColumnAction Null", "n= name=a")]
    [InlineData("id,name\n1,a\n", "-Rename @{ n = 'm' } -MissingColumnAction Null -MismatchedFieldAction Truncate", "id=1 name=a m=")]
    [InlineData("id,name\n1,a\n", "-Column old -Rename @{ old = 'name' } -MissingColumnAction Null", "name=a")]
    [InlineData("id,n\n1,7\n", "-Type @{ old = 'int' } -Rename @{ old = 'n' } -MissingColumnAction Null", "id=1 n=7")]
    public void Import_Format_GivesTheColumns(string content, string arguments, string expected)
    {
        _session.Write("f.csv", content);
        PSObject record = Assert.Single(_session.Run($"Import-EtlCsv f.csv {arguments}"));
        Assert.Equal(expected, string.Join(' ', record.Properties.Select(property => $"{property.Name}={property.Value}")));
    }

    [Theory]
    [InlineData("windows-1252", 1252)]
    [InlineData("1252", 1252)]
    [InlineData("unicode", 1200)]
    [InlineData("latin1", 28591)]
    [InlineData("utf8", 65001)]
    public void Import_Encoding_IsTakenByNameOrCodePage(string name, int codePage)
    {
        Encoding encoding = CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);
        File.WriteAllBytes(_session.PathOf("e.csv"), encoding.GetBytes("id,name\n1,Köln\n"));
        Assert.Equal("Köln", Assert.Single(_session.Run($"Import-EtlCsv e.csv -Encoding {name}")).Properties["name"].Value);
    }

    [Fact]
    public void Import_Types_ConvertsTheNamedColumnsAndLeavesTheOthersText()
    {
        _session.Write("t.csv", "zip,amount,at,empty\n00501,12.50,2026-11-02T09:12:00,\n");
        PSObject record = Assert.Single(_session.Run("Import-EtlCsv t.csv -Type @{ amount = [decimal]; AT = 'datetime'; empty = 'int' }"));
        Assert.Equal("00501", record.Properties["zip"].Value);
        Assert.Equal(12.50m, record.Properties["amount"].Value);
        Assert.Equal(new DateTime(2026, 11, 2, 9, 12, 0, DateTimeKind.Utc), record.Properties["at"].Value);
        Assert.Null(record.Properties["empty"].Value);
    }

    [Fact]
    public void Import_CultureZoneAndNulls_AreOfTheConversion()
    {
        _session.Write("c.csv", "n;at;d;x\n1.234,5;24.11.2026 10:00;NULL;\n");
        PSObject record = Assert.Single(_session.Run(
            "Import-EtlCsv c.csv -Delimiter ';' -Culture de-DE -TimeZone Europe/Berlin -NullValue NULL, '' -InferType -Type @{ d = 'date' } -IdColumn n"));
        Assert.Equal(1234.5m, record.Properties["n"].Value);
        Assert.Equal(new DateTime(2026, 11, 24, 9, 0, 0, DateTimeKind.Utc), record.Properties["at"].Value);
        Assert.Null(record.Properties["d"].Value);
        Assert.Null(record.Properties["x"].Value);
        Assert.Equal("1234.5", _session.Run("(Import-EtlCsv c.csv -Delimiter ';' -Culture de-DE -Type @{ n = 'decimal' } -IdColumn n).EtlId")[0].BaseObject);
    }

    [Fact]
    public void Import_BadRows_AreFailedRecordsAndTheNextRowsAreRead()
    {
        _session.Write("b.csv", "id,n\n1,1\n2\n3,3,3\n4,four\n\"5\"x,5\n6,6\n");
        Outcome outcome = _session.Try("Import-EtlCsv b.csv -Type @{ n = 'int' }");
        Assert.Equal(["1", "6"], outcome.Output.Select(record => (string)record.Properties["id"].Value));
        Assert.Equal(
            ["TooFewFields 3", "TooManyFields 4", "ConversionFailed 5", "MalformedRow 6"],
            outcome.Errors.Select(error => $"{error.FullyQualifiedErrorId.Split(',')[0]} {PositionLine(error)}"));
        Assert.DoesNotContain(outcome.Errors, error => error.ToString().Contains("four", StringComparison.Ordinal));
    }

    [Fact]
    public void Import_ErrorActionStop_EndsAtTheFirstFailedRecordWithTheResult()
    {
        _session.Write("b.csv", "id,n\n1,1\n2\n3\n");
        Outcome outcome = _session.Try("Import-EtlCsv b.csv -ErrorAction Stop | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable");
        Assert.StartsWith("TooFewFields,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal("EtlTools.Cmdlets.EtlLoadResult", outcome.EndingError.TargetObject.GetType().FullName);
        Assert.Empty(outcome.Output);
    }

    private static string PositionLine(ErrorRecord error) => error.ToString().Split(':')[1];

    [Fact]
    public void Import_FilesPutTogether_TheirByteOrderMarksAreNoText()
    {
        _session.Write("a.csv", "\uFEFFid,n\n1,a\n\uFEFFid,n\n2,b\n");
        Assert.Equal(["1a", "2b"], _session.Run("Import-EtlCsv a.csv -SkipRepeatedHeader | ForEach-Object { \"$($_.id)$($_.n)\" }").Select(row => row.ToString()));
        _session.Write("b.csv", "1,a\n\uFEFF2,b\n");
        Assert.Equal(["1a", "2b"], _session.Run("Import-EtlCsv b.csv -Header id, n | ForEach-Object { \"$($_.id)$($_.n)\" }").Select(row => row.ToString()));
    }

    [Fact]
    public void Import_Utf16AppendedToUtf8_IsFailedRecords()
    {
        File.WriteAllBytes(_session.PathOf("a.csv"), [.. "id,n\n1,a\n"u8, .. Encoding.Unicode.GetBytes("2,b\n3,c\n")]);
        Outcome outcome = _session.Try("Import-EtlCsv a.csv | ForEach-Object { \"$($_.id)$($_.n)\" }");
        Assert.Equal("1a", outcome.Output.Single().ToString());
        // The last byte is half of a line end.
        Assert.Equal(["InvalidBytes", "InvalidBytes", "TooFewFields"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        _session.Write("b.csv", "id,n\n1,a\0b\n");
        Assert.Equal("a\0b", _session.Run("(Import-EtlCsv b.csv).n").Single().ToString());
    }

    [Theory]
    [InlineData("ABC100", "DEF100", "String")]
    [InlineData("EUR 100", "USD 7", "Int64")]
    [InlineData("12-", "13-", "String")]
    [InlineData("12.50-", "13.00-", "Decimal")]
    [InlineData("(1)", "(2)", "String")]
    public void InferType_WithEveryNotation_LeavesCodesText(string first, string second, string type)
    {
        _session.Write("a.csv", $"code\n{first}\n{second}\n");
        Assert.Equal(type, _session.Run("(Import-EtlCsv a.csv -InferType -NumberNotation Any | Select-Object -First 1).code.GetType().Name").Single().ToString());
    }

    [Fact]
    public void Watermark_SourceByItsRelativePath_IsFound()
    {
        _session.Write("a.csv", "id,n\n1,a\n");
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath w.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl");
        Assert.Equal("1 1 0", _session.Run("\"$(@(Get-EtlWatermark w -SqlitePath w.db -Source ./a.csv).Count) $(@(Get-EtlWatermark w -SqlitePath w.db -Source *.csv).Count) $(@(Get-EtlWatermark w -SqlitePath w.db -Source ./b.csv).Count)\"").Single().ToString());
        _session.Run("Remove-EtlWatermark w -SqlitePath w.db -Source ./a.csv");
        Assert.Empty(_session.Run("Get-EtlWatermark w -SqlitePath w.db"));
    }

    [Theory]
    [InlineData("12,5;13,1;14,2\n12,6;13,0;14,1\n", "-NoHeader", "12,5|13,1|14,2")]
    [InlineData("Temp, C;Hum, %;hPa\n12,5;13,1;14,2\n", "", "12,5|13,1|14,2")]
    [InlineData("a\tb\n1,5\t2,5\n", "", "1,5|2,5")]
    [InlineData("a,b;c\n1,x;y\n", "-Culture de-DE", "1,x|y")]
    [InlineData("a,b\n1,5\n2,6\n", "", "1|5")]
    public void Import_DelimiterAuto_DecimalCommaIsNone(string content, string arguments, string first)
    {
        _session.Write("d.csv", content);
        Assert.Equal(first, _session.Try($"Import-EtlCsv d.csv -Delimiter Auto {arguments} | ForEach-Object {{ $_.psobject.Properties.Value -join '|' }}").Output[0].ToString());
    }

    [Theory]
    [InlineData("NO\nNO\n", "NO NO")]
    [InlineData("yes\nno\n", "True False")]
    [InlineData("true\ntrue\n", "True True")]
    public void Import_InferType_OneWordIsNoBool(string values, string expected)
    {
        _session.Write("b.csv", $"v\n{values}");
        Assert.Equal(expected, string.Join(' ', _session.Run("Import-EtlCsv b.csv -InferType | ForEach-Object { \"$($_.v)\" }")));
    }

    [Fact]
    public void Import_CopyText_EndMarkIsNoRow()
    {
        _session.Write("c.txt", "abc\n\\.\n");
        Assert.Equal("abc", Assert.Single(_session.Run("Import-EtlCsv c.txt -Quote '' -Escape '\\' -Delimiter Tab -Header v")).Properties["v"].Value);
    }

    [Theory]
    [InlineData("int", "3000000000", "use the type long")]
    [InlineData("int", "1.5", "use the type decimal")]
    [InlineData("long", "99999999999999999999", "use the type decimal")]
    [InlineData("decimal", "0.1234567890123456789012345678901", "use the type double")]
    [InlineData("date", "2024-02-29T10:00:00", "use the type datetime")]
    [InlineData("int", "abc", "give its -Culture")]
    public void Import_ValueOfAWiderType_IsToldWhich(string type, string value, string says)
    {
        _session.Write("w.csv", $"v\n{value}\n");
        Assert.Contains(says, Assert.Single(_session.Try($"Import-EtlCsv w.csv -Type @{{ v = '{type}' }}").Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Import_FileThatWildcardsFindAsWell_IsReadOnce()
    {
        _session.Write("t1.csv", "id\n1\n");
        foreach (string paths in new[] { "t1.csv, t*.csv", "t*.csv, t1.csv", "t*.csv, t1*.csv" })
        {
            Outcome outcome = _session.Try($"Import-EtlCsv {paths}");
            Assert.Single(outcome.Output);
            Assert.Contains("read once", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        }
        Assert.Equal(2, _session.Run("Import-EtlCsv t1.csv, t1.csv").Count);
    }

    [Fact]
    public void Import_PipedNameWithBrackets_IsThatFile()
    {
        _session.Write("sales[1].csv", "id\n1\n");
        _session.Write("sales1.csv", "id\nother\n");
        Assert.Equal("1", Assert.Single(_session.Run("'sales[1].csv' | Import-EtlCsv")).Properties["id"].Value);
    }

    [Fact]
    public void DeadLetters_SavedWithAByteOrderMark_AreRead()
    {
        _session.Write("l.csv", "v\nx\ny\n");
        Assert.Equal(2, _session.Try("Import-EtlCsv l.csv -Type @{ v = 'int' } -DeadLetterPath l.jsonl; (Get-Content l.jsonl) | Set-Content l.jsonl -Encoding utf8BOM; Import-EtlDeadLetter l.jsonl").Output.Count);
    }
}
