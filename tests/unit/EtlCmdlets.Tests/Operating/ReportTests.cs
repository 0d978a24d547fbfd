using System.Management.Automation;
using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>Reports on runs of the built module.</summary>
public sealed class ReportTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -SqlitePath shop.db -Table orders -Key id -CreateTable";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Report_RunsOfALog_HasTheNumbersOfGetEtlRunToTheRecord()
    {
        LoadAll();
        PSObject report = _session.Run("Export-EtlReport page.html -LogPath log*.jsonl -DeadLetterPath *.dead.jsonl -SqlitePath shop.db -PassThru").Single();
        JsonElement[] runs = Json(report, "Runs");
        PSObject[] known = [.. _session.Run("Get-EtlRun")];
        Assert.Equal(known.Length, runs.Length);
        foreach ((PSObject expected, JsonElement run) in known.Zip(runs))
        {
            Assert.Equal(expected.Properties["Id"].Value.ToString(), run.GetProperty("Id").GetString());
            Assert.Equal(expected.Properties["State"].Value, run.GetProperty("State").GetString());
            object[] stages = (object[])expected.Properties["Stages"].Value;
            Assert.Equal(stages.Length, run.GetProperty("Stages").GetArrayLength());
            foreach ((object stage, JsonElement shown) in stages.Zip(run.GetProperty("Stages").EnumerateArray()))
            {
                PSObject counts = PSObject.AsPSObject(stage);
                foreach (string name in new[] { "In", "Made", "Out", "Filtered", "Failed", "Forwarded" })
                    Assert.Equal((long)counts.Properties[name].Value, shown.GetProperty(name).GetInt64());
                Assert.Equal("Holds", shown.GetProperty("Sum").GetString());
            }
            if (expected.Properties["Result"].Value is not { } result)
                continue;
            JsonElement load = Assert.Single(run.GetProperty("Loads").EnumerateArray().ToArray());
            foreach (string name in new[] { "Received", "Loaded", "Unchanged", "Superseded", "Filtered", "DeadLettered", "Errors", "Deleted", "Batches" })
                Assert.Equal((long)PSObject.AsPSObject(result).Properties[name].Value, load.GetProperty(name).GetInt64());
        }
        Assert.Equal(["Succeeded", "RecordsFailed", "RecordsFailed"], runs.Select(run => run.GetProperty("Outcome").GetString()));
    }

    [Fact]
    public void Report_DeadLettersAndReplay_TellCausesAndHowManyWereLoadedSince()
    {
        LoadAll();
        PSObject report = _session.Run("Export-EtlReport page.html -LogPath log.jsonl -DeadLetterPath first.dead.jsonl, again.dead.jsonl, nothing.jsonl -SqlitePath shop.db -PassThru").Single();
        Assert.Equal(
            [("ConversionFailed", "amount", 2L, 3L, 4L, 2L, 1L)],
            Json(report, "Failures").Select(failure => (
                failure.GetProperty("Code").GetString()!, failure.GetProperty("Column").GetString()!, failure.GetProperty("Records").GetInt64(), failure.GetProperty("FirstLine").GetInt64(),
                failure.GetProperty("LastLine").GetInt64(), failure.GetProperty("Replayed").GetInt64(), failure.GetProperty("Loaded").GetInt64())));
        Assert.Equal([true, true, true, false], Json(report, "Files").Select(file => file.GetProperty("Exists").GetBoolean()));
    }

    [Fact]
    public void Report_PageAndObjects_HoldNoValue()
    {
        LoadAll();
        PSObject report = _session.Run("Export-EtlReport page.html -LogPath log.jsonl -DeadLetterPath *.dead.jsonl -SqlitePath shop.db -PassThru").Single();
        string page = File.ReadAllText(_session.PathOf("page.html"));
        Assert.Contains("ConversionFailed", page, StringComparison.Ordinal);
        Assert.Contains("Watermarks", page, StringComparison.Ordinal);
        Assert.DoesNotContain("CANARY", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("CANARY", JsonOf(report).GetRawText(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Report_Watermark_SaysHowFarTheFileHasGrown()
    {
        LoadAll();
        File.AppendAllText(_session.PathOf("bad.csv"), "8,x\n9,y\n");
        JsonElement mark = Json(_session.Run("Export-EtlReport page.html -SqlitePath shop.db -PassThru").Single(), "Watermarks").Single(mark => mark.GetProperty("Name").GetString() == "bad");
        Assert.Equal((8L, 2L, 4L), (mark.GetProperty("LagBytes").GetInt64(), mark.GetProperty("LagLines").GetInt64(), mark.GetProperty("Row").GetInt64()));
    }

    [Fact]
    public void Report_ItsRuns_AreATableOnTheScreen()
    {
        LoadAll();
        string[] lines = _session.Run("(Export-EtlReport page.html -PassThru).Runs | Out-String -Width 80").Single().ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Matches("^Started +Outcome +Elapsed +Read +Loaded +Failed +Error or table$", lines[0]);
        Assert.Equal(2 + 3, lines.Length);
    }

    [Fact]
    public void Report_RunsOrFilesPipedIn_AreWhatItIsOf()
    {
        LoadAll();
        Assert.Equal("2", _session.Run("(Get-EtlRun | Select-Object -First 2 | Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("3", _session.Run("(Get-Item log.jsonl | Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("3", _session.Run("('log.jsonl' | Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
        // Without any, the session's own.
        Assert.Equal("3", _session.Run("(Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("0", _session.Run("(Get-EtlRun | Where-Object State -EQ None | Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("0", _session.Run("(Export-EtlReport page.html -Until 2000-01-01 -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("3", _session.Run("(Export-EtlReport page.html -Tag @{ job = 'night' } -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("0", _session.Run("(Export-EtlReport page.html -Tag @{ job = 'day' } -PassThru).Runs.Count").Single().ToString());
        Assert.Equal("3", _session.Run("Set-EtlTelemetry -LogPath ''; (Export-EtlReport page.html -PassThru).Runs.Count").Single().ToString());
    }

    [Fact]
    public void Report_FileThatIsThere_IsReplacedUnlessThatIsForbidden()
    {
        _session.Write("page.html", "before");
        _session.Run("Export-EtlReport page.html -WhatIf");
        Assert.Equal("before", File.ReadAllText(_session.PathOf("page.html")));
        Assert.Equal("FileExists", IdOf("Export-EtlReport page.html -NoClobber"));
        File.SetAttributes(_session.PathOf("page.html"), FileAttributes.ReadOnly);
        Assert.Equal("AccessDenied", IdOf("Export-EtlReport page.html"));
        Assert.Equal("before", File.ReadAllText(_session.PathOf("page.html")));
        Assert.Empty(_session.Run("Export-EtlReport page.html -Force"));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(_session.PathOf("page.html")), StringComparison.Ordinal);
        Assert.Equal(["page.html"], Directory.GetFiles(_session.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Report_Json_HasTheMembersThatArePromised()
    {
        LoadAll();
        JsonElement report = JsonOf(_session.Run("Export-EtlReport page.html -DeadLetterPath *.dead.jsonl -SqlitePath shop.db -PassThru").Single());
        JsonElement run = report.GetProperty("Runs")[1];
        Assert.Equal("Path CreatedAt Since Until Runs Missed Breakers Failures Watermarks Files", NamesOf(report));
        Assert.Equal(
            "Id Tags Outcome State Succeeded StartedAt EndedAt ElapsedSec ErrorCode Message Read Loaded DeadLettered Failed Retries Stages Loads Samples Outages Breakers", NamesOf(run));
        Assert.Equal("Name Subject In Made Out Filtered Failed Forwarded Retries Sum QueueFill", NamesOf(run.GetProperty("Stages")[0]));
        Assert.Equal("Provider Database Table Received Loaded Unchanged Superseded Filtered DeadLettered Errors NotCommitted Deleted Batches Sum", NamesOf(run.GetProperty("Loads")[0]));
        Assert.Equal("Time Stages", NamesOf(run.GetProperty("Samples")[0]));
        Assert.Equal("Stage Came Left Held Retries", NamesOf(run.GetProperty("Samples")[0].GetProperty("Stages")[0]));
        Assert.Equal("Code Column Source Records FirstLine LastLine FirstAt LastAt Replayed Loaded", NamesOf(report.GetProperty("Failures")[0]));
        Assert.Equal("Name Source Line Row ByteOffset UpdatedAt AgeSec LagBytes LagLines LagNote", NamesOf(report.GetProperty("Watermarks")[0]));
        Assert.Equal("Kind Path Exists Lines Repeated Unreadable IsTorn", NamesOf(report.GetProperty("Files")[0]));
        Assert.Equal("night", run.GetProperty("Tags").GetProperty("job").GetString());

        static string NamesOf(JsonElement element) => string.Join(' ', element.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public void Report_SecretThatBecameKnownLater_IsTakenOut()
    {
        _session.Write("secret-7751.csv", "id\n1\n");
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl; Import-EtlCsv secret-7751.csv | Out-Null; Set-EtlTelemetry -RedactPattern '7751'");
        PSObject report = _session.Run("Export-EtlReport page.html -PassThru").Single();
        Assert.DoesNotContain("7751", JsonOf(report).GetProperty("Runs").GetRawText().Replace(Json(report, "Runs")[0].GetProperty("Id").GetString()!, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("secret-7751", File.ReadAllText(_session.PathOf("page.html")), StringComparison.Ordinal);
    }

    /// <summary>A load that succeeds, one whose records fail, and a replay of these of which one fails again.</summary>
    private void LoadAll()
    {
        _session.Write("good.csv", "id,amount\n1,10\n2,20\n");
        _session.Write("bad.csv", "id,amount\n3,30\n4,CANARY-4\n5,CANARY-5\n6,60\n");
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl -Tag @{ job = 'night' }");
        _session.Run($"$null = Import-EtlCsv good.csv -Type @{{ amount = 'decimal' }} | {Load}");
        _session.Run($"$null = Import-EtlCsv bad.csv -Type @{{ amount = 'decimal' }} | {Load} -WatermarkName bad -DeadLetterPath first.dead.jsonl");
        _session.Run($"$null = Import-EtlDeadLetter first.dead.jsonl | Invoke-EtlTransform {{ if ($_.id -eq '5') {{ $_.amount = '50' }}; $_ }} | Invoke-EtlTransform -Type @{{ amount = 'decimal' }} | {Load} -DeadLetterPath again.dead.jsonl");
    }

    private string IdOf(string call) => _session.Try(call).EndingError.FullyQualifiedErrorId.Split(',')[0];

    private JsonElement JsonOf(PSObject report)
    {
        using PowerShell shell = _session.Shell("param($report) $report | ConvertTo-Json -Depth 6 -WarningAction Stop");
        return JsonDocument.Parse(shell.AddArgument(report).Invoke().Single().ToString()).RootElement;
    }

    private JsonElement[] Json(PSObject report, string member) => [.. JsonOf(report).GetProperty(member).EnumerateArray()];
}
