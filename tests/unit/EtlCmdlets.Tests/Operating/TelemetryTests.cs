using System.Management.Automation;
using System.Text.Json;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>What a session's runs tell, and to whom.</summary>
public sealed class TelemetryTests : IDisposable
{
    private const string Load = "Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source=t.db' -Table t -Key id -CreateTable";

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Run_Counters_AgreeEverywhereToTheRecord()
    {
        using var receiver = new OtlpReceiver();
        string job = $"job{Guid.NewGuid():N}";
        _session.Write("a.csv", "id,amount,email\n" + string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i},{(i % 50 == 0 ? "x" : "1")},{(i % 70 == 0 ? "" : "e")}\n")));
        _session.Run($"Set-EtlTelemetry -LogPath log.jsonl -LogIntervalSec 0.1 -PrometheusPath etl.prom -OtlpEndpoint {receiver.Endpoint} -Tag @{{ job = '{job}' }}");
        Outcome outcome = _session.Try($"Import-EtlCsv a.csv -Type @{{ amount = 'int' }} | Invoke-EtlTransform -Required email {{ if ([int]$_.id % 9 -eq 0) {{ return }}; if ([int]$_.id % 1000 -eq 0) {{ [Threading.Thread]::Sleep(100) }}; $_ }} | {Load} -DeadLetterPath dead.jsonl");
        PSObject result = Assert.Single(outcome.Output);
        _session.Run("Set-EtlTelemetry -OtlpEndpoint ''");

        PSObject[] stages = [.. ((object[])result.Properties["Stages"].Value).Select(PSObject.AsPSObject)];
        Assert.Equal(3, stages.Length);
        JsonElement[] log = [.. File.ReadAllLines(_session.PathOf("log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        JsonElement[] logged = [.. log.Single(entry => Text(entry, "event") == "runEnded").GetProperty("stages").EnumerateArray()];
        string[] prometheus = File.ReadAllLines(_session.PathOf("etl.prom"));
        PSObject[] run = [.. _session.Run("(Get-EtlRun)[-1].Stages")];
        for (int i = 0; i < stages.Length; i++)
        {
            string name = (string)stages[i].Properties["Name"].Value;
            foreach (string counter in new[] { "In", "Made", "Out", "Filtered", "Failed", "Forwarded" })
            {
                long count = (long)stages[i].Properties[counter].Value;
                string lower = counter.ToLowerInvariant();
                Assert.Equal(count, logged[i].GetProperty(lower).GetInt64());
                Assert.Equal(count, run[i].Properties[counter].Value);
                Assert.Contains($"etltools_records_{lower}_total{{stage=\"{name}\",job=\"{job}\"}} {count}", prometheus);
                Assert.Equal([count], receiver.Sums($"etltools.records.{lower}", name).Where(sum => sum.Key.Contains(job, StringComparison.Ordinal)).Select(sum => sum.Value));
            }
            Assert.Contains(log, entry => Text(entry, "event") == "counters" && entry.GetProperty("job").GetString() == job);
        }
        Assert.True(receiver.HasTraces);
        Assert.Contains("EtlTools run", receiver.AllText, StringComparison.Ordinal);
        Assert.Contains(prometheus, line => line.StartsWith("etltools_batch_seconds_count", StringComparison.Ordinal));
        Assert.Equal(result.Properties["RunId"].Value!.ToString(), Text(log[^1], "runId"));
        Assert.Equal((0L, "Completed"), ((long)stages[2].Properties["Filtered"].Value, Text(log.Single(entry => Text(entry, "event") == "runEnded"), "state")));
    }

    [Fact]
    public void Log_RunThatFails_EndsWithTheErrorsCode()
    {
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl");
        _session.Try($"Import-EtlCsv missing.csv | {Load}");
        JsonElement ended = File.ReadAllLines(_session.PathOf("log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).Single(entry => Text(entry, "event") == "runEnded");
        Assert.Equal(("Failed", "FileNotFound", "error"), (Text(ended, "state"), Text(ended, "code"), Text(ended, "level")));
        Assert.Equal("Failed FileNotFound", _session.Run("Get-EtlRun | ForEach-Object { \"$($_.State) $($_.ErrorCode)\" }").Single().ToString());
    }

    [Fact]
    public void Log_BatchThatIsNotLoaded_SaysWhy()
    {
        if (!File.Exists("/dev/full"))
            return;
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl");
        _session.Try($"@{{ id = 1 }}, @{{ id = $null }} | {Load} -DeadLetterPath /dev/full");
        JsonElement failed = Assert.Single(File.ReadAllLines(_session.PathOf("log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement), entry => Text(entry, "event") == "batchFailed");
        Assert.Equal(("DeadLetterFailed", false, 2), (Text(failed, "code"), failed.GetProperty("triedAgain").GetBoolean(), failed.GetProperty("records").GetInt32()));
    }

    [Theory]
    [InlineData("-LogPath no/such/log.jsonl", "TelemetryFailed")]
    [InlineData("-PrometheusPath no/such/etl.prom", "TelemetryFailed")]
    [InlineData("-OtlpEndpoint nonsense", "InvalidParameter")]
    [InlineData("-OtlpEndpoint http://user:pw@localhost:4318", "InvalidParameter")]
    [InlineData("-Tag @{ 'a b' = 1 }", "InvalidParameter")]
    [InlineData("-Tag @{ stage = 1 }", "InvalidParameter")]
    [InlineData("-RedactPattern '('", "InvalidParameter")]
    [InlineData("-LogIntervalSec 0", "ParameterArgumentValidationError")]
    public void Set_WrongValue_IsRefusedAndChangesNothing(string arguments, string id)
    {
        Outcome outcome = _session.Try($"Set-EtlTelemetry {arguments}");
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Null(_session.Run("Get-EtlTelemetry").Single().Properties["LogPath"].Value);
    }

    [Fact]
    public void Set_OneSetting_KeepsTheOthers()
    {
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl -Tag @{ job = 'a' }");
        PSObject now = _session.Run("Set-EtlTelemetry -LogIntervalSec 3 -PassThru").Single();
        Assert.Equal((_session.PathOf("log.jsonl"), 3.0), (now.Properties["LogPath"].Value, now.Properties["LogIntervalSec"].Value));
        Assert.Equal("a", _session.Run("(Get-EtlTelemetry).Tag.job").Single().ToString());
        Assert.Null(_session.Run("Set-EtlTelemetry -LogPath '' -PassThru").Single().Properties["LogPath"].Value);
    }

    [Fact]
    public void Log_ThatCannotBeWritten_IsAWarningAndTheRunGoesOn()
    {
        if (!File.Exists("/dev/full"))
            return;
        _session.Run("Set-EtlTelemetry -LogPath /dev/full");
        Outcome outcome = _session.Try($"@{{ id = 1 }} | {Load}");
        Assert.Equal(1L, Assert.Single(outcome.Output).Properties["Loaded"].Value);
        Assert.Contains(outcome.Warnings, warning => warning.Contains("/dev/full", StringComparison.Ordinal));
    }

    [Fact]
    public void Meter_WithoutAnySetting_IsThereForListeners()
    {
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        var seen = new Dictionary<string, long>();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "EtlTools")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => seen[instrument.Name] = seen.GetValueOrDefault(instrument.Name) + value);
        listener.Start();
        _session.Run($"1..7 | ForEach-Object {{ @{{ id = $_ }} }} | {Load}");
        listener.RecordObservableInstruments();
        Assert.True(seen["etltools.records.in"] >= 7);
        Assert.Contains("etltools.queue.depth", seen.Keys);
    }

    [Fact]
    public void Verbose_TellsThePlan()
    {
        _session.Write("a.csv", "id\n1\n");
        using PowerShell shell = _session.Shell($"Import-EtlCsv a.csv -Verbose | Invoke-EtlTransform -Required id -Verbose | {Load} -Verbose");
        shell.Invoke();
        string told = string.Join('\n', shell.Streams.Verbose.Select(record => record.Message));
        foreach (string part in new[] { "a.csv", "Required id", "Sqlite", "table t", "key id", "5000" })
            Assert.Contains(part, told, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
