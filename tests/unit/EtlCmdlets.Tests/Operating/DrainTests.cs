using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using EtlTools.Engine.Tests.Extract.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>Runs that are told to end before their input does.</summary>
public sealed class DrainTests : IDisposable
{
    private const int Rows = 20_000;
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable -BatchSize 100";

    // Slow enough that every test finds it at work.
    private const string Slow = "Invoke-EtlTransform { [Threading.Thread]::Sleep(1); $_ } -BufferSize 200";

    private readonly ModuleSession _session = new();

    public DrainTests() => _session.Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(1, Rows).Select(i => $"{i},n\n")));

    public void Dispose() => _session.Dispose();

    [Fact]
    public void MaxDuration_Passed_DrainsAndARerunCompletes()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv -BufferSize 500 -MaxDuration 0.5 | {Slow} | {Load}"));
        AssertDrained(result);
        PSObject second = Assert.Single(_session.Run($"Import-EtlCsv a.csv | {Load}"));
        Assert.Equal((false, true), (second.Properties["Drained"].Value, second.Properties["Succeeded"].Value));
        Assert.Equal([$"{Rows}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t"));
    }

    [Fact]
    public void StopFile_Appears_Drains()
    {
        string stopFile = _session.PathOf("stop");
        using var soon = new Timer(_ => File.WriteAllText(stopFile, ""), null, 500, Timeout.Infinite);
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv -BufferSize 500 -StopFilePath ./stop | {Slow} | {Load}"));
        AssertDrained(result);
    }

    [Fact]
    public void StopFile_IsThere_ReadsNothing()
    {
        _session.Write("stop", "");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -StopFilePath stop | {Load}");
        PSObject result = Assert.Single(outcome.Output);
        Assert.Equal((true, 0L), (result.Properties["Drained"].Value, result.Properties["Received"].Value));
        Assert.Contains("the file of -StopFilePath exists", Assert.Single(outcome.Warnings), StringComparison.Ordinal);
        Assert.Equal("Drained", _session.Run("(Get-EtlRun)[-1].State").Single().ToString());
    }

    [Theory]
    [InlineData("nofolder/stop", "does not exist. Create it first.")]
    [InlineData(".", "is a folder. Name a file in it.")]
    public void StopFile_ThatCanNeverAppear_IsRefused(string path, string says)
    {
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -StopFilePath {path} | {Load}");
        Assert.StartsWith("InvalidParameter,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-StopFilePath", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(says, outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_FromAnotherRunspace_Drains()
    {
        Task<PSObject[]> stopping = Task.Run(() => InAnotherRunspace("Get-EtlRun -AllSessions | Where-Object { $_.Stages.Count -eq 3 } | Stop-EtlPipeline -Wait -PassThru"));
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv -BufferSize 500 | {Slow} | {Load}"));
        AssertDrained(result);
        PSObject stopped = Assert.Single(await stopping);
        Assert.Equal((result.Properties["RunId"].Value, "Drained"), (stopped.Properties["Id"].Value, stopped.Properties["State"].Value));
    }

    [Fact]
    public async Task Stop_Drop_EndsWithAnErrorThatHasTheResult()
    {
        Task stopping = Task.Run(() => InAnotherRunspace("Get-EtlRun -AllSessions | Where-Object { $_.Stages.Count -eq 3 } | Stop-EtlPipeline -Drop"));
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -BufferSize 500 | {Slow} | {Load}");
        await stopping;
        Assert.StartsWith("RunDropped,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        var result = PSObject.AsPSObject(outcome.EndingError.TargetObject);
        Assert.Equal(false, result.Properties["Succeeded"].Value);
        Assert.Equal([$"{result.Properties["Loaded"].Value}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t"));
        Assert.Equal("Dropped", _session.Run("(Get-EtlRun)[-1].State").Single().ToString());
    }

    [Fact]
    public void Drain_ThatTakesTooLong_BecomesADrop()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -MaxDuration 0.3 -DrainTimeoutSec 0.3 | Invoke-EtlTransform {{ [Threading.Thread]::Sleep(20); $_ }} -ThrottleLimit 1 | {Load}");
        Assert.StartsWith("RunDropped,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("longer than 0.3 s", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_WhatIf_TellsAndDoesNothing()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv | ForEach-Object {{ if ($_.id -eq '5') {{ Stop-EtlPipeline -WhatIf }}; $_ }} | {Load}"));
        Assert.Equal((false, (long)Rows), (result.Properties["Drained"].Value, result.Properties["Loaded"].Value));
    }

    [Fact]
    public void Stop_InsideThePipeline_DrainsIt()
    {
        PSObject result = Assert.Single(_session.Run($"Import-EtlCsv a.csv -BufferSize 100 | ForEach-Object {{ if ($_.id -eq '5') {{ Get-EtlRun | Where-Object State -eq Running | Stop-EtlPipeline }}; $_ }} | {Load}"));
        AssertDrained(result);
    }

    [Theory]
    [InlineData("-Wait")]
    [InlineData("-Wait -Drop")]
    public void Stop_WaitInThePipelineThatItStops_IsRefused(string how)
    {
        Outcome outcome = _session.Try($"$ErrorActionPreference = 'Stop'; Import-EtlCsv a.csv -BufferSize 100 | ForEach-Object {{ Stop-EtlPipeline {how}; $_ }} | {Load}");
        Assert.StartsWith("InvalidParameter,EtlTools.Cmdlets.StopEtlPipelineCommand", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("Leave out -Wait.", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Stop_UnknownId_IsAnError()
    {
        Outcome outcome = _session.Try("Stop-EtlPipeline 7fde78c9-ac9e-4464-8e3e-362cb6494e21");
        Assert.StartsWith("RunNotFound,", Assert.Single(outcome.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
    }

    [Fact]
    public void Drain_DeadLetterSource_ResumesToo()
    {
        _session.Run("Import-EtlCsv a.csv | Export-EtlDeadLetter dead.jsonl -Code Mine");
        PSObject result = Assert.Single(_session.Run($"Import-EtlDeadLetter dead.jsonl -BufferSize 500 -MaxDuration 0.5 | {Slow} | {Load}"));
        AssertDrained(result);
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv", true)]
    [InlineData("Import-EtlJson a.jsonl", true)]
    // A page is read again as a whole: loading by key makes that harmless.
    [InlineData("Invoke-EtlApi SERVICE", false)]
    public void Drain_AgainAndAgain_LosesAndDoublesNothing(string source, bool isExact)
    {
        const int Page = 500;
        using var service = new TestService(context =>
        {
            int from = int.Parse(context.Query("cursor") ?? "1", CultureInfo.InvariantCulture);
            return context.Json($$"""{"items":[{{Answers.Items(from, from + Page - 1)}}],"next_page":{{(from + Page > Rows ? "null" : $"\"{from + Page}\"")}}}""");
        });
        _session.Write("a.jsonl", string.Concat(Enumerable.Range(1, Rows).Select(i => $"{{\"id\":{i},\"name\":\"n\"}}\n")));
        long received = 0;
        int runs = 0;
        PSObject result;
        do
        {
            Assert.True(++runs < 100, "It comes to no end.");
            result = Assert.Single(_session.Run($$"""
                $seen = 0
                {{source.Replace("SERVICE", service.Url, StringComparison.Ordinal)}} -BufferSize 200 -ResumeFrom (Get-EtlWatermark job -SqlitePath t.db) |
                    ForEach-Object { if (++$seen -eq 1700) { Get-EtlRun | Where-Object State -EQ Running | Stop-EtlPipeline }; $_ } |
                    {{Load}} -WatermarkName job -DeadLetterPath dead.jsonl
                """));
            Assert.Equal(true, result.Properties["Succeeded"].Value);
            received += (long)result.Properties["Received"].Value;
        }
        while ((bool)result.Properties["Drained"].Value);
        Assert.True(runs > 2);
        if (isExact)
            Assert.Equal(Rows, received);
        Assert.Equal([$"{Rows}|{Rows}|{(long)Rows * (Rows + 1) / 2}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*), count(DISTINCT id), sum(CAST(id AS INTEGER)) FROM t"));
    }

    [Theory]
    [InlineData("Import-EtlCsv a.csv")]
    [InlineData("Import-EtlJson a.jsonl")]
    [InlineData("Import-EtlCsv a.csv | Where-Object id")]
    public void Drain_SlowBlockAndDefaultBuffers_EndsAsADrainAtAnyMoment(string source)
    {
        // At the pace of the block what the buffers have room for takes 50 s.
        _session.Write("a.jsonl", string.Concat(Enumerable.Range(1, Rows).Select(i => $"{{\"id\":{i},\"name\":\"n\"}}\n")));
        var random = new Random(20261127);
        long last = 0;
        for (int i = 0; i < 3; i++)
        {
            // A tenth of the records fails, in the source's part or in the block's.
            PSObject result = Assert.Single(_session.Run($$"""
                {{source.Replace(" | ", " READING | ", StringComparison.Ordinal)}}{{(source.Contains('|', StringComparison.Ordinal) ? "" : " READING")}} |
                    Invoke-EtlTransform { [Threading.Thread]::Sleep(5); if ($_.id % 10 -eq 0) { throw 'no' }; $_ } -ThrottleLimit 2 |
                    {{Load}} -WatermarkName job -DeadLetterPath dead.jsonl
                """.Replace("READING", string.Create(CultureInfo.InvariantCulture, $"-MaxDuration {random.NextDouble() + 0.2} -DrainTimeoutSec 20 -ResumeFrom (Get-EtlWatermark job -SqlitePath t.db)"), StringComparison.Ordinal)));
            Assert.Equal(true, result.Properties["Drained"].Value);
            long received = (long)result.Properties["Received"].Value;
            Assert.Equal(received, (long)result.Properties["Loaded"].Value + (long)result.Properties["DeadLettered"].Value);
            last += received;
            // Where the watermark stands, all that was read is in the table or in the dead letter, each once.
            Assert.Equal($"{last}", _session.Run("(Get-EtlWatermark job -SqlitePath t.db).Row").Single().ToString());
            Assert.Equal([$"{last - (last / 10)}|{last - (last / 10)}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*), count(DISTINCT id) FROM t"));
            Assert.Equal(last / 10, File.ReadAllLines(_session.PathOf("dead.jsonl")).Length);
        }
        Assert.InRange(last, 3, Rows - 1);
    }

    [Fact]
    public void StopFile_DrainThatTakesTooLong_BecomesADrop()
    {
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -StopFilePath stop -DrainTimeoutSec 0.3 | ForEach-Object {{ if ($_.id -eq '300') {{ [IO.File]::WriteAllText('{_session.PathOf("stop")}', '') }}; $_ }} | Invoke-EtlTransform {{ [Threading.Thread]::Sleep(20); $_ }} -ThrottleLimit 1 | {Load}");
        Assert.StartsWith("RunDropped,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-StopFilePath", outcome.EndingError.Exception.Message, StringComparison.Ordinal);
        Assert.Equal([$"{PSObject.AsPSObject(outcome.EndingError.TargetObject).Properties["Loaded"].Value}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData("600", 600)]
    [InlineData("'00:10:00'", 600)]
    [InlineData("([TimeSpan]::FromMinutes(10))", 600)]
    [InlineData("1.5", 1.5)]
    public void MaxDuration_NumberOrSpan_IsUnderstood(string value, double seconds)
    {
        string read = _session.Run($"$c = Get-Command Import-EtlCsv; $t = $c.ImplementingType.GetProperty('MaxDuration').GetCustomAttributes($true) | Where-Object {{ $_ -is [Management.Automation.ArgumentTransformationAttribute] }}; $t.Transform($ExecutionContext, {value}).TotalSeconds").Single().ToString();
        Assert.Equal(seconds, double.Parse(read, System.Globalization.CultureInfo.InvariantCulture));
    }

    private void AssertDrained(PSObject result)
    {
        long loaded = (long)result.Properties["Loaded"].Value;
        Assert.Equal((true, true), (result.Properties["Drained"].Value, result.Properties["Succeeded"].Value));
        Assert.InRange(loaded, 1, Rows - 1);
        // What was read is there, as one piece from the beginning.
        Assert.Equal([$"{loaded}|{loaded}"], Table.Rows(_session.PathOf("t.db"), "SELECT count(*), max(CAST(id AS INTEGER)) FROM t"));
    }

    /// <summary>Runs a script in another session of this process, once a run is there to be stopped.</summary>
    private static PSObject[] InAnotherRunspace(string script)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        using var shell = PowerShell.Create(runspace);
        shell.AddScript($$"""
            Import-Module '{{ModuleSession.ManifestPath}}'
            for ($i = 0; $i -lt 600; $i++) {
                $ours = Get-EtlRun -AllSessions | Where-Object { $_.Stages.Count -eq 3 -and $_.Stages[2].Out -gt 0 }
                if ($ours) { break }
                [Threading.Thread]::Sleep(20)
            }
            {{script}}
            """);
        PSObject[] output = [.. shell.Invoke()];
        Assert.Empty(shell.Streams.Error);
        return output;
    }
}
