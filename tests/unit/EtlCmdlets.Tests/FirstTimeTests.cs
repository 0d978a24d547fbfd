using System.Management.Automation;
using EtlTools.Engine.Tests.Extract.Api;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What somebody types who sees the module for the first time, and what it says then.</summary>
public sealed class FirstTimeTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public FirstTimeTests() => _session.Write("a.csv", "id,name\n1,a\n2,b\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv -Type decimal", "@{ column = 'decimal' }")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Type decimal", "@{ column = 'decimal' }")]
    [InlineData("Import-EtlSql -SqlitePath t.db orders", "-Table orders")]
    public void Call_OfHabit_IsToldWhatWasMeant(string script, string says)
    {
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table orders -Key id -CreateTable");
        Assert.Contains(says, _session.Try(script).EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void AllowedValues_IsAllowedValue() =>
        Assert.Equal("1", _session.Run("Import-EtlCsv a.csv | Invoke-EtlTransform -AllowedValues @{ name = 'a' } -ErrorAction Ignore | ForEach-Object id").Single().ToString());

    [Fact]
    public void Load_OfNothingPiped_Warns()
    {
        const string load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -WarningVariable w | Out-Null; \"$w\"";
        _session.Run("Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        Assert.Contains("Nothing is piped into Export-EtlSqlUpsert", _session.Run(load).Single().ToString(), StringComparison.Ordinal);
        Assert.Equal("", _session.Run($"@() | {load}").Single().ToString());
        Assert.Equal("", _session.Run("@{ id = 1; name = 'x' } | " + load).Single().ToString());
    }

    [Fact]
    public void UnknownColumn_NamesAreCut()
    {
        _session.Write("wide.csv", string.Join(',', Enumerable.Range(1, 40).Select(i => $"c{i}{new string('x', 200)}")) + "\n");
        string said = _session.Try("Import-EtlCsv wide.csv -Type @{ nothing = 'int' }").EndingError.ToString();
        Assert.Contains("and 30 more", said, StringComparison.Ordinal);
        Assert.InRange(said.Length, 100, 900);
    }

    [Fact]
    public void Conversion_OfAValueInACulture_DoesNotAskForTheCulture()
    {
        _session.Write("b.csv", "id;amount\n1;12,50 €\n");
        string said = _session.Try("Import-EtlCsv b.csv -Delimiter ';' -Type @{ amount = 'decimal' } -Culture de-DE").Errors.Single().ToString();
        Assert.Contains("-NumberNotation Currency", said, StringComparison.Ordinal);
        Assert.DoesNotContain("give its -Culture", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Get-EtlWatermark")]
    [InlineData("Set-EtlWatermark x -Source y -Row 1")]
    [InlineData("Remove-EtlWatermark x")]
    [InlineData("Import-EtlSql -Table t")]
    [InlineData("@{ id = 1 } | Export-EtlSqlUpsert -Table t -Key id")]
    public void Connection_NotGiven_MessageNamesItsParameters(string call)
    {
        string said = _session.Try(call).EndingError.ToString();
        Assert.All(["-SqlitePath", "-Provider", "-ServerInstance", "-SqlInstance", "-Database", "-ConnectionString"], name => Assert.Contains(name, said, StringComparison.Ordinal));
        Assert.StartsWith("-ConnectionString does not show", _session.Try($"{call} -ConnectionString 'Timeout=5'").EndingError.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("-ServerInstance does not show", _session.Try($"{call} -ServerInstance db1").EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Select-Object -First 20")]
    [InlineData("ForEach-Object { if ($_.id -eq '20') { throw 'enough' } }")]
    public void Progress_OfAPipelineThatEndsEarly_GoesAway(string end)
    {
        _session.Write("many.csv", "id\n" + string.Concat(Enumerable.Range(1, 100_000).Select(i => $"{i}\n")));
        using PowerShell shell = _session.Shell($"Import-EtlCsv many.csv | ForEach-Object {{ Start-Sleep -Milliseconds 30; $_ }} | {end}");
        try
        {
            shell.Invoke();
        }
        catch (RuntimeException)
        {
            // The second one throws, as it shall.
        }
        ProgressRecord[] bars = [.. shell.Streams.Progress.Where(bar => bar.Activity == "Import-EtlCsv")];
        Assert.Equal(ProgressRecordType.Completed, bars[^1].RecordType);
        Assert.Contains(bars, bar => bar.RecordType == ProgressRecordType.Processing);
    }

    [Fact]
    public void Progress_OfThePipeline_BarsFirstComeInItsOrder()
    {
        _session.Write("few.csv", "id\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"{i}\n")));
        using PowerShell shell = _session.Shell(
            "Import-EtlCsv few.csv | Invoke-EtlTransform { Start-Sleep -Milliseconds 50; $_ } -ThrottleLimit 1 -BufferSize 1 | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        shell.Invoke();
        Assert.Equal(
            ["Import-EtlCsv", "Invoke-EtlTransform", "Export-EtlSqlUpsert"],
            shell.Streams.Progress.Select(bar => bar.Activity).Where(name => name.Contains("-Etl", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public void Progress_OfACommandThatIsSilenced_OthersDoNotDrawIt()
    {
        _session.Write("few.csv", "id\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"{i}\n")));
        using PowerShell shell = _session.Shell(
            "Import-EtlCsv few.csv -ProgressAction Ignore | Invoke-EtlTransform { Start-Sleep -Milliseconds 50; $_ } -ThrottleLimit 1 -BufferSize 1 | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        shell.Invoke();
        Assert.Equal(
            ["Invoke-EtlTransform", "Export-EtlSqlUpsert"],
            shell.Streams.Progress.Select(bar => bar.Activity).Where(name => name.Contains("-Etl", StringComparison.Ordinal)).Distinct());
    }

    [Fact]
    public void Api_AListWithoutItemPath_IsTakenAndTheOnlyListIsNamed()
    {
        using var service = new TestService(context => context.Json((context.Request.Path.Value ?? "") switch
        {
            "/bare" => """[{"id":1},{"id":2}]""",
            "/last" => """{"items":[{"id":1}],"page":1,"next":null}""",
            "/more" => """{"items":[{"id":1}],"page":1,"next":"/more?page=2"}""",
            _ => """{"data":[{"id":1}],"page":1,"pages":5,"next":"/items?page=2"}""",
        }));
        Assert.Equal("1 2", string.Join(' ', _session.Run($"Invoke-EtlApi {service.Url}/bare -Pagination None | ForEach-Object id")));
        Assert.Equal("1 2", string.Join(' ', _session.Run($"Invoke-EtlApi {service.Url}/bare -WarningAction Ignore | ForEach-Object id")));
        string said = _session.Try($"Invoke-EtlApi {service.Url}/items").EndingError.ToString();
        Assert.Contains("'data' is a list: use -ItemPath data.", said, StringComparison.Ordinal);
        Assert.Contains("(the default of -ItemPath)", said, StringComparison.Ordinal);
        Outcome more = _session.Try($"Invoke-EtlApi {service.Url}/more");
        Assert.StartsWith("NextPageUnknown,", more.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Pagination None", more.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Single(_session.Run($"Invoke-EtlApi {service.Url}/more -Pagination None"));
        Assert.Single(_session.Run($"Invoke-EtlApi {service.Url}/last -WarningAction Ignore"));
    }

    [Fact]
    public void DeadLetters_OfARunOrATime_AreChosen()
    {
        _session.Write("b.csv", "id,amount\n1,x\n2,y\n");
        const string load = "Import-EtlCsv b.csv -Type @{ amount = 'int' } | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -DeadLetterPath d.jsonl";
        string run = _session.Run($"({load}).RunId").Single().ToString();
        Assert.Equal(2, _session.Run($"Import-EtlDeadLetter d.jsonl -RunId {run}").Count);
        Assert.Empty(_session.Run($"Import-EtlDeadLetter d.jsonl -RunId {Guid.NewGuid()}"));
        Assert.Equal(2, _session.Run("Import-EtlDeadLetter d.jsonl -After (Get-Date).AddMinutes(-5)").Count);
        Assert.Empty(_session.Run("Import-EtlDeadLetter d.jsonl -After (Get-Date).AddMinutes(5)"));
        Assert.Equal("ConversionFailed", _session.Run("(Import-EtlDeadLetter d.jsonl).EtlLetter | Group-Object Code | ForEach-Object Name").Single().ToString());
    }

    [Fact]
    public void Verbose_TellsTheDelimiterThatWasFound()
    {
        _session.Write("semi.csv", "a;b\n1;2\n");
        using PowerShell shell = _session.Shell("Import-EtlCsv semi.csv -Delimiter Auto -Verbose");
        shell.Invoke();
        Assert.Contains(shell.Streams.Verbose, line => line.Message == "semi.csv: the delimiter is ';', the encoding utf-8.");
    }

    [Fact]
    public void Tab_BehindImportDeadLetter_OffersWhatTheFileHas()
    {
        _session.Write("b.csv", "id,amount\n1,x\n");
        _session.Run("Import-EtlCsv b.csv -Type @{ amount = 'int' } -DeadLetterPath d.jsonl");
        const string complete = "(TabExpansion2 '{0}').CompletionMatches.CompletionText";
        Assert.Equal("amount", _session.Run(complete.Replace("{0}", "Import-EtlDeadLetter d.jsonl -Column ", StringComparison.Ordinal)).Single().ToString());
        Assert.Equal("Import-EtlCsv", _session.Run(complete.Replace("{0}", "Import-EtlDeadLetter d.jsonl -Stage Import-EtlC", StringComparison.Ordinal)).Single().ToString());
    }

    [Fact]
    public void RecordWithoutAPlace_IsToldByItsNumber()
    {
        using var service = new TestService(context => context.Request.Path.Value!.EndsWith("/7", StringComparison.Ordinal) ? context.Status(404) : context.Json("{}"));
        Assert.StartsWith("record 7: ", _session.Try($"1..8 | ForEach-Object {{ [pscustomobject]@{{ id = $_ }} }} | Invoke-EtlApi '{service.Url}/{{id}}'").Errors.Single().ToString(), StringComparison.Ordinal);
        Assert.Equal(["record 1: ", "record 2: "], _session.Try("1..2 | Invoke-EtlTransform -Required id").Errors.Select(error => error.ToString()[..10]));
    }

    [Theory]
    [InlineData("datetime")]
    [InlineData("datetimeoffset")]
    public void TimeThatTheClocksSkip_IsToldAsTheReason(string type)
    {
        _session.Write("d.csv", "id;t\n1;29.03.2026 02:30\n2;29.03.2026 03:00\n3;30.02.2026 01:00\n");
        string[] errors = [.. _session.Try($"Import-EtlCsv d.csv -Delimiter ';' -Culture de-DE -TimeZone Europe/Berlin -Type @{{ t = '{type}' }}").Errors.Select(error => error.ToString())];
        Assert.Equal($"d.csv:2: 't' is not a {type} in the time zone Europe/Berlin: the clocks there skip that time when they are put forward.", errors[0]);
        Assert.Contains("or there is no such day", errors[1], StringComparison.Ordinal);
        Assert.Equal(2, errors.Length);
    }

    [Fact]
    public void DeadLetters_OfACodeOfTheUser_AreReadWithoutAWarning()
    {
        _session.Run("@{ id = 1 } | Export-EtlDeadLetter d.jsonl -Code AmountTooSmall");
        Outcome outcome = _session.Try("Import-EtlDeadLetter d.jsonl -Code AmountTooSmall");
        Assert.Equal("1", Assert.Single(outcome.Output).Properties["id"].Value?.ToString());
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void DeadLetters_OfACodeThatIsNone_AreNotJustNothing()
    {
        _session.Write("b.csv", "id,amount\n1,x\n");
        _session.Run("Import-EtlCsv b.csv -Type @{ amount = 'int' } -DeadLetterPath d.jsonl");
        using PowerShell shell = _session.Shell("Import-EtlDeadLetter d.jsonl -Code ConversionFaled, OutOfRange, Conv*ion");
        shell.Invoke();
        Assert.Equal("-Code: no command of this module uses the code 'ConversionFaled'. Did you mean 'ConversionFailed'?", Assert.Single(shell.Streams.Warning).Message);
    }

    [Fact]
    public void Result_BehindOutputOfAnotherShape_IsShort()
    {
        _session.Run("$r = Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        string shown = _session.Run("[pscustomobject]@{ a = 1; b = 2; c = 3; d = 4; e = 5 }, $r | Out-String").Single().ToString();
        Assert.Contains("Loaded", shown, StringComparison.Ordinal);
        Assert.Contains("InputErrors", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("RowsPerSecond", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void RecordWithoutAPlace_RefusedByTheLoader_IsToldByItsNumber()
    {
        const string load = "Export-EtlSqlUpsert -SqlitePath n.db -Table t -Key id -CreateTable";
        _session.Run($"1..3 | ForEach-Object {{ [pscustomobject]@{{ id = $_; n = $_ }} }} | {load}");
        // Keys in any order go to one writer of SQLite; a bad value, and a column that only one of them has.
        string[] errors = [.. _session.Try(
            $"9..4 | ForEach-Object {{ if ($_ -eq 7) {{ [pscustomobject]@{{ id = $_; n = 'x' }} }} elseif ($_ -eq 5) {{ [pscustomobject]@{{ id = $_; n = 1; more = 2 }} }} else {{ [pscustomobject]@{{ id = $_; n = $_ }} }} }} | {load}")
            .Errors.Select(error => error.ToString())];
        Assert.StartsWith("record 3: The column 'n'", errors[0], StringComparison.Ordinal);
        Assert.Equal(
            "record 5: The table 't' has no column 'more'. Give its name in the table with -ColumnMap, leave it out with -ExtraColumn Ignore, or add it with -ExtraColumn Add.", errors[1]);
    }

    [Fact]
    public void RecordWithoutAPlace_FailedBeforeTheLoader_KeepsItsNumber() =>
        Assert.StartsWith(
            "record 2: ",
            _session.Try("1..3 | ForEach-Object { [pscustomobject]@{ id = $_; n = if ($_ -ne 2) { 1 } } } | Invoke-EtlTransform -Required n | Export-EtlSqlUpsert -SqlitePath n.db -Table f -Key id -CreateTable")
                .Errors.Single().ToString(),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"id":1}""")]
    [InlineData("""[{"id":1}]""")]
    [InlineData("{\n  \"id\": 1\n}")]
    [InlineData("[\n  1, 2\n]")]
    public void Json_GivenToTheReaderOfCsv_NamesTheOtherCommand(string text)
    {
        _session.Write("a.txt", text);
        Assert.Equal("a.txt:1: the file begins like JSON. Read it with Import-EtlJson.", _session.Try("Import-EtlCsv a.txt").Errors.Single().ToString());
    }

    [Fact]
    public void Csv_GivenToTheReaderOfJson_NamesTheOtherCommand() =>
        Assert.Equal("a.csv: It is not valid JSON at byte 0. If it is CSV, read it with Import-EtlCsv.", _session.Try("Import-EtlJson a.csv").Errors.Single().ToString());

    [Fact]
    public void Headers_ThatBeginWithABracket_AreRead()
    {
        _session.Write("b.csv", "[id],{name}\n1,x\n");
        Assert.Equal("x", _session.Run("(Import-EtlCsv b.csv).'{name}'").Single().ToString());
    }

    [Fact]
    public void Watermark_OfADatabase_ShowsItsValues()
    {
        _session.Run("Import-EtlCsv a.csv -Type @{ id = 'int' } | Export-EtlSqlUpsert -SqlitePath s.db -Table s -Key id -CreateTable");
        _session.Run("Import-EtlSql -SqlitePath s.db -Table s -WatermarkColumn id | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -WatermarkName w -DeadLetterPath d.jsonl");
        Assert.Equal("2", _session.Run("(Get-EtlWatermark w -SqlitePath t.db).Value").Single().ToString());
    }
}
