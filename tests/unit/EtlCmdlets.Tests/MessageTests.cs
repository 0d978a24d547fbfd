using System.Management.Automation;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>What commands, blocks and their workers say beside the records.</summary>
public sealed class MessageTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -SqlitePath t.db -Table t -Key id -CreateTable -DeadLetterPath dead.jsonl";

    private readonly ModuleSession _session = new();

    public MessageTests() => _session.Write("a.csv", "id,name\n1,Ann\n2,Bo\n");

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform { Write-Warning 'check this'; $_ } 3>&1")]
    [InlineData("Import-EtlCsv a.csv | ForEach-Object { Write-Warning 'check this'; $_ } 3>&1")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform { & { Write-Warning 'check this' } 3>&1; $_ }")]
    public void Warnings_MergedIntoTheOutput_AreNoRecords(string source)
    {
        Outcome outcome = _session.Try($"{source} | {Load}");
        Assert.Null(outcome.Terminating);
        Assert.Equal(("2", "True"), (Text(outcome, "Received"), Text(outcome, "Succeeded")));
        Assert.Equal(["check this", "check this"], outcome.Warnings);
        Assert.False(File.Exists(_session.PathOf("dead.jsonl")));
    }

    [Fact]
    public void Errors_MergedIntoTheOutput_AreNoRecords()
    {
        Outcome outcome = _session.Try($"& {{ Write-Error 'mine'; [pscustomobject]@{{ id = 1 }} }} 2>&1 | {Load}");
        Assert.Equal("1", Text(outcome, "Loaded"));
        Assert.Equal("mine", Assert.Single(outcome.Errors).Exception.Message);
    }

    [Theory]
    [InlineData("& { Write-Warning 'mine'; @{ id = 1 } } 3>&1 | Invoke-EtlTransform -WarningAction Stop")]
    [InlineData("& { Write-Error 'mine'; @{ id = 1 } } 2>&1 | Invoke-EtlTransform -ErrorAction Stop")]
    [InlineData("@{ id = 1 } | Invoke-EtlTransform { $_ } -InitializationScript { Write-Warning 'mine' } -WarningAction Stop")]
    public void Messages_ThatStopTheCommand_AreNoDefect(string script)
    {
        Exception? ending = _session.Try(script).Terminating;
        Assert.IsType<ActionPreferenceStopException>(ending);
        Assert.Contains("mine", ending.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("& { Write-Warning 'Password=hunter2'; @{ id = 1 } } *>&1 | Invoke-EtlTransform 3>&1")]
    [InlineData("& { Write-Error 'Password=hunter2'; @{ id = 1 } } *>&1 | Invoke-EtlTransform 2>&1")]
    [InlineData("& { Write-Host 'Password=hunter2'; @{ id = 1 } } *>&1 | Invoke-EtlTransform 6>&1")]
    [InlineData("& { Write-Information 'Password=hunter2'; @{ id = 1 } } *>&1 | Invoke-EtlTransform 6>&1")]
    [InlineData("@{ id = 1 } | Invoke-EtlTransform { Write-Warning 'Password=hunter2'; $_ } 3>&1")]
    public void Messages_ThatArePassedOn_AreRedacted(string script) =>
        Assert.Equal("Password=***", _session.Run($"{script} | Where-Object {{ -not $_.id }} | ForEach-Object {{ \"$_\" }}").Single().ToString());

    [Fact]
    public void Initialization_LeavesNoVariablesOfTheModule() =>
        Assert.Equal("5 False False", _session.Run("$five = 5; @{ id = 1 } | Invoke-EtlTransform { $_.id = \"$x $(Test-Path variable:EtlEnd) $(Test-Path variable:global:EtlBlock)\"; $_ } -InitializationScript { $x = $using:five } | ForEach-Object id").Single().ToString());

    [Fact]
    public void Initialization_Messages_AreWrittenOnce()
    {
        Outcome outcome = _session.Try("1..200 | ForEach-Object { @{ id = $_ } } | Invoke-EtlTransform { $_ } -BufferSize 2 -InitializationScript { Write-Warning 'no licence'; Write-Host 'host' } 6>&1 | Where-Object { $_ -is [Management.Automation.InformationRecord] }");
        Assert.Equal(["no licence"], outcome.Warnings);
        Assert.Equal("host", Assert.Single(outcome.Output).ToString());
    }

    [Theory]
    [InlineData("Write-Host 'x'", "x")]
    [InlineData("Write-Information 'x'", "x")]
    [InlineData("Write-Host 'x' -ForegroundColor Red", "x")]
    [InlineData("'x' | Out-Host", "x")]
    public void Block_LinesForTheHost_AreWrittenOnce(string write, string line)
    {
        Assert.Equal([line], _session.Run($"@{{ id = 1 }} | Invoke-EtlTransform {{ {write}; $_ }} 6>&1 | Where-Object {{ $_ -is [Management.Automation.InformationRecord] }}").Select(message => message.ToString()));
        Assert.Equal([line], _session.Run($"@{{ id = 1 }} | Invoke-EtlTransform {{ $_ }} -InitializationScript {{ {write} }} 6>&1 | Where-Object {{ $_ -is [Management.Automation.InformationRecord] }}").Select(message => message.ToString()));
    }

    [Fact]
    public void Block_ThatAsks_FailsTheRecord() =>
        Assert.Contains("nobody can be asked", _session.Try("@{ id = 1 } | Invoke-EtlTransform { $_.id = Read-Host 'id'; $_ }").Errors.Single().ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData("if ($true) { exit 5 }")]
    [InlineData("break")]
    public void Initialization_LeftBeforeItsEnd_EndsTheRun(string leave)
    {
        ErrorRecord error = _session.Try($"Import-EtlCsv a.csv | Invoke-EtlTransform {{ $_ }} -InitializationScript {{ {leave} }}").EndingError;
        Assert.StartsWith("WorkerSetupFailed,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("use return", error.Exception.Message, StringComparison.Ordinal);
        Assert.Equal(2, _session.Run("Import-EtlCsv a.csv | Invoke-EtlTransform { $_ } -InitializationScript { return; throw 'x' }").Count);
    }

    [Theory]
    [InlineData("$_.name = $_.nmae; $_")]
    [InlineData("$_ } -SetColumn @{ name = { $_.nmae }")]
    public void Block_InStrictMode_ObeysIt(string block)
    {
        Outcome outcome = _session.Try($"Set-StrictMode -Version Latest; Import-EtlCsv a.csv | Invoke-EtlTransform {{ {block} }}");
        Assert.Empty(outcome.Output);
        Assert.All(outcome.Errors, error => Assert.Contains("'nmae' cannot be found", error.ToString(), StringComparison.Ordinal));
        Assert.Equal(2, _session.Run($"Set-StrictMode -Off; Import-EtlCsv a.csv | Invoke-EtlTransform {{ {block} }}").Count);
        Assert.Equal(2, _session.Run("& { Set-StrictMode -Version 1.0; Import-EtlCsv a.csv | Invoke-EtlTransform { $_.name = $_.nmae; $_ } }").Count);
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv -PipelineVariable row | Invoke-EtlTransform { $_ } | ForEach-Object { $row.id }", "Import-EtlCsv")]
    [InlineData("1..2 | Select-Object @{ n = 'id'; e = { $_ } } -PipelineVariable row | Invoke-EtlTransform { $_ } | Invoke-EtlTransform { $_ } | ForEach-Object { $row.id }", "Select-Object")]
    [InlineData("Import-EtlCsv a.csv -PipelineVariable row | ForEach-Object { $row.id }", null)]
    [InlineData($"Import-EtlCsv a.csv -PipelineVariable row | Invoke-EtlTransform {{ $_ }} | {Load}", null)]
    public void PipelineVariable_BehindACommandThatHoldsRecordsBack_IsWarnedOf(string script, string? command)
    {
        Outcome outcome = _session.Try(script);
        Assert.Equal(command is null ? [] : [$"The -PipelineVariable of {command} runs ahead"], outcome.Warnings.Select(warning => warning[..warning.IndexOf(':', StringComparison.Ordinal)]));
    }

    private static string? Text(Outcome outcome, string property) => Assert.Single(outcome.Output).Properties[property].Value?.ToString();
}
