using System.Management.Automation;
using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Order, counts, and where failed records go, in pipelines of several commands.</summary>
public sealed class PipelineTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable";

    private readonly ModuleSession _session = new();

    public PipelineTests() => _session.Write("ten.csv", "id,name\n" + string.Concat(Enumerable.Range(1, 100).Select(i => $"{i},name {i}\n")));

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Transform_BlocksOfDifferentLength_KeepsOrder()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { [Threading.Thread]::Sleep([Random]::Shared.Next(5)); $_ } -ThrottleLimit 4 | ForEach-Object { [int]$_.id }");
        Assert.Equal(Enumerable.Range(1, 100), output.Select(id => (int)id.BaseObject));
    }

    /// <summary>Fails where a version of PowerShell has moved what <c>PipelineBinding</c> reads; pipelines work there, but slower.</summary>
    [Fact]
    public void Transform_ObjectsArePiped_PowerShellBindsThemWithoutLookingAtOtherParameters()
    {
        _session.Run($"Import-Module '{typeof(GetUnboundCountCommand).Assembly.Location}'");
        Assert.InRange((int)_session.Run("1 | ForEach-Object { [pscustomobject]@{ id = $_ } } | ForEach-Object { $_ } -Begin { } | Get-UnboundCount -Of ForEach-Object")[0].BaseObject, 5, 50);
        var counts = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform -Required id | Get-UnboundCount -Of Invoke-EtlTransform");
        Assert.Equal(100, counts.Count);
        Assert.All(counts, count => Assert.InRange((int)count.BaseObject, 0, 1));
    }

    [Fact]
    public void Records_BetweenTwoEtlCommands_AreNotBoundOneByOne()
    {
        _session.Write("many.csv", "id\n" + string.Concat(Enumerable.Range(1, 50_000).Select(i => $"{i}\n")));
        const string Pipeline = "Import-EtlCsv many.csv | Invoke-EtlTransform -FilterScript { $false } -WarningAction SilentlyContinue";
        _session.Run(Pipeline);
        long before = GC.GetAllocatedBytesForCurrentThread();
        _session.Run(Pipeline);
        // Binding alone takes some 400 bytes an object.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 50_000 * 100);
    }

    [Fact]
    public void Records_IntoASource_NameItsFilesOneByOne()
    {
        _session.Write("list.csv", "LiteralPath\nten.csv\nten.csv\n");
        Assert.Equal(200, _session.Run("Import-EtlCsv list.csv | Import-EtlCsv").Count);
    }

    [Fact]
    public void Records_InABatch_StayInOrderWithThoseThatFail()
    {
        var output = _session.Run("""
            Import-EtlCsv ten.csv | Invoke-EtlTransform { if ([int]$_.id % 10 -eq 0) { throw 'ten' }; $_ } | Invoke-EtlTransform -Trim -DeadLetterPath d.jsonl |
                ForEach-Object { [int]$_.id }
            """);
        Assert.Equal(Enumerable.Range(1, 100).Where(id => id % 10 != 0), output.Select(id => (int)id.BaseObject));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"{10 * i}"), File.ReadAllLines(_session.PathOf("d.jsonl")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("data").GetProperty("id").GetString()));
    }

    [Fact]
    public void Transform_Block_EmitsNoneOneOrSeveral()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ $n = [int]$_.id; if ($n % 10 -eq 0) {{ return }}; $_; if ($n % 10 -eq 1) {{ @{{ id = \"x$n\"; name = 'more' }} }} }} | {Load}"));
        Assert.Equal("Invoke-EtlTransform: in 100 + made 10 = out 100 + filtered 10", Stage(result, 1));
        Assert.Equal(100L, result.Properties["Loaded"].Value);
    }

    [Fact]
    public void Transform_OutputOfAnotherShape_InheritsLineage()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { @{ n = $_.name } } | ForEach-Object { \"$($_.EtlPosition) $($_.EtlId)\" }");
        Assert.Equal("ten.csv:2 ten.csv:2", output[0].ToString());
    }

    [Fact]
    public void Transform_Using_ReadsTheCallersValues()
    {
        var output = _session.Run("$a = 5; $h = @{ list = 1, 2, 3 }; Import-EtlCsv ten.csv | Invoke-EtlTransform { $_.a = $using:a; $_.n = ($using:h).list.Count; $_.m = $using:h.list[1]; $_ } | ForEach-Object { \"$($_.a) $($_.n) $($_.m)\" }");
        Assert.All(output, line => Assert.Equal("5 3 2", line.ToString()));
    }

    [Fact]
    public void Transform_UsingAScriptBlock_IsRefused()
    {
        Outcome outcome = _session.Try("$b = { 1 }; Import-EtlCsv ten.csv | Invoke-EtlTransform { & $using:b }");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throw \"no $($_.id)\"")]
    [InlineData("Get-Command No-SuchCommand")]
    [InlineData("$_.name = 'half'; $null.Call()")]
    [InlineData("exit 3")]
    [InlineData("break")]
    [InlineData("continue")]
    [InlineData("$_; @{ id = 'extra' }; throw 'after output'")]
    [InlineData("[int]'abc'")]
    [InlineData("7")]
    public void Transform_EveryTenthBlockFails_PoisonsThatRecordAlone(string failure)
    {
        PSObject result = Assert.Single(_session.Run($$"""
            Import-EtlCsv ten.csv | Invoke-EtlTransform { if ([int]$_.id % 10 -eq 0) { {{failure}}
            } else { $_ } } | {{Load}} -DeadLetterPath dead.jsonl
            """));
        Assert.Equal(90L, result.Properties["Loaded"].Value);
        Assert.Equal(10L, result.Properties["DeadLettered"].Value);
        Assert.Equal("Invoke-EtlTransform: in 100 = out 90 + failed 10", Stage(result, 1));
        var letters = File.ReadAllLines(_session.PathOf("dead.jsonl")).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(Enumerable.Range(1, 10).Select(i => i * 10 + 1), letters.Select(letter => letter.GetProperty("line").GetInt32()));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => $"name {i * 10}"), letters.Select(letter => letter.GetProperty("data").GetProperty("name").GetString()));
        Assert.All(letters, letter => Assert.Equal("ScriptFailed", letter.GetProperty("code").GetString()));
    }

    [Fact]
    public void FailedRecord_BeforeAForeignCommand_GoesToTheErrorStream()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform { if ($_.id -eq '5') { throw 'five' }; $_ } | ForEach-Object { $_ }");
        Assert.Equal(99, outcome.Output.Count);
        ErrorRecord error = Assert.Single(outcome.Errors);
        Assert.StartsWith("ScriptFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("ten.csv:6", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("five", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FailedRecord_BeforeAForeignCommandWithDeadLetterPath_GoesThere()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform { if ($_.id -eq '5') { throw 'five' }; $_ } -DeadLetterPath d.jsonl | ForEach-Object { $_ }");
        Assert.Equal(99, outcome.Output.Count);
        Assert.Empty(outcome.Errors);
        Assert.Single(File.ReadAllLines(_session.PathOf("d.jsonl")));
    }

    [Fact]
    public void FailedRecord_ThroughAFunction_ReachesTheLoader()
    {
        PSObject result = Assert.Single(_session.Run($"function Get-Rows {{ Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} }}; Get-Rows | {Load} -DeadLetterPath d.jsonl"));
        Assert.Equal(1L, result.Properties["DeadLettered"].Value);
        Assert.Equal(3, ((Array)result.Properties["Stages"].Value).Length);
    }

    [Fact]
    public void FailedRecord_BeforeAnOutVariable_IsNoData()
    {
        var output = _session.Run($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} -OutVariable seen | {Load} -DeadLetterPath d.jsonl | ForEach-Object {{ $_.Loaded }}; $seen.Count");
        Assert.Equal([99L, 99], output.Select(value => value.BaseObject));
        Assert.Single(File.ReadAllLines(_session.PathOf("d.jsonl")));
    }

    [Theory]
    [InlineData("| Where-Object { $true } |")]
    [InlineData("| ForEach-Object { $_ } | Invoke-EtlTransform -Trim | Where-Object { $true } |")]
    [InlineData("| ForEach-Object { $null = $seen.Add($_); $_ } |")]
    [InlineData("-OutVariable Global:seen |")]
    [InlineData("-PipelineVariable one | ForEach-Object { $one } |")]
    [InlineData("-OutBuffer 30 |")]
    [InlineData("| Where-Object { $true } -OutBuffer 30 -OutVariable Global:seen |")]
    [InlineData("| Held | Where-Object { $true } |")]
    public void FailedRecord_WhateverStandsBetween_ReachesTheLoadersDeadLetter(string between)
    {
        PSObject result = Assert.Single(_session.Run($$"""
            $Global:seen = [Collections.ArrayList]::new()
            function Held { begin { $all = @() } process { $all += $_ } end { $all } }
            Import-EtlCsv ten.csv | Invoke-EtlTransform { if ([int]$_.id % 10 -eq 0) { throw 'ten' }; $_ } {{between}}
                {{Load}} -BatchSize 7 -DeadLetterPath d.jsonl -WatermarkName job
            """));
        Assert.Equal((100L, 90L, 10L, 0L), (
            result.Properties["Received"].Value, result.Properties["Loaded"].Value, result.Properties["DeadLettered"].Value, result.Properties["Errors"].Value));
        Assert.Equal(100L, PSObject.AsPSObject(result.Properties["Watermark"].Value).Properties["Row"].Value);
        JsonElement[] letters = [.. File.ReadAllLines(_session.PathOf("d.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(Enumerable.Range(1, 10).Select(i => i * 10), letters.Select(letter => letter.GetProperty("row").GetInt32()));
        Assert.All(letters, letter => Assert.Equal("Invoke-EtlTransform", letter.GetProperty("stage").GetString()));
        Assert.Empty(_session.Run("$seen | Where-Object { $_.EtlError }"));
    }

    [Fact]
    public void FailedRecord_OwnDeadLetterBeforeAForeignCommand_KeepsItsOwnAndSendsOthersOn()
    {
        PSObject result = Assert.Single(_session.Run($$"""
            Import-EtlCsv ten.csv -Type @{ id = 'int' } | Where-Object { $true } | Invoke-EtlTransform -AllowedValue @{ id = 1..90 } |
                Invoke-EtlTransform { if ([int]$_.id % 10 -eq 0) { throw 'ten' }; $_ } -DeadLetterPath mine.jsonl | Where-Object { $true } | {{Load}} -DeadLetterPath d.jsonl
            """));
        Assert.Equal((81L, 10L), (result.Properties["Loaded"].Value, result.Properties["DeadLettered"].Value));
        Assert.Equal([.. Enumerable.Range(1, 9).Select(i => $"ScriptFailed {i * 10}")], Letters("mine.jsonl"));
        Assert.Equal([.. Enumerable.Range(91, 10).Select(i => $"ValueNotAllowed {i}")], Letters("d.jsonl"));

        string[] Letters(string name) => [.. File.ReadAllLines(_session.PathOf(name)).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(letter => $"{letter.GetProperty("code").GetString()} {letter.GetProperty("row").GetInt32()}")];
    }

    [Fact]
    public void FailedRecord_BeforeAForeignCommand_CountsForMaxErrorCount()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv -Type @{{ name = 'int' }} | Where-Object {{ $true }} | {Load} -MaxErrorCount 5 -DeadLetterPath d.jsonl");
        Assert.StartsWith("TooManyErrors,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void FailedRecord_BehindAForeignCommandAnExportEtlDeadLetter_IsWrittenThere()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { if ($_.id -eq '5') { throw 'five' }; $_ } | Where-Object { $true } | Export-EtlDeadLetter d.jsonl | ForEach-Object { $_ }");
        Assert.Equal(99, output.Count);
        Assert.Single(File.ReadAllLines(_session.PathOf("d.jsonl")));
    }

    [Fact]
    public void Transform_RulesBroken_AreReportedTogether()
    {
        Outcome outcome = _session.Try("@{ id = ''; name = 'too long'; n = 'x' } | Invoke-EtlTransform -Required id, other -MaxLength @{ name = 3 } -Type @{ n = 'int' }");
        string message = Assert.Single(outcome.Errors).ToString();
        Assert.All(["'id' is empty", "'other' is missing", "'name' has 8 characters", "'n'"], part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.DoesNotContain("too long", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_ForeignCommandWantsNoMore_IsAnEarlyStop()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv ten.csv | Select-Object -First 2 | Invoke-EtlTransform {{ $_ }} | {Load}"));
        Assert.Equal(2L, result.Properties["Loaded"].Value);
        Assert.Equal(true, result.Properties["StoppedEarly"].Value);
    }

    [Theory]
    [InlineData("begin { $n = 0 } process { $_ }")]
    [InlineData("process { $_ } end { 1 }")]
    public void Transform_BlockWithBeginOrEnd_IsRefused(string block)
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ {block} }}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Run_FirstBehindTheLoader_IsAnEarlyStopInTheResultVariable()
    {
        var output = _session.Run($"Import-EtlCsv ten.csv | {Load} -BatchSize 10 -PassThru -ResultVariable r | Select-Object -First 1 | ForEach-Object {{ }}; $r.StoppedEarly; $r.Succeeded");
        Assert.Equal([true, false], output.Select(value => value.BaseObject));
    }

    [Fact]
    public void Run_RecordFailedBeforeAForeignCommand_HasNotSucceeded()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv -Type @{{ name = 'int' }} | Where-Object {{ $true }} | {Load}");
        Assert.Equal(false, Assert.Single(outcome.Output).Properties["Succeeded"].Value);
    }

    [Fact]
    public async Task Run_StoppedAtAnyMoment_IsDroppedAndHasNotSucceeded()
    {
        const int Rows = 20_000;
        const int Times = 20;
        _session.Write("many.csv", "id\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i}\n")));
        var random = new Random(20261127);
        int dropped = 0;
        for (int i = 0; i < Times; i++)
        {
            string database = _session.PathOf($"t{i}.db");
            using (PowerShell shell = _session.Shell(
                $"Import-EtlCsv many.csv | Invoke-EtlTransform {{ $_ }} | Export-EtlSqlUpsert -SqlitePath {database} -Table t -Key id -CreateTable -BatchSize 100"))
            {
                Task run = Task.Run(() => Invoke(shell));
                while (!File.Exists(database) && !run.IsCompleted)
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                await Task.Delay(random.Next(200), TestContext.Current.CancellationToken);
                shell.Stop();
                await run;
            }
            string line = _session.Run("(Get-EtlRun)[-1] | ForEach-Object { \"$($_.State) $($_.Succeeded) $([long]$_.Result.Loaded)\" }").Single().ToString();
            string[] inTable = Table.Rows(database, "SELECT count(*) FROM sqlite_master WHERE name = 't'") is ["1"] ? Table.Rows(database, "SELECT count(*) FROM t") : ["0"];
            dropped += line.StartsWith("Dropped", StringComparison.Ordinal) ? 1 : 0;
            Assert.Equal(inTable[0] == $"{Rows}" && line.StartsWith("Completed", StringComparison.Ordinal) ? $"Completed True {Rows}" : $"Dropped False {inTable[0]}", line);
        }
        Assert.InRange(dropped, Times / 2, Times);

        static void Invoke(PowerShell shell)
        {
            try
            {
                shell.Invoke();
            }
            catch (PipelineStoppedException)
            {
                // Not thrown where the stop came at the very end.
                return;
            }
        }
    }

    [Fact]
    public void Run_ErrorOfAForeignCommand_HasFailed()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ $_ }} | ForEach-Object {{ if ($_.id -eq '50') {{ throw 'mine' }}; $_ }} | {Load}");
        Assert.NotNull(outcome.Terminating);
        Assert.Equal("Failed False 0", _session.Run("(Get-EtlRun)[-1] | ForEach-Object { \"$($_.State) $($_.Succeeded) $([long]$_.Result.Loaded)\" }").Single().ToString());
    }

    [Fact]
    public void Run_NestedPipelineFailsAndIsCaught_LoaderGoesOn()
    {
        PSObject result = Assert.Single(_session.Run($"'ten.csv', 'nothing.csv' | ForEach-Object {{ $file = $_; try {{ Import-EtlCsv $file }} catch {{ }} }} | {Load}"));
        Assert.Equal(100L, result.Properties["Loaded"].Value);
    }

    [Fact]
    public void Run_EtlCommandBehindTheLoader_AddsUp()
    {
        var output = _session.Run($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} | {Load} -PassThru -DeadLetterPath d.jsonl | Invoke-EtlTransform {{ $_ }}");
        Assert.Equal(99, output.Count);
        PSObject log = Assert.Single(_session.Run($"Import-EtlCsv ten.csv | {Load} | Invoke-EtlTransform {{ @{{ loaded = $_.Loaded }} }}"));
        Assert.Equal(100L, log.Properties["loaded"].Value);
    }

    [Fact]
    public void FailedRecord_OwnDeadLetterAndLoaderWithout_GoesToItsOwn()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv ten.csv -Type @{{ name = 'int' }} -DeadLetterPath mine.jsonl | {Load}"));
        Assert.Equal(100, File.ReadAllLines(_session.PathOf("mine.jsonl")).Length);
        Assert.Equal(false, result.Properties["Succeeded"].Value);
    }

    [Fact]
    public async Task DeadLetter_InUseByAnotherRun_TakesTheLettersOfBoth()
    {
        // Each run, in a session of its own, waits in the middle of its input until the other is there too.
        using var other = new ModuleSession();
        using var both = new Barrier(2);
        string script = $$"""
            param($both)
            1..2000 | ForEach-Object { if ($_ -eq 1000 -and -not $both.SignalAndWait(60000)) { throw 'The other run did not come.' }; @{ n = "x$_" } } |
                Invoke-EtlTransform -Type @{ n = 'int' } -BufferSize 50 -DeadLetterPath '{{_session.PathOf("d.jsonl")}}'
            """;
        await Task.WhenAll(new[] { _session, other }.Select(session => Task.Run(() =>
        {
            using PowerShell shell = session.Shell(script).AddArgument(both);
            shell.Invoke();
            Assert.Empty(shell.Streams.Error);
        })));
        JsonElement[] letters = [.. File.ReadAllLines(_session.PathOf("d.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        var runs = letters.GroupBy(letter => letter.GetProperty("runId").GetString()).ToArray();
        Assert.Equal(2, runs.Length);
        Assert.All(runs, run => Assert.Equal(
            Enumerable.Range(1, 2000).Select(i => $"x{i}"), run.Select(letter => letter.GetProperty("data").GetProperty("n").GetString())));
    }

    [Theory]
    [InlineData("Import-EtlCsv ten.csv -DeadLetterPath ten.csv", "ten.csv")]
    [InlineData("Import-EtlCsv ten.csv | Invoke-EtlTransform -Required id -DeadLetterPath ./sub/../ten.csv", "ten.csv")]
    [InlineData("Import-EtlCsv ten.csv | Export-EtlDeadLetter ten.csv", "ten.csv")]
    [InlineData("Import-EtlDeadLetter d*.jsonl | Invoke-EtlTransform -Required id -DeadLetterPath d.0001.jsonl", "d.0001.jsonl")]
    [InlineData("Import-EtlDeadLetter d*.jsonl | Invoke-EtlTransform -Required id -DeadLetterPath d.jsonl -DeadLetterMaxBytes 10", "d.jsonl")]
    [InlineData(Load + " -DeadLetterPath t.db", "t.db")]
    [InlineData(Load + " -DeadLetterPath t.db-wal", "t.db")]
    [InlineData("Invoke-EtlTransform -Required id -DeadLetterPath t.db | " + Load, "t.db")]
    [InlineData("Import-EtlCsv ten.csv -DeadLetterPath t.db | " + Load + " -DeadLetterPath other.jsonl", "t.db")]
    public void DeadLetter_OfAFileInUse_IsRefusedBeforeTheFirstRecord(string script, string file)
    {
        _session.Run("1..3 | ForEach-Object { @{ id = $_; name = 'x' } } | Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable");
        WriteRolledLetters();
        Directory.CreateDirectory(_session.PathOf("sub"));
        Dictionary<string, byte[]> before = Contents();
        Outcome outcome = _session.Try(script.StartsWith("Import", StringComparison.Ordinal) ? script : "@{ id = 4; name = 'x' } | " + script);
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-DeadLetterPath", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Contains(file, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void DeadLetter_BesideRolledFilesThatAreRead_LeavesThemAlone()
    {
        WriteRolledLetters();
        string[] rolled = Directory.GetFiles(_session.Folder, "d.0*.jsonl");
        Dictionary<string, byte[]> before = Contents();
        _session.Run("Import-EtlDeadLetter d.0*.jsonl | Invoke-EtlTransform { throw 'again' } -DeadLetterPath d.jsonl -DeadLetterMaxBytes 10");
        Assert.NotEmpty(rolled);
        Assert.All(rolled, file => Assert.Equal(before[file], File.ReadAllBytes(file)));
    }

    [Fact]
    public void Transform_Block_RunsAtTheSessionsLocation()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { @{ at = $PWD.Path } } | ForEach-Object { $_.at }");
        Assert.Equal(_session.Folder, output[0].ToString());
    }

    [Fact]
    public void Transform_UsingWhatIsNotThere_IsRefused()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform { $using:nope }");
        Assert.Contains("$nope", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_BlockThrowsAfterAConversion_LetterHoldsWhatCameIn()
    {
        _session.Run("@{ n = '01.50' } | Invoke-EtlTransform -Type @{ n = 'decimal' } { throw 'no' } -DeadLetterPath d.jsonl");
        Assert.Contains("\"n\":\"01.50\"", File.ReadAllText(_session.PathOf("d.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_BlockThatEmitsNothing_DrawsAWarning()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform { $x = 1 }");
        Assert.Contains("emitted nothing", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Transform_ErrorActionStop_EndsAtTheFirstFailedRecord()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} -ErrorAction Stop | {Load} -BatchSize 1");
        ErrorRecord error = outcome.EndingError;
        Assert.StartsWith("ScriptFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        var result = PSObject.AsPSObject(error.TargetObject);
        Assert.Equal("EtlTools.Cmdlets.EtlLoadResult", result.BaseObject.GetType().FullName);
        Assert.Equal(false, result.Properties["Succeeded"].Value);
        Assert.InRange((long)result.Properties["Loaded"].Value, 0, 4);
    }

    [Fact]
    public void Load_ErrorActionStop_EndsAtTheFirstFailedRecordThatReachesIt()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} | {Load} -ErrorAction Stop -DeadLetterPath d.jsonl");
        Assert.Equal("EtlTools.Cmdlets.EtlLoadResult", outcome.EndingError.TargetObject.GetType().FullName);
        Assert.Single(File.ReadAllLines(_session.PathOf("d.jsonl")));
    }

    [Fact]
    public void Session_ErrorActionPreferenceStop_DoesNotStopAtDeadLetteredRecords()
    {
        PSObject result = Assert.Single(_session.Run($"$ErrorActionPreference = 'Stop'; Import-EtlCsv ten.csv | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ throw 'five' }}; $_ }} | {Load} -DeadLetterPath d.jsonl"));
        Assert.Equal(99L, result.Properties["Loaded"].Value);
    }

    [Fact]
    public void Transform_SlowForeignSource_GivesEachRecordBeforeTheNext()
    {
        // A record held until the next one came would be seen after "made" of that one.
        var output = _session.Run("$global:log = [Collections.Generic.List[string]]::new(); 1..4 | ForEach-Object { $log.Add(\"made $_\"); @{ n = $_ }; [Threading.Thread]::Sleep(600) } | Invoke-EtlTransform { $_ } | Invoke-EtlTransform -Required n | ForEach-Object { $log.Add(\"seen $($_.n)\") }; $log");
        Assert.Equal(["made 2", "seen 2", "made 3", "seen 3", "made 4", "seen 4"], output.Select(line => line.ToString()).SkipWhile(line => line != "made 2"));
    }

    /// <summary>Letters in d.jsonl and, moved aside, in d.0001.jsonl.</summary>
    private void WriteRolledLetters() =>
        _session.Run("1, 2 | ForEach-Object { @{ id = $_; name = 'x' } | Export-EtlDeadLetter d.jsonl -Code Mine -DeadLetterMaxBytes 10 }");

    private Dictionary<string, byte[]> Contents() =>
        Directory.GetFiles(_session.Folder).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)).ToDictionary(file => file, File.ReadAllBytes);

    private static string Stage(PSObject result, int index) => ((Array)result.Properties["Stages"].Value).GetValue(index)!.ToString()!;
}
