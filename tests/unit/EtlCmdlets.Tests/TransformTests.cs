using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Declared steps and script blocks of Invoke-EtlTransform, as a user calls them.</summary>
public sealed class TransformTests : IDisposable
{
    /// <summary>Write-Warning and its like belong to a module that the hosted engine lacks; these do the same.</summary>
    private const string Writers = """
        function Out-Warning { [CmdletBinding()] param($m) $PSCmdlet.WriteWarning($m) }
        function Out-Verbose { [CmdletBinding()] param($m) $PSCmdlet.WriteVerbose($m) }
        function Out-Information { [CmdletBinding()] param($m) $PSCmdlet.WriteInformation($m, @()) }
        function Out-Progress { [CmdletBinding()] param($m) $PSCmdlet.WriteProgress([Management.Automation.ProgressRecord]::new(1, $m, 's')) }
        function Out-Error { [CmdletBinding()] param($m) $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new([Exception]::new($m), 'x', 'NotSpecified', $null)) }
        """;

    private readonly ModuleSession _session = new();

    public TransformTests() => _session.Write("ten.csv", "id,name,email\n" + string.Concat(Enumerable.Range(1, 100).Select(i => $"{i},name {i},n{i}@example.org\n")));

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Steps_AllAtOnce_AreTakenInTheirOrder()
    {
        var output = _session.Run("""
            @{ old = ' 3 '; list = @(1, 2) }, @{ old = '1'; list = @(1, 2) } |
              Invoke-EtlTransform -Column n, list, twice, k -Hash @{ k = 'n' } -Expand list -SetColumn @{ twice = { $_.n * 2 } } -ScriptBlock { $_.n++; $_ } -Range @{ n = 3, 3 } -Where { $_.n -is [int] -and $_.n -gt 1 } -Type @{ n = 'int' } -Rename @{ old = 'n' } -Trim |
              ForEach-Object { "$($_.n) $($_.list) $($_.twice) $($_.k.Substring(0, 4)) $($_.psobject.Properties.Name -join ',')" }
            """);
        Assert.Equal(["4 1 8 4b22 n,list,twice,k", "4 2 8 4b22 n,list,twice,k"], output.Select(line => line.ToString()));
    }

    [Fact]
    public void Type_GenericDictionary_IsAsGoodAsAHashtable() =>
        Assert.Equal("Int32", Assert.Single(_session.Run("$types = [Collections.Generic.Dictionary[string, string]]::new(); $types['n'] = 'int'; @{ n = '1' } | Invoke-EtlTransform -Type $types | ForEach-Object { $_.n.GetType().Name }")).ToString());

    /// <summary>PowerShell changes the syntax of a block while it compiles it.</summary>
    [Theory]
    [InlineData("{ if (($using:both).SignalAndWait(60000)) { @{ syntax = [Runtime.CompilerServices.RuntimeHelpers]::GetHashCode({ }.Ast) } } }")]
    [InlineData("{ if (($using:both).SignalAndWait(60000)) { @{ syntax = Get-Inner } } } -Function Get-Inner")]
    public void Block_OfEachWorker_HasItsOwnSyntax(string block)
    {
        var output = _session.Run($$"""
            $both = [Threading.Barrier]::new(2)
            function Get-Inner { [Runtime.CompilerServices.RuntimeHelpers]::GetHashCode({ }.Ast) }
            1, 2 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform {{block}} -ThrottleLimit 2 -BufferSize 4 | ForEach-Object { $_.syntax }
            """);
        Assert.Equal(2, output.Select(syntax => (int)syntax.BaseObject).Distinct().Count());
    }

