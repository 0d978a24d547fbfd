using System.Collections.ObjectModel;
using System.Management.Automation;
using EtlTools.Testing;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>The whole pipeline into SQLite, as users call it.</summary>
public sealed class LoadTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Confirmation_WithNameCase_NamesTheTableAndColumnsThatAreMeant()
    {
        string said = string.Concat(_session.Run(
            "[pscustomobject]@{ OrderNo = 1 } | Export-EtlSqlUpsert -SqlitePath t.db -Table OrderItems -Key OrderNo -NameCase Snake -CreateTable -Verbose 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] }"));
        Assert.Contains("Upsert by key order_no", said, StringComparison.Ordinal);
        Assert.Contains("table order_items of", said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-WatermarkLag", "00:10:00")]
    [InlineData("-NullWatermark", "Exclude")]
    public void Load_ParameterOfTheWatermarkColumnWithoutIt_IsRefused(string parameter, string value)
    {
        Outcome outcome = _session.Try($"@{{ id = 1 }} | {Load} -CreateTable -WatermarkName w -DeadLetterPath d.jsonl {parameter} {value}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"{parameter} is about the column of -WatermarkColumn", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("600")]
    [InlineData("'600'")]
    [InlineData("00:10:00")]
    [InlineData("([timespan]::FromMinutes(10))")]
    public void WatermarkLag_OfANumber_IsInSeconds(string lag)
    {
        _session.Write("lag.csv", "id,at\n1,2026-01-01T12:00:00Z\n");
        string until = Assert.Single(_session.Run(
            $"(Import-EtlCsv lag.csv -Type @{{ at = 'datetime' }} | {Load} -CreateTable -WatermarkName w -WatermarkColumn at -DeadLetterPath d.jsonl -WatermarkLag {lag}).Watermark.Value")).ToString();
        Assert.StartsWith("2026-01-01T11:50:00", until, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a.csv", "id,n\n1,2\n3,4", "\n", "Import-EtlCsv")]
    [InlineData("a.jsonl", "{\"id\":1}\n{\"id\":3}", "\n", "Import-EtlJson")]
    public void Append_LastLineWithoutAnEnd_IsRefusedUntilItHasOne(string name, string text, string end, string import)
    {
        string load = $"{import} {name} -ResumeFrom (Get-EtlWatermark w -SqlitePath t.db) | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Mode Append -CreateTable -WatermarkName w -DeadLetterPath d.jsonl";
        _session.Write(name, text);
        Outcome outcome = _session.Try(load);
        Assert.StartsWith("WatermarkImpossible,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("End the file's last line", outcome.EndingError.ToString(), StringComparison.Ordinal);
        _session.Write(name, text + end);
        for (int i = 0; i < 2; i++)
            Assert.Null(_session.Try(load).Terminating);
        Assert.Equal(["1", "3"], Rows("SELECT id FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("-Message 'm'")]
    [InlineData("-Column id")]
    public void ExportDeadLetter_DescriptionWithoutCode_IsRefused(string more)
    {
        Outcome outcome = _session.Try($"@{{ id = 1 }} | Export-EtlDeadLetter d.jsonl {more}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Add -Code", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_Twice_ChangesNothing()
    {
        _session.Write("a.csv", "id,zip,name\n1,00501,\"a, b\"\n2,00544,\n3,99999,\"say \"\"hi\"\"\"\n");
        PSObject first = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable"));
        string[] rows = Rows("SELECT id, zip, name FROM t ORDER BY id");
        PSObject second = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable"));
        Assert.Equal(["1|00501|a, b", "2|00544|", "3|99999|say \"hi\""], rows);
        Assert.Equal(rows, Rows("SELECT id, zip, name FROM t ORDER BY id"));
        Assert.Equal((3L, 3L, 0L), (first.Properties["Loaded"].Value, first.Properties["Inserted"].Value, first.Properties["Updated"].Value));
        Assert.Equal((3L, 0L, 3L), (second.Properties["Loaded"].Value, second.Properties["Inserted"].Value, second.Properties["Updated"].Value));
        Assert.Equal(true, second.Properties["Succeeded"].Value);
    }

    [Fact]
    public void Load_MissingColumn_KeepsTheStoredValueAndTakesTheDefault()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT DEFAULT 'none', b TEXT)");
        _session.Run($"@{{ id = '1'; a = 'x'; b = 'y' }} | {Load}");
        _session.Run($"@{{ id = '1'; b = $null }}, @{{ id = '2'; b = 'z' }} | {Load}");
        Assert.Equal(["1|x|", "2|none|z"], Rows("SELECT id, a, b FROM t ORDER BY id"));
    }

    [Fact]
    public void Result_NamesTargetAndDeadLetter_AsItsViewDoes()
    {
        var output = _session.Run($"$r = @{{ id = 1 }}, @{{ id = $null }} | {Load} -CreateTable -DeadLetterPath dead.jsonl; $r.Target; $r.DeadLetterPath; ($r | Out-String -Width 500)");
        Assert.Equal($"Sqlite {_session.PathOf("t.db")}, table t", output[0].ToString());
        Assert.Equal(_session.PathOf("dead.jsonl"), output[1].ToString());
        Assert.Contains($"Target         : {output[0]}", output[2].ToString(), StringComparison.Ordinal);
        Assert.Contains($"DeadLetterPath : {output[1]}", output[2].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-SqlitePath t.db", "table t of 't.db'")]
    [InlineData("-Provider Sqlite -ConnectionString 'Data Source=t.db;Foreign Keys=false'", "table t of 't.db'")]
    [InlineData("-Provider PostgreSQL -ConnectionString 'Host=127.0.0.1;Port=1;Database=shop;Password=CANARY' -OutageBudgetSec 0", "table t of '127.0.0.1:1/shop'")]
    [InlineData("-Provider PostgreSQL -ServerInstance 127.0.0.1:1 -Database shop -OutageBudgetSec 0", "table t of '127.0.0.1:1/shop'")]
    public void Load_AsksOrTells_WhichDatabase(string target, string says)
    {
        using PowerShell shell = _session.Shell($"try {{ @{{ id = '1' }} | Export-EtlSqlUpsert {target} -Table t -Key id -Verbose }} catch {{ $_ | Out-Null }}");
        shell.Invoke();
        Assert.Contains(shell.Streams.Verbose, verbose => verbose.Message.Contains($"on target \"{says}\"", StringComparison.Ordinal));
        Assert.DoesNotContain(shell.Streams.Verbose, verbose => verbose.Message.Contains("CANARY", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_NullInTheKey_IsAFailedRecord()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, a TEXT)");
        Outcome outcome = _session.Try($"@{{ id = $null; a = 'x' }}, @{{ id = '2'; a = 'y' }} | {Load}");
        Assert.StartsWith("KeyIsNull,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(["2|y"], Rows("SELECT id, a FROM t"));
    }

    [Fact]
    public void Load_DuplicateKeysInABatch_TheLastWins()
    {
        PSObject result = Assert.Single(_session.Run($"@{{ id = '1'; a = 'x' }}, @{{ id = '1'; a = 'y' }}, @{{ id = '1'; a = 'z' }} | {Load} -CreateTable"));
        Assert.Equal(["1|z"], Rows("SELECT id, a FROM t"));
        Assert.Equal((1L, 2L), (result.Properties["Loaded"].Value, result.Properties["Superseded"].Value));
    }

    [Theory]
    [InlineData("Remove-EtlWatermark w -SqlitePath u.db")]
    [InlineData("Set-EtlWatermark w -SqlitePath u.db -Source x.csv -Row 0")]
    public void Watermark_ThatALoadUses_IsNotChanged(string change)
    {
        const string Load = "Export-EtlSqlUpsert -SqlitePath u.db -Table t -Key id -CreateTable -BatchSize 1 -WatermarkName w -DeadLetterPath d.jsonl";
        _session.Write("a.csv", "id\n1\n2\n");
        _session.Run($"Import-EtlCsv a.csv | {Load}");
        _session.Write("a.csv", "id\n1\n2\n3\n");
        Outcome outcome = _session.Try($"$said = $null; $null = Import-EtlCsv a.csv | ForEach-Object {{ if ($_.id -eq '3') {{ try {{ {change} -Confirm:$false }} catch {{ $said = $_ }} }}; $_ }} | {Load}; \"$said\"; (Get-EtlWatermark w -SqlitePath u.db).Row");
        Assert.StartsWith("A load is using the watermark 'w'", outcome.Output[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(["3", "2"], outcome.Output.Skip(1).Select(row => row.ToString()));
        _session.Run($"{change} -Confirm:$false");
    }

    [Fact]
    public void Load_WhatIf_GivesThePlanAndTouchesNothing()
    {
        _session.Write("a.csv", "id,name\n1,a\n2,b\n");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -CreateTable -WatermarkName job -DeadLetterPath d.jsonl -WhatIf; (Get-EtlRun)[-1].State");
        Assert.Empty(outcome.Errors);
        PSObject plan = outcome.Output[0];
        Assert.Equal("t: id -> id (TEXT): Key, name -> name (TEXT): InsertAndUpdate", plan.ToString());
        string[] statements = (string[])plan.Properties["Statements"].Value;
        Assert.StartsWith("CREATE TABLE IF NOT EXISTS \"etl_watermark\"", statements[0], StringComparison.Ordinal);
        Assert.StartsWith("CREATE TABLE \"t\"", statements[1], StringComparison.Ordinal);
        Assert.StartsWith("INSERT INTO \"t\"", statements[2], StringComparison.Ordinal);
        Assert.Null(plan.Properties["Problem"].Value);
        Assert.NotEqual("Failed", outcome.Output[1].ToString());
        Assert.Equal(["a.csv"], Directory.GetFiles(_session.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Load_WhatIf_WrongCallEndsItAsWithoutIt()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        Assert.StartsWith("KeyColumnMissing,", _session.Try($"@{{ id = 1 }} | {Load.Replace("-Key id", "-Key nope", StringComparison.Ordinal)} -WhatIf").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.StartsWith("UnknownColumn,", _session.Try($"@{{ id = 1; x = 2 }} | {Load} -WhatIf").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(_session.Run($"{Load} -InputObject $null -WhatIf"));
    }

    [Fact]
    public void Load_WhatIfWithResultVariable_PutsThePlanThereAndReadsNoFurther()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        _session.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i},a\n")));
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -BufferSize 100 | {Load} -WhatIf -ResultVariable r; $r.Columns.Count; (Get-EtlRun)[-1].State");
        Assert.Equal(["2", "Drained"], outcome.Output.Select(value => value.ToString()));
        Assert.Equal(["0"], Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData("Delete", "delete")]
    [InlineData("truncate", "delete")]
    [InlineData("Wal", "wal")]
    public void Load_JournalMode_IsTheDatabases(string mode, string kept)
    {
        _session.Run($"@{{ id = '1'; name = 'a' }} | {Load} -CreateTable -JournalMode {mode}");
        Assert.Equal([kept], Rows("PRAGMA journal_mode"));
        _session.Run($"@{{ id = '2'; name = 'a' }} | {Load}");
        Assert.Equal([kept], Rows("PRAGMA journal_mode"));
    }

    [Theory]
    [InlineData("-JournalMode Off", "-JournalMode Off")]
    [InlineData("-JournalMode Wal -UseMerge", "-UseMerge is for -Provider SqlServer")]
    public void Load_JournalModeThatCannotBe_IsRefusedBeforeTheFirstRecord(string parameters, string says)
    {
        Outcome outcome = _session.Try($"@{{ id = '1'; name = 'a' }} | {Load} -CreateTable {parameters}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(_session.PathOf("t.db")));
    }

    [Fact]
    public void Load_JournalModeOfAnotherProvider_IsRefused()
    {
        Outcome outcome = _session.Try("@{ id = '1' } | Export-EtlSqlUpsert -ConnectionString 'Host=127.0.0.1;Port=1' -Provider PostgreSQL -Table t -Key id -JournalMode Wal");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-JournalMode is for -Provider Sqlite", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_JournalModeMemory_Warns()
    {
        Outcome outcome = _session.Try($"@{{ id = '1'; name = 'a' }} | {Load} -CreateTable -JournalMode Memory 3>&1");
        Assert.Contains(outcome.Output, value => value.ToString().Contains("killed", StringComparison.Ordinal));
    }

    [Fact]
    public void Load_SchemaChangeEvolve_WarnsOnceAndLoads()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, qty INTEGER)");
        Outcome outcome = _session.Try($"@{{ id = '1'; qty = 1.5 }}, @{{ id = '2'; qty = 2.5 }} | {Load} -SchemaChange Evolve 3>&1");
        Assert.Contains("'qty' (INTEGER) of 't'", outcome.Output[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(2L, outcome.Output[1].Properties["Loaded"].Value);
        Assert.Equal(["1|1.5", "2|2.5"], Rows("SELECT id, qty FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-DeadLetterPath d.jsonl")]
    public void Load_ErrorActionStop_TargetIsTheResult(string parameters)
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, qty INTEGER)");
        Outcome outcome = _session.Try($"@{{ id = '1'; qty = 1 }}, @{{ id = '2'; qty = 'x' }} | {Load} -BatchSize 1 {parameters} -ErrorAction Stop");
        Assert.StartsWith("TargetTypeMismatch,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Equal(1L, new PSObject(outcome.EndingError.TargetObject).Properties["Loaded"].Value);
    }

    [Fact]
    public void Load_PreferenceStopWithoutDeadLetter_TargetIsTheRecordAndTheRunHasTheCounts()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, qty INTEGER)");
        Outcome outcome = _session.Try(
            $"$ErrorActionPreference = 'Stop'; try {{ @{{ id = '1'; qty = 1 }}, @{{ id = '2'; qty = 'x' }} | {Load} -BatchSize 1 }} catch {{ $_.TargetObject.id; $run = (Get-EtlRun)[-1]; $run.Succeeded; $run.Stages[-1].In }}");
        Assert.Equal(["2", false, 2L], outcome.Output.Select(value => value.BaseObject));
    }

    [Fact]
    public void Load_PassThru_GivesTheCommittedRecordsAndTheResultInAVariable()
    {
        _session.Write("a.csv", "id,name\n1,a\n2,b\n3\n");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -CreateTable -PassThru -ResultVariable r -DeadLetterPath d.jsonl | ForEach-Object {{ $_.name }}; $r.Loaded; $r.DeadLettered");
        Assert.Equal(["a", "b", 2L, 1L], outcome.Output.Select(value => value.BaseObject));
    }

    [Theory]
    [InlineData("")]
    [InlineData("| Invoke-EtlTransform { $_ } ")]
    [InlineData("| ForEach-Object { $_ } ")]
    public void Load_PassThruIntoAnotherLoad_LeavesTheWatermarkToTheLast(string between)
    {
        _session.Write("a.csv", "id,name\n1,a\n2,b\n");
        const string Mark = "-WatermarkName w -DeadLetterPath d.jsonl";
        string last = $"{between}| Export-EtlSqlUpsert -SqlitePath other.db -Table copy -Key id -CreateTable";
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -CreateTable {Mark} -PassThru {last}");
        Assert.StartsWith("WatermarkImpossible,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("table copy", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(_session.PathOf("t.db")));
        _session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable -PassThru {last} {Mark}");
        Assert.Equal("2", _session.Run("(Get-EtlWatermark w -SqlitePath other.db).Row").Single().ToString());
    }

    [Fact]
    public void Load_ResultIntoAnotherLoad_MayHaveAWatermark()
    {
        _session.Write("a.csv", "id,name\n1,a\n");
        _session.Run($"Import-EtlCsv a.csv | {Load} -CreateTable -WatermarkName w -DeadLetterPath d.jsonl | Select-Object RunId, Loaded | Export-EtlSqlUpsert -SqlitePath t.db -Table loads -Mode Append -CreateTable");
        Assert.Equal(["1"], Table.Rows(_session.PathOf("t.db"), "SELECT Loaded FROM loads"));
    }

    [Theory]
    [InlineData("Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -DeleteMissing -Confirm:$false -MissingScope @{}")]
    [InlineData("ForEach-Object { Stop-EtlPipeline -Id @() }")]
    [InlineData("ForEach-Object { Stop-EtlPipeline -Id $null }")]
    [InlineData("ForEach-Object { Get-EtlRun -Id $null | Stop-EtlPipeline }")]
    public void Choice_ThatCameOutEmpty_IsNotAll(string command)
    {
        Outcome outcome = _session.Try($"@{{ id = 1 }} | {command}");
        Assert.StartsWith("ParameterArgumentValidationError", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_WithBrackets_AreFoundLiterally()
    {
        _session.Write("a.csv", "id\n1\n");
        _session.Run("foreach ($name in 'x[1]', 'x1') { Import-EtlCsv a.csv | Export-EtlSqlUpsert -SqlitePath w.db -Table t -Key id -CreateTable -WatermarkName $name -DeadLetterPath d.jsonl }; Remove-EtlWatermark 'x[1]' -SqlitePath w.db");
        Assert.Equal("x1", _session.Run("(Get-EtlWatermark -SqlitePath w.db).Name").Single().ToString());
        _session.Run("'a[1].db', 'a1.db' | ForEach-Object { @{ id = 1 } | Export-EtlSqlUpsert -SqlitePath \"./$_\" -Table t -Key id -CreateTable | Out-Null }");
        Assert.EndsWith("a[1].db", _session.Run("(Get-EtlBreaker | Where-Object Name -Like '*a`[1`].db' | Reset-EtlBreaker -PassThru).Name").Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Load_RelativePaths_AreTheSessionsNotTheProcesss()
    {
        Directory.CreateDirectory(_session.PathOf("sub"));
        _session.Write("sub/a.csv", "id,name\n1,a\n2\n");
        _session.Run($"$ExecutionContext.SessionState.Path.SetLocation('sub'); Import-EtlCsv ./a.csv | {Load} -CreateTable -DeadLetterPath d.jsonl");
        Assert.All(["sub/t.db", "sub/d.jsonl"], name => Assert.True(File.Exists(_session.PathOf(name)), name));
        Assert.NotEqual(_session.Folder, Environment.CurrentDirectory);
    }

    [Fact]
    public void Load_DatabaseLocked_RetriesAndThenStops()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        _session.Write("a.csv", "id,name\n1,a\n");
        Outcome outcome;
        using (new DatabaseLock(_session.PathOf("t.db")))
            outcome = _session.Try($"Import-EtlCsv a.csv | {Load} -OutageBudgetSec 1");
        Assert.StartsWith("OutageBudgetSpent,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("locked", outcome.EndingError.ToString(), StringComparison.Ordinal);
        PSObject again = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load}"));
        Assert.Equal(1L, again.Properties["Loaded"].Value);
    }

    [Fact]
    public async Task Load_DatabaseLockedForAWhile_SaysSoAndWaitsForIt()
    {
        Rows("CREATE TABLE t(id TEXT PRIMARY KEY, name TEXT)");
        _session.Write("a.csv", "id,name\n1,a\n");
        using PowerShell shell = _session.Shell($"Import-EtlCsv a.csv | {Load} -OutageBudgetSec 120");
        Task<Collection<PSObject>> running;
        using (new DatabaseLock(_session.PathOf("t.db")))
        {
            running = Task.Run(() => shell.Invoke(), TestContext.Current.CancellationToken);
            while (shell.Streams.Warning.Count == 0 && !running.IsCompleted)
                await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        PSObject result = Assert.Single(await running);
        Assert.Contains("locked", shell.Streams.Warning[0].Message, StringComparison.Ordinal);
        Assert.Contains("-OutageBudgetSec", shell.Streams.Warning[0].Message, StringComparison.Ordinal);
        Assert.Equal(1L, result.Properties["Loaded"].Value);
        Assert.True((long)result.Properties["Retries"].Value > 0);
    }

    [Theory]
    [InlineData("a.csv", "id,name,amount\n1,a,5.00\n2,b,12", "34.50\n3,c,7.00\n")]
    [InlineData("a.csv", "id,name,amount\n1,a,5.00\n2,b", ",1234.50\n3,c,7.00\n")]
    [InlineData("a.csv", "id,name,amount\n1,a,5.00\n2,\"b\nb", "\",1234.50\n3,c,7.00\n")]
    [InlineData("a.csv", "id,name,amount\n1,a,5", ".00\n2,b,1234.50\n3,c,7.00")]
    [InlineData("a.jsonl", "{\"id\":\"1\",\"name\":\"a\",\"amount\":5}\n{\"id\":\"2\",\"name\":\"b\",\"amo", "unt\":12}\n{\"id\":\"3\",\"name\":\"c\",\"amount\":7}\n")]
    [InlineData("a.jsonl", "{\"id\":\"1\",\"name\":\"a\",\"amount\":5}", "\n{\"id\":\"3\",\"name\":\"c\",\"amount\":7}\n")]
    public void Load_LineThatIsStillBeingWritten_IsReadAgainWhenItIsWhole(string name, string begun, string rest)
    {
        string import = name.EndsWith("csv", StringComparison.Ordinal) ? "Import-EtlCsv" : "Import-EtlJson";
        string resume = $"{import} {name} -ResumeFrom (Get-EtlWatermark w -SqlitePath t.db) | {Load} -CreateTable -WatermarkName w -DeadLetterPath d.jsonl";
        _session.Write(name, begun);
        _session.Run(resume);
        File.AppendAllText(_session.PathOf(name), rest);
        _session.Run(resume);
        _session.Run($"{import} {name} | {Load.Replace("t.db", "clean.db", StringComparison.Ordinal)} -CreateTable");
        const string All = "SELECT id, name, amount FROM t ORDER BY id";
        Assert.Equal(Table.Rows(_session.PathOf("clean.db"), All), Rows(All));
    }

    [Fact]
    public void Load_SilentSource_CommitsWithinTheFlushInterval()
    {
        // What is committed by then is seen from another process, as a reader of the table would.
        string count = Path.Combine(_session.Folder, "count");
        _session.Run($$"""
            & {
                @{ id = '1'; a = 'x' }
                $process = [Diagnostics.Process]::Start([Diagnostics.ProcessStartInfo]::new('dotnet', [string[]]('{{DatabaseLock.Program}}', 'count', '{{_session.PathOf("t.db")}}', '{{count}}')))
                $process.WaitForExit()
                @{ id = '2'; a = 'y' }
            } | Invoke-EtlTransform { $_ } | {{Load}} -CreateTable -FlushIntervalSec 0.5
            """);
        Assert.Equal("1", File.ReadAllText(count));
    }

    [Theory]
    [InlineData("Import-EtlCsv", "ThrottleLimit", "BufferSize", null, null)]
    [InlineData("Invoke-EtlTransform", "ThrottleLimit", "BufferSize", null, null)]
    [InlineData("Export-EtlSqlUpsert", null, "BufferSize", "BatchSize", "FlushIntervalSec")]
    public void Parameters_Defaults_AreThoseOfTheHelp(string command, string? throttle, string buffer, string? batch, string? flush)
    {
        // The documented values; the help page of each command is checked against the same object in tests/pester.
        string make = $"$c = [Activator]::CreateInstance((Get-Command {command}).ImplementingType); ";
        Assert.Equal(10_000, _session.Run(make + $"$c.{buffer}").Single().BaseObject);
        if (throttle is not null)
            Assert.Equal(Math.Min(Environment.ProcessorCount, 8), _session.Run(make + $"$c.{throttle}").Single().BaseObject);
        if (batch is not null)
            Assert.Equal(5_000, _session.Run(make + $"$c.{batch}").Single().BaseObject);
        if (flush is not null)
            Assert.Equal(1.0, _session.Run(make + $"$c.{flush}").Single().BaseObject);
    }

    private string[] Rows(string sql) => Table.Rows(_session.PathOf("t.db"), sql);

    [Theory]
    [InlineData("-SkipUnchanged")]
    [InlineData("-Mode Insert")]
    [InlineData("-UpdateWhenNewer v")]
    public void Load_TriggerLeavesANewRowOut_TheRecordFails(string mode)
    {
        foreach (bool isPostgres in new[] { false, true })
        {
            string table = $"left_out_{Guid.NewGuid():N}";
            string target = isPostgres ? $"-ConnectionString '{PostgresFixture.Server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}' -Provider PostgreSQL" : "-SqlitePath t.db";
            if (isPostgres)
                PostgresServer.Execute(
                    PostgresFixture.Server.ConnectionString, $"CREATE TABLE {table}(id int PRIMARY KEY, v text)", $"INSERT INTO {table} VALUES (3, 'there')",
                    $"CREATE FUNCTION {table}_f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v = 'skip' THEN RETURN NULL; END IF; RETURN NEW; END $$",
                    $"CREATE TRIGGER t BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_f()");
            else
                Rows($"CREATE TABLE {table}(id INTEGER PRIMARY KEY, v TEXT); INSERT INTO {table} VALUES (3, 'there'); CREATE TRIGGER {table}_t BEFORE INSERT ON {table} WHEN NEW.v = 'skip' BEGIN SELECT raise(IGNORE); END");
            Outcome outcome = _session.Try($"@{{ id = 1; v = 'a' }}, @{{ id = 2; v = 'skip' }}, @{{ id = 3; v = 'there' }}, @{{ id = 4; v = 'b' }} | Export-EtlSqlUpsert {target} -Table {table} -Key id {mode}");
            Assert.StartsWith("RowRejected,", outcome.Errors.Single().FullyQualifiedErrorId, StringComparison.Ordinal);
            Assert.StartsWith("record 2: ", outcome.Errors.Single().ToString(), StringComparison.Ordinal);
            Assert.Contains("ignored", outcome.Errors.Single().ToString(), StringComparison.Ordinal);
            Assert.Equal((2L, 1L), (outcome.Output.Single().Properties["Inserted"].Value, outcome.Output.Single().Properties["Unchanged"].Value));
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void Load_ForeignKeyOfAnotherTableToAColumnThatIsChanged_IsCheckedRowByRow(int records)
    {
        Rows("CREATE TABLE parent(id INTEGER PRIMARY KEY, code TEXT UNIQUE); CREATE TABLE child(c TEXT REFERENCES parent(code)); INSERT INTO parent VALUES (1, 'A'), (2, 'B'), (3, 'C'); INSERT INTO child VALUES ('A')");
        Outcome outcome = _session.Try($"@{{ id = 1; code = 'X' }}, @{{ id = 2; code = 'A' }}, @{{ id = 3; code = 'C' }} + $(if ({records} -gt 3) {{ 4..{records} | ForEach-Object {{ @{{ id = $_; code = \"n$_\" }} }} }}) | Export-EtlSqlUpsert -SqlitePath t.db -Table parent -Key id");
        Assert.Equal(["ForeignKeyViolation", "UniqueViolation"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal(["1|A", "2|B", "3|C"], Rows("SELECT id, code FROM parent WHERE id < 4 ORDER BY id"));
    }

    [Fact]
    public void Append_WithAWatermarkThatEndsEarly_RunAgain_DoublesNothing()
    {
        string table = $"append_{Guid.NewGuid():N}";
        string target = $"-ConnectionString '{PostgresFixture.Server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}' -Provider PostgreSQL";
        PostgresServer.Execute(
            PostgresFixture.Server.ConnectionString,
            $"CREATE FUNCTION {table}_f(t text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF t = 'slow' THEN PERFORM pg_sleep(0.5); RETURN false; END IF; RETURN true; END $$",
            $"CREATE TABLE {table}(id int, v text CHECK ({table}_f(v)))");
        _session.Write("a.csv", "id,v\n" + string.Concat(Enumerable.Range(1, 1024).Select(i => FormattableString.Invariant($"{i},{(i == 200 ? "slow" : "a")}\n"))));
        string load = $"Import-EtlCsv a.csv -ResumeFrom (Get-EtlWatermark {table} {target}) | Export-EtlSqlUpsert {target} -Table {table} -Mode Append -WatermarkName {table} -DeadLetterPath a.jsonl -BatchSize 64 -ThrottleLimit 4";
        Assert.StartsWith("TooManyErrors,", _session.Try($"{load} -MaxErrorCount 0").EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        _session.Try(load);
        Assert.Equal("1023 1023", _session.Run($"Import-EtlSql {target} -Query 'SELECT count(*) AS n, count(DISTINCT id) AS d FROM {table}' | ForEach-Object {{ \"$($_.n) $($_.d)\" }}").Single().ToString());
    }

    [Fact]
    public async Task Load_LargeRecordsIntoANewTable_BeginsWhenTheBufferIsFull()
    {
        // Longer than any test: without that, the first batch would wait for its age.
        PSObject loaded = (await Task.Run(() => _session.Run("1..600 | ForEach-Object { @{ id = $_; big = 'x' * 20KB } } | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -BufferSize 1000 -BatchSize 1000 -FlushIntervalSec 3600"), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken)).Single();
        Assert.Equal(600L, loaded.Properties["Loaded"].Value);
    }

    [Theory]
    [InlineData("99", true)]
    [InlineData("99", false)]
    [InlineData("$null", true)]
    public void Replace_RecordThatIsRefused_LosesItsOldRow_WhoeverRefusesIt(string value, bool isReferenced)
    {
        Rows($"CREATE TABLE p(id INTEGER PRIMARY KEY, q INTEGER NOT NULL CHECK (q < 10)); INSERT INTO p VALUES (1, 1), (2, 2), (3, 3); {(isReferenced ? "CREATE TABLE c(pid INTEGER REFERENCES p(id))" : "")}");
        _session.Run($"@{{ id = 1; q = 5 }}, @{{ id = 2; q = {value} }} | Export-EtlSqlUpsert -SqlitePath t.db -Table p -Key id -Mode Replace -Confirm:$false -DeadLetterPath d.jsonl");
        Assert.Equal(["1|5"], Rows("SELECT id, q FROM p"));
    }
}