    [Fact]
    public void SetColumn_BlockThrows_NamesTheColumnAndHarmsThatRecordOnly()
    {
        Outcome outcome = _session.Try("1..3 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform -SetColumn @{ half = { if ($_.n -eq 2) { throw 'two' }; $_.n / 2 }; by = 'me' } | ForEach-Object { \"$($_.n) $($_.half) $($_.by)\" }");
        Assert.Equal(["1 0.5 me", "3 1.5 me"], outcome.Output.Select(line => line.ToString()));
        Assert.Contains("-SetColumn 'half' failed", Assert.Single(outcome.Errors).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void FilterScript_DropsAndCounts()
    {
        PSObject result = Assert.Single(_session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform -Where { [int]$_.id % 4 -eq 0 } | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable"));
        Assert.Equal("Invoke-EtlTransform: in 100 = out 25 + filtered 75", ((Array)result.Properties["Stages"].Value).GetValue(1)!.ToString());
    }

    [Fact]
    public void FilterScript_KeepsNone_DrawsAWarning() =>
        Assert.Contains("kept none of 100 records", Assert.Single(_session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform -Where { $false }").Warnings), StringComparison.Ordinal);

    [Fact]
    public void Unordered_LosesNothing()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { [Threading.Thread]::Sleep([Random]::Shared.Next(3)); $_ } -Unordered -ThrottleLimit 4 | ForEach-Object { [int]$_.id }");
        Assert.Equal(Enumerable.Range(1, 100), output.Select(id => (int)id.BaseObject).Order());
    }

    [Fact]
    public void Worker_HasWhatTheCallAsksFor()
    {
        _session.Write("helper.psm1", "function Add-Tail($x) { \"$x.\" }");
        var output = _session.Run("""
            function Get-Head($x) { "<$x" }
            $tail = 'end'
            @{ n = 'a' } | Invoke-EtlTransform { param($one, $two) $_.n = (Get-Head (Add-Tail $_.n)) + $setup + $one + $two + $using:tail; $_ } -Function Get-H* -ImportModule ./helper.psm1 -InitializationScript { $setup = "($using:tail)" } -ArgumentList 1, 'two' | ForEach-Object { $_.n }
            """);
        Assert.Equal("<a.(end)1twoend", Assert.Single(output).ToString());
    }

    [Fact]
    public void Worker_StateOfABlock_LivesAsLongAsTheWorker()
    {
        var output = _session.Run("Import-EtlCsv ten.csv | Invoke-EtlTransform { $seen++; $_.n = $seen; $_ } -ThrottleLimit 1 | ForEach-Object { $_.n }");
        Assert.Equal(Enumerable.Range(1, 100), output.Select(n => (int)n.BaseObject));
    }

    [Fact]
    public void FailFast_WithoutALoader_TheRecordIsTheTarget()
    {
        Outcome outcome = _session.Try("try { @{ n = 1 }, @{ n = 'x' } | Invoke-EtlTransform -Type @{ n = 'int' } -ErrorAction Stop | Out-Null } catch { $_.TargetObject.n }");
        Assert.Equal("x", Assert.Single(outcome.Output).BaseObject);
    }

    [Fact]
    public void Timeout_FailsThatRecordAndGoesOnWithAFreshWorker()
    {
        Outcome outcome = _session.Try("1..6 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { $seen++; if ($_.n -eq 3) { while ($true) { } }; $_.seen = $seen; $_ } -TimeoutSec 0.5 -ThrottleLimit 1 | ForEach-Object { \"$($_.n) $($_.seen)\" }");
        Assert.Equal(["1 1", "2 2", "4 1", "5 2", "6 3"], outcome.Output.Select(line => line.ToString()));
        Assert.StartsWith("ScriptTimedOut,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void Timeout_MessagesOfThatRecord_TakeNoRoomFromThoseOfLaterOnes()
    {
        Outcome outcome = _session.Try("1, 2 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { if ($_.n -eq 1) { foreach ($i in 1..10000) { Write-Warning $i }; while ($true) { } }; Write-Warning 'of the second'; $_ } -TimeoutSec 2 -ThrottleLimit 1");
        Assert.Equal(["of the second"], outcome.Warnings);
    }

    [Fact]
    public void Timeout_InsideACallThatCannotBeStopped_LeavesTheWorkerBehind()
    {
        Outcome outcome = _session.Try("$gate = [Threading.ManualResetEventSlim]::new(); 1..6 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { if ($_.n -eq 3) { ($using:gate).Wait() }; $_.late = 'yes'; $_ } -TimeoutSec 0.3 -ThrottleLimit 2 | ForEach-Object { $_.n }; $gate.Set()");
        Assert.Equal([1, 2, 4, 5, 6], outcome.Output.Select(n => n.BaseObject));
        Assert.Contains("left behind", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_InitializationInsideACallThatCannotBeStopped_EndsTheCommand()
    {
        using var reached = new ManualResetEventSlim();
        using var gate = new ManualResetEventSlim();
        using PowerShell shell = _session.Shell("param($reached, $gate) @{ n = 1 } | Invoke-EtlTransform { $_ } -InitializationScript { ($using:reached).Set(); ($using:gate).Wait() }")
            .AddArgument(reached).AddArgument(gate);
        var running = Task.Run(() => shell.Invoke());
        Assert.True(reached.Wait(TimeSpan.FromMinutes(1)));
        shell.Stop();
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        gate.Set();
        Assert.True(running.Wait(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void Timeout_TooManyLeftBehind_EndsTheRun()
    {
        Outcome outcome = _session.Try("$gate = [Threading.ManualResetEventSlim]::new(); try { 1..40 | ForEach-Object { @{ n = $_ } } | Invoke-EtlTransform { ($using:gate).Wait(); $_ } -TimeoutSec 0.1 -ThrottleLimit 12 } finally { $gate.Set() }");
        Assert.StartsWith("WorkerAbandoned,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Where { while ($_.n -eq 2) { } ; $true } -Unique n")]
    [InlineData("-SetColumn @{ x = { while ($_.n -eq 2) { } } } -Unique n")]
    public void Timeout_WithUnique_KeepsOrderAndCounts(string arguments)
    {
        Outcome outcome = _session.Try($"1, 2, 3, 1, 4 | ForEach-Object {{ @{{ n = $_ }} }} | Invoke-EtlTransform {arguments} -TimeoutSec 0.4 -ThrottleLimit 2 | ForEach-Object {{ $_.n }}");
        Assert.Equal([1, 3, 4], outcome.Output.Select(n => n.BaseObject));
        Assert.Equal(["ScriptTimedOut", "DuplicateValue"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void Streams_ReachTheCallerInTheOrderOfTheRecords()
    {
        var output = _session.Run(Writers + "; Import-EtlCsv ten.csv | Invoke-EtlTransform { [Threading.Thread]::Sleep([Random]::Shared.Next(3)); Out-Warning \"w$($_.id)\"; Out-Verbose \"v$($_.id)\"; Out-Information \"i$($_.id)\" } -Function Out-* -ThrottleLimit 4 -Verbose *>&1 | ForEach-Object { \"$_\" }");
        Assert.Equal(Enumerable.Range(1, 100).SelectMany(i => new[] { $"w{i}", $"v{i}", $"i{i}" }), output.Select(line => line.ToString()).Where(line => !line.Contains("Invoke-EtlTransform", StringComparison.Ordinal)));
    }

    [Fact]
    public void Streams_ObeyTheCallersPreferences()
    {
        Outcome outcome = _session.Try(Writers + "; @{ n = 1 } | Invoke-EtlTransform { Out-Warning 'w'; Out-Verbose 'v'; $_ } -Function Out-* -WarningAction SilentlyContinue -WarningVariable kept | ForEach-Object { $_.n }; $kept.Count");
        Assert.Empty(outcome.Warnings);
        Assert.Equal([1, 1], outcome.Output.Select(value => value.BaseObject));
    }

    [Fact]
    public void Streams_ProgressArrivesWhileTheBlockRuns()
    {
        Outcome outcome = _session.Try(Writers + "; @{ n = 1 } | Invoke-EtlTransform { Out-Progress 'mine'; $_ } -Function Out-* | ForEach-Object { }");
        Assert.Contains(outcome.Progress, progress => progress.Activity == "mine");
    }

    [Fact]
    public void Streams_WriteError_PoisonsOnceEvenWhereErrorsAreNotShown()
    {
        Outcome outcome = _session.Try(Writers + "; $ErrorActionPreference = 'SilentlyContinue'; @{ n = 1 }, @{ n = 2 } | Invoke-EtlTransform { if ($_.n -eq 1) { Out-Error 'one'; Out-Error 'again' }; $_ } -Function Out-* -DeadLetterPath d.jsonl | ForEach-Object { $_.n }");
        Assert.Equal([2], outcome.Output.Select(n => n.BaseObject));
        Assert.Empty(outcome.Errors);
        Assert.Single(File.ReadAllLines(_session.PathOf("d.jsonl")));
    }

    [Fact]
    public void Progress_ShowsFilteredAndFailed()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform { [Threading.Thread]::Sleep(10); if ($_.id -eq '2') { throw 'x' }; if ($_.id -ne '3') { $_ } } -ThrottleLimit 1 -ErrorAction SilentlyContinue | ForEach-Object { }");
        Assert.Contains(outcome.Progress, progress => progress.StatusDescription.Contains("1 failed, 1 filtered", StringComparison.Ordinal));
    }

    [Fact]
    public void RulePath_AddsToTheParametersAndIsLookedForAtTheLocation()
    {
        _session.Write("rules.json", """{ "columns": { "n": { "type": "int", "range": [2, 3] }, "s": { "maxLength": 1 } } }""");
        Outcome outcome = _session.Try("@{ n = '1'; s = 'ab' }, @{ n = '2'; s = 'ab' }, @{ n = '3'; s = 'abc' } | Invoke-EtlTransform -RulePath rules.json -MaxLength @{ s = 2 } | ForEach-Object { $_.n }");
        Assert.Equal([2], outcome.Output.Select(n => n.BaseObject));
        Assert.Equal(["OutOfRange", "MaxLengthExceeded"], outcome.Errors.Select(error => error.FullyQualifiedErrorId.Split(',')[0]));
    }

    [Fact]
    public void RulePath_WithAnUnknownColumn_IsNamed()
    {
        string path = _session.Write("rules.json", """{ "columns": { "nope": { "maxLength": 3 } } }""");
        const string Call = "Import-EtlCsv ten.csv | Invoke-EtlTransform -RulePath rules.json";
        Assert.StartsWith($"-RulePath '{path}' (maxLength) names the column 'nope', which", _session.Try(Call).EndingError.Exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("-MaxLength names the column 'nope', which", _session.Try($"{Call} -MaxLength @{{ nope = 2 }}").EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Type @{ id = 'integr' }", "UnknownType", "'guid'|int, long")]
    [InlineData("-Pattern @{ id = '(' }", "InvalidParameter", "-Pattern|'id'")]
    [InlineData("-Range @{ id = 2, 1 }", "InvalidParameter", "-Range|'id'|larger")]
    [InlineData("-Range @{ id = 'a' }", "InvalidParameter", "-Range|two ends")]
    [InlineData("-AllowedValue @{ id = @() }", "InvalidParameter", "-AllowedValue|'id'")]
    [InlineData("-MinLength @{ id = -1 }", "InvalidParameter", "-MinLength|'-1'")]
    [InlineData("-MinLength @{ id = 3 } -MaxLength @{ id = 2 }", "InvalidParameter", "-MinLength 3")]
    [InlineData("-Default @{ id = { 1 } }", "InvalidParameter", "-SetColumn")]
    [InlineData("-Function Get-Nothing", "InvalidParameter", "Get-Nothing")]
    [InlineData("{ $_ } -ImportModule NoSuchModule", "WorkerSetupFailed", "NoSuchModule")]
    [InlineData("{ $_ } -InitializationScript { throw 'not today' }", "WorkerSetupFailed", "not today")]
    [InlineData("{ $_ } -InitializationScript { Get-Command 'not today' }", "WorkerSetupFailed", "not today")]
    [InlineData("-SetColumn @{ x = { begin { } process { 1 } } }", "InvalidParameter", "-SetColumn")]
    [InlineData("-Where { $using:nothing }", "InvalidParameter", "-FilterScript|$nothing")]
    [InlineData("-RulePath nothing.json", "FileNotFound", "nothing.json")]
    [InlineData("-RulePath bad.json", "InvalidRuleFile", "bad.json:2|/columns/id/maxLength")]
    [InlineData("-TimeZone Mars/Olympus", "ParameterArgumentTransformationError", "time zone")]
    [InlineData("-MaxLength @{ naem = 3 }", "UnknownColumn", "-MaxLength|id, name, email|Did you mean 'name'?")]
    [InlineData("-Required naem", "UnknownColumn", "-Required|id, name, email|Did you mean 'name'?")]
    [InlineData("-RequiredString naem", "UnknownColumn", "-RequiredString|Did you mean 'name'?")]
    [InlineData("-Rename @{ naem = 'x' }", "UnknownColumn", "-Rename|'name'")]
    [InlineData("-Rename @{ name = 'id' }", "InvalidParameter", "-Rename|twice")]
    [InlineData("-Column id, emial", "UnknownColumn", "-Column|'email'")]
    [InlineData("-Hash @{ k = 'emial' }", "UnknownColumn", "-Hash|'email'")]
    [InlineData("-Required id | Invoke-EtlTransform -Type @{ emial = 'int' }", "UnknownColumn", "-Type|'email'")]
    [InlineData("-Unique id -UniqueLimit 99", "UniqueLimitReached", "-Unique|99|-UniqueLimit")]
    public void Call_ThatCannotWork_IsRefused(string arguments, string id, string says)
    {
        _session.Write("bad.json", "{ \"columns\": { \"id\":\n { \"maxLength\": \"x\" } } }");
        Outcome outcome = _session.Try($"Import-EtlCsv ten.csv | Invoke-EtlTransform {arguments}");
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.All(says.Split('|'), part => Assert.Contains(part.Trim('\''), outcome.EndingError.ToString(), StringComparison.Ordinal));
        Assert.True(outcome.Output.Count == 0 || id == "UniqueLimitReached");
    }

    [Fact]
    public void SetColumn_BlockWithASyntaxError_IsRefusedWithItsPlace()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | Invoke-EtlTransform -SetColumn @{ x = { $_.id + } }");
        Assert.Empty(outcome.Output);
        Assert.Contains("$_.id +", outcome.EndingError.ToString() + outcome.EndingError.InvocationInfo?.PositionMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownColumn_BehindAForeignCommand_IsToldAtTheEnd()
    {
        Outcome outcome = _session.Try("Import-EtlCsv ten.csv | ForEach-Object { $_ } | Invoke-EtlTransform -MaxLength @{ naem = 3 }");
        Assert.Equal(100, outcome.Output.Count);
        Assert.Equal("No record had the column 'naem' that -MaxLength names. Did you mean 'name'?", Assert.Single(outcome.Warnings));
    }

    [Fact]
    public void FailedRecord_ChangedByHand_IsARecordAgain()
    {
        var output = _session.Run("@{ n = 'x' } | Invoke-EtlTransform -Type @{ n = 'int' } -ErrorVariable failed -ErrorAction SilentlyContinue; $r = $failed[0].TargetObject; $r.n = 5; $r | Invoke-EtlTransform -Type @{ n = 'int' } | ForEach-Object { $_.n; $_.EtlError -eq $null }");
        Assert.Equal([5, true], output.Select(value => value.BaseObject));
    }

    [Fact]
    public void FailedRecord_WithNestedValues_IsTypedJson()
    {
        _session.Run("[pscustomobject]@{ n = 'x'; o = [pscustomobject]@{ price = 1.50d; tags = @('a', [int]2); at = [datetime]::new(2024, 1, 2, 3, 4, 5, [DateTimeKind]'Utc') } } | Invoke-EtlTransform -Type @{ n = 'int' } -DeadLetterPath d.jsonl");
        string letter = File.ReadAllText(_session.PathOf("d.jsonl"));
        Assert.Contains("""
            "o":{"price":1.50,"tags":["a",2],"at":"2024-01-02T03:04:05.0000000Z"}},"types":{"o":{"price":"decimal","tags":{"1":"int"},"at":"datetime"}}
            """, letter, StringComparison.Ordinal);
    }

    [Fact]
    public void Result_CommandRunAgainAndAgain_IsOneStage()
    {
        PSObject result = Assert.Single(_session.Run("1..50 | ForEach-Object { @{ id = $_ } | Invoke-EtlTransform { $_ } } | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable"));
        Assert.Equal(["Invoke-EtlTransform: in 50 = out 50", "Export-EtlSqlUpsert: in 50 = out 50"], ((Array)result.Properties["Stages"].Value).Cast<object>().Select(stage => stage.ToString()));
    }

    [Theory]
    [InlineData("{ foreach ($m in 'jan', 'feb') { $_.month = $m; $_ } }", "1jan 1feb")]
    [InlineData("{ $o = [pscustomobject]@{ id = $_.id; month = '' }; foreach ($m in 'jan', 'feb') { $o.month = $m; $o } }", "1jan 1feb")]
    [InlineData("{ $o = @{ id = $_.id }; foreach ($m in 'jan', 'feb') { $o.month = $m; $o } }", "1jan 1feb")]
    [InlineData("{ $_; $_.month = 'late' }", "1x")]
    [InlineData("{ if ($_.id) { $_.month = 'y'; return $_ }; $_ }", "1y")]
    [InlineData("{ if ($_.id -eq 2) { return }; $_ }", "1x")]
    [InlineData("{ if ($_.id -eq 1) { $_; return }; return }", "1x")]
    [InlineData("{ $r = $_; switch ($r.id) { 1 { $r; $r.month = 'z' } default { return } } }", "1x")]
    [InlineData("{ try { $_; $_.month = 'z' } finally { $null = 1 } }", "1x")]
    [InlineData("{ 1..2 | ForEach-Object { $_ } | Out-Null; $_ }", "1x")]
    [InlineData("{ $_, $_ }", "1x 1x")]
    [InlineData("{ $null; $_ | Select-Object id, month }", "1x")]
    public void Block_ChangesWhatItHasEmitted_TheRecordIsAsItWas(string block, string expected) =>
        Assert.Equal(expected, string.Join(' ', _session.Run($"[pscustomobject]@{{ id = 1; month = 'x' }} | Invoke-EtlTransform {block} | ForEach-Object {{ \"$($_.id)$($_.month)\" }}")));

    [Fact]
    public void Block_EmitsWhatIsNoRecord_BetweenGoodOnes_TheRecordFails() =>
        Assert.Contains("An object of type Int32 has no columns", _session.Try("[pscustomobject]@{ id = 1 } | Invoke-EtlTransform { $_; 5; $_ }").Errors.Single().ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("continue", "continue outside of a loop")]
    [InlineData("break", "break outside of a loop")]
    [InlineData("exit 3", "exit")]
    public void Block_LeavesByAWordOfLoops_IsToldToReturn(string word, string told)
    {
        Outcome outcome = _session.Try($"1..3 | ForEach-Object {{ @{{ id = $_ }} }} | Invoke-EtlTransform {{ if ($_.id -eq 2) {{ {word} }}; $_ }} | ForEach-Object {{ $_.id }}");
        Assert.Equal($"record 2: The script block used {told}. To leave the record out, use return.", outcome.Errors.Single().ToString());
        Assert.Equal(["1", "3"], outcome.Output.Select(item => item.ToString()));
    }

    [Theory]
    [InlineData("{ if ($_.n -eq 2) { $script:rate = 3 }; $_.n = $_.n * $script:rate; $_ }", "$script:rate", "write $using:rate")]
    [InlineData("{ $_.n = $_.n * $global:rate; $_ } -InitializationScript { Set-Variable rate 7 -Scope Global }", "$global:rate", "write $using:rate")]
    [InlineData("{ $_.n = $_.n * $rate; $_ } -InitializationScript { . { $script:other = 7 } }", "$rate", "write $using:rate")]
    [InlineData("{ $_.n = $_.n * $rate; $_ } -InitializationScript { Set-Item variable:rate 7 }", "$rate", "write $using:rate")]
    [InlineData("{ $null = $_.n | ForEach-Object { $_ } -OutVariable rate; $_.n = $rate[0]; $_ }", "$rate", "write $using:rate")]
    [InlineData("{ $_.n = Add-Rate $_.n; $_ } -Function Add-Rate", "The function Add-Rate reads $rate", "pass it as an argument")]
    [InlineData("{ $_.n = Add-Rate $_.n; $_ } -ErrorAction Ignore", "calls Add-Rate", "-Function Add-Rate")]
    [InlineData("{ function Add-Rate($x) { $x }; $_.n = Add-Rate $_.n; $_ }", null, null)]
    [InlineData("{ $_.n = $using:map.a + $using:list[1]; $_ }", null, null)]
    [InlineData("{ $rate = 3; $_.n = Add-Rate $_.n; $_ } -Function Add-Rate", null, null)]
    [InlineData("{ $_.n = Add-Rate $_.n; $_ } -Function Add-Rate -InitializationScript { $rate = 3 }", null, null)]
    [InlineData("{ $script:rate = 3; $_.n = $_.n * $script:rate; $_ }", null, null)]
    [InlineData("{ $_.PSObject.Properties.Remove('n'); $_ }", "Properties.Remove", "-ExcludeColumn")]
    public void Block_ReadsTheSessionOrRemovesInVain_IsWarnedOf(string block, string? what, string? way)
    {
        Outcome outcome = _session.Try($"$global:rate = 5; $map = @{{ a = 1 }}; $list = 1, 2; function Add-Rate($x) {{ $x + $rate }}; @{{ n = 1 }} | Invoke-EtlTransform {block}; Remove-Variable rate -Scope Global");
        if (what is null)
        {
            Assert.Empty(outcome.Warnings);
            return;
        }
        string warning = Assert.Single(outcome.Warnings);
        Assert.Contains(what, warning, StringComparison.Ordinal);
        Assert.Contains(way!, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ $_.n = $_.n * $rate; $_ }", "$rate")]
    [InlineData("{ $_.n = $_.n * $global:rate; $_ }", "$global:rate")]
    [InlineData("{ $_.n = \"$($_.n) at $rate\"; $_ }", "$rate")]
    [InlineData("{ $_.rate = $rate; $_ }", "$rate")]
    [InlineData("{ if ($rate['a'] -gt 1) { $_ } }", "$rate")]
    [InlineData("{ $_ } -FilterScript { $_.n -lt $rate }", "$rate")]
    [InlineData("-SetColumn @{ m = { Add-One $rate } } -Function Add-One", "$rate")]
    public void Block_ReadsAVariableOfTheSessionThatNothingSets_IsRefused(string block, string name)
    {
        Outcome outcome = _session.Try($"$global:rate = 5; function Add-One($x) {{ $x + 1 }}; @{{ n = 1 }} | Invoke-EtlTransform {block}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains($"reads {name}, a variable of your session", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Contains("write $using:rate.", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Empty(outcome.Output);
    }

    [Theory]
    [InlineData("{ $_.n = $null -eq $args -or $PSItem.n -and $true; $null = $Matches, $Error, $PSScriptRoot, $input, $OutputEncoding, $ErrorView, $PSStyle, $VerbosePreference, $PSSessionOption, $MaximumHistoryCount, $PSNativeCommandArgumentPassing; $_ }")]
    [InlineData("{ function Get-It($rate) { $rate }; $_.n = Get-It 3; $_ }")]
    [InlineData("{ param($rate) $_.n = $rate; $_ } -ArgumentList 3")]
    [InlineData("{ foreach ($rate in 1, 2) { $null = $rate }; $rate++; $null = $PID, $env:HOME; $PSItem }")]
    [InlineData("{ $rate = 2; $_.n = $_.n * $rate; $_ }")]
    [InlineData("{ $_.n = $_.n * $rate; $_ } -InitializationScript { $rate = 2 }")]
    [InlineData("{ $_.n = $nowhere; $_ }")]
    [InlineData("{ $_.n = $empty; $_ }")]
    [InlineData("{ $_.n = $_.n * $using:rate; $_ }")]
    public void Block_ReadsWhatItHas_IsNotRefused(string block)
    {
        Outcome outcome = _session.Try($"$rate = 5; $empty = $null; $null = 'a' -match 'a'; @{{ n = 1 }} | Invoke-EtlTransform {block}");
        Assert.Null(outcome.Terminating);
        Assert.Empty(outcome.Errors);
        Assert.DoesNotContain(outcome.Warnings, warning => warning.Contains("$using:", StringComparison.Ordinal));
        Assert.Single(outcome.Output);
    }

    [Fact]
    public void Program_WritesToItsErrorStream_IsAWarning_AndItsExitCodeIsWhatTheSessionSays()
    {
        string program = OperatingSystem.IsWindows() ? "cmd /c 'echo progress>&2& echo done& exit 3'" : "sh -c 'echo progress >&2; echo done; exit 3'";
        Outcome outcome = _session.Try($"@{{ n = 1 }} | Invoke-EtlTransform {{ $_.n = {program}; $_ }} | ForEach-Object {{ $_.n }}");
        Assert.Equal("done", outcome.Output.Single().ToString());
        Assert.Equal("progress", outcome.Warnings.Single().Trim());
        Assert.Contains("NativeCommandExitException", _session.Try($"$PSNativeCommandUseErrorActionPreference = $true; @{{ n = 1 }} | Invoke-EtlTransform {{ $_.n = {program}; $_ }}").Errors.Single().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ $_ }")]
    [InlineData("{ $_; $_ }")]
    public void SetColumn_BlockThatAlsoSetsAnotherColumn_SetsBoth(string block) =>
        Assert.All(_session.Run($"@{{ a = 1; b = 1 }} | Invoke-EtlTransform {block} -SetColumn @{{ a = {{ $_.b = 2; 3 }} }} | ForEach-Object {{ \"$($_.a)$($_.b)\" }}"), row => Assert.Equal("32", row.ToString()));
}
