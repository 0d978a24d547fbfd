using System.Globalization;
using System.Management.Automation;
using System.Text.Json;
using EtlTools.Engine.Tests.Extract.Api;
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
        // The run is held up in its middle until it has shown progress.
        using var shown = new ManualResetEventSlim();
        using PowerShell shell = _session.Shell($$"""
            param($shown)
            Import-EtlCsv a.csv -Type @{ amount = 'int' } -BufferSize 100 |
                Invoke-EtlTransform -BufferSize 100 -ThrottleLimit 1 -Required email { if ([int]$_.id % 9 -eq 0) { return }; if ($_.id -eq '2001') { $null = ($using:shown).Wait(60000) }; $_ } |
                {{Load}} -DeadLetterPath dead.jsonl
            """).AddArgument(shown);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, string>();
        shell.Streams.Progress.DataAdded += (_, added) =>
        {
            ProgressRecord progress = shell.Streams.Progress[added.Index];
            seen[progress.Activity] = progress.StatusDescription;
            if (seen.ContainsKey("Invoke-EtlTransform"))
                shown.Set();
        };
        PSObject result = Assert.Single(shell.Invoke());
        Assert.True(shown.IsSet);
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
            long Count(string counter) => (long)stages[i].Properties[counter].Value;
            // A bar is only there for a stage that lives long enough; the transform did.
            if (name == "Invoke-EtlTransform" || seen.ContainsKey(name))
            {
                string[] figures = seen[name].Split(", ");
                Assert.Equal(
                    string.Create(CultureInfo.InvariantCulture, $"{Math.Max(Count("In"), Count("Made")):N0} records; {Count("Failed") + Count("Forwarded"):N0} failed; {Count("Filtered"):N0} filtered"),
                    $"{figures[0]}; {figures[3]}; {figures[4]}");
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
    public void Prometheus_AFileOfSeveralFails_StaysSeenAndEverySeriesHasTheTags()
    {
        _session.Write("a.csv", "id,amount\n1,1\n");
        _session.Write("empty.csv", "");
        _session.Run("Set-EtlTelemetry -PrometheusPath etl.prom -Tag @{ job = 'kunden' }");
        _session.Run("$null = Import-EtlCsv a.csv");
        Assert.Contains("etltools_all_runs_succeeded{job=\"kunden\"} 1", File.ReadAllLines(_session.PathOf("etl.prom")));
        Assert.Equal("EmptyFile", _session.Try("Import-EtlCsv empty.csv").EndingError.FullyQualifiedErrorId.Split(',')[0]);
        using (var service = new TestService(context => context.Json("""{"items":[{"id":1}]}""")))
            _session.Run($"$null = Invoke-EtlApi {service.Url}/x -Pagination None");
        string[] lines = File.ReadAllLines(_session.PathOf("etl.prom"));
        Assert.Contains("etltools_all_runs_succeeded{job=\"kunden\"} 0", lines);
        Assert.Contains("etltools_last_run_succeeded{job=\"kunden\"} 1", lines);
        Assert.Contains("etltools_runs_total{state=\"Failed\",job=\"kunden\"} 1", lines);
        Assert.Contains(lines, line => line.StartsWith("etltools_breaker_state{", StringComparison.Ordinal));
        Assert.All(lines.Where(line => !line.StartsWith('#')), line => Assert.Contains("job=\"kunden\"", line, StringComparison.Ordinal));
        _session.Run("Set-EtlTelemetry -PrometheusPath ''");
    }

    [Theory]
    [InlineData("-WhatIf")]
    [InlineData("-WhatIf -ResultVariable r")]
    public void DryRun_AfterARunThatFailed_ChangesNeitherMetricsNorReport(string dry)
    {
        _session.Write("a.csv", "id\n1\n");
        _session.Run("Set-EtlTelemetry -PrometheusPath etl.prom -LogPath log.jsonl");
        _session.Try($"Import-EtlCsv missing.csv | {Load}");
        string[] runs = Runs();
        Assert.Contains("etltools_last_run_succeeded 0", runs);
        _session.Run($"$null = Import-EtlCsv a.csv | {Load} {dry}");
        Assert.Equal(runs, Runs());
        Assert.Equal([false, true], ReadLog().Where(entry => Text(entry, "event") == "runEnded").Select(entry => entry.GetProperty("dryRun").GetBoolean()));
        Assert.Equal("Failed", Assert.Single(_session.Run("(Export-EtlReport page.html -LogPath log.jsonl -PassThru).Runs.Outcome")).ToString());
        Assert.Equal("Failed", Assert.Single(_session.Run("(Get-EtlRun | Export-EtlReport runs.html -PassThru).Runs.Outcome")).ToString());

        string[] Runs() => [.. File.ReadAllLines(_session.PathOf("etl.prom")).Where(line => line.StartsWith("etltools_last_run", StringComparison.Ordinal) || line.Contains("runs_", StringComparison.Ordinal))];
    }

    [Fact]
    public void DryRun_BehindALoad_IsARun()
    {
        _session.Write("a.csv", "id\n1\n");
        _session.Run("Set-EtlTelemetry -PrometheusPath etl.prom");
        _session.Run($"$null = Import-EtlCsv a.csv | {Load} -PassThru | {Load.Replace("-Table t", "-Table u", StringComparison.Ordinal)} -WhatIf");
        Assert.Contains(File.ReadAllLines(_session.PathOf("etl.prom")), line => line.StartsWith("etltools_last_run_end", StringComparison.Ordinal));
    }

    [Fact]
    public void Breaker_Changes_ReachLogAndMetrics()
    {
        int calls = 0;
        bool isOpen = true;
        double? measured = null;
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == "EtlTools" && instrument.Name == "etltools.breaker.state")
                self.EnableMeasurementEvents(instrument);
        };
        using var receiver = new OtlpReceiver();
        using var service = new TestService(context => ++calls <= 5 ? context.Status(503) : context.Json("""{"items":[{"id":1}]}"""));
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) =>
        {
            if (tags.ToArray().Any(tag => tag.Key == "dependency" && $"{tag.Value}".EndsWith($":{service.Port}", StringComparison.Ordinal)))
                measured = value;
        });
        listener.Start();
        _session.Run($"Set-EtlTelemetry -LogPath log.jsonl -PrometheusPath etl.prom -OtlpEndpoint {receiver.Endpoint}");
        string call = $"Invoke-EtlApi {service.Url}/x -Pagination None -RetryBaseDelayMs 1 -OutageBudgetSec 3";

        // Three failures open it. The next probe would come later than the budget ends, and so one last call is made then.
        _session.Try($"{call} -BreakerThreshold 3 -BreakerCooldownSec 3600");
        Look();
        Assert.Equal((2.0, 4), (measured, calls));
        isOpen = false;
        _session.Run("Reset-EtlBreaker * -Confirm:$false");
        Look();
        // One more opens it again, by a threshold of one; without a cool-down the probe goes out at once.
        Assert.Equal("1", _session.Run($"{call} -BreakerThreshold 1 -BreakerCooldownSec 0 | ForEach-Object id").Single().ToString());
        Look();
        _session.Run("Set-EtlTelemetry -OtlpEndpoint ''");

        string[] changes = [.. File.ReadAllLines(_session.PathOf("log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => Text(entry, "event") == "breakerChanged").Select(entry => $"{Text(entry, "from")} {Text(entry, "to")} {Text(entry, "level")}")];
        Assert.Equal(["Closed Open warning", "Open HalfOpen warning", "HalfOpen Open warning", "Open Closed info", "Closed Open warning", "Open HalfOpen warning", "HalfOpen Closed info"], changes);
        Assert.Contains("etltools.breaker.state", receiver.AllText, StringComparison.Ordinal);

        void Look()
        {
            listener.RecordObservableInstruments();
            Assert.Equal(isOpen ? 2 : 0, measured);
            string line = Assert.Single(File.ReadAllLines(_session.PathOf("etl.prom")), line => line.StartsWith("etltools_breaker_state{", StringComparison.Ordinal));
            if (isOpen || calls > 5)
                Assert.EndsWith($" {measured}", line, StringComparison.Ordinal);
        }
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
    public void Log_Run_NamesWhatItReadAndLoadedAndWhatCameOfIt()
    {
        _session.Write("a.csv", "id,n\n1,1\n2,x\n");
        _session.Write("b.csv", "id,n\n3,1\n");
        using var service = new TestService(context => context.Json("""{"name":"e"}"""));
        string address = service.Url.Replace("http://", "http://user:CANARY@", StringComparison.Ordinal);
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl");
        _session.Run($"Import-EtlCsv a.csv, b.csv -Type @{{ n = 'int' }} | Invoke-EtlApi '{address}/x/{{id}}?key=CANARY' | {Load} -DeadLetterPath dead.jsonl");
        JsonElement[] log = ReadLog();
        string[] subjects = ["a.csv and 1 more", $"{service.Url}/x/{{id}}", $"Sqlite {_session.PathOf("t.db")}, table t"];
        JsonElement ended = log.Single(entry => Text(entry, "event") == "runEnded");
        Assert.Equal(subjects, ended.GetProperty("stages").EnumerateArray().Select(stage => Text(stage, "subject")));
        Assert.Equal(subjects.Order(), log.Where(entry => Text(entry, "event") == "stageBegan").Select(entry => Text(entry, "subject")).Order());
        Assert.Equal(subjects.Order(), log.Where(entry => Text(entry, "event") == "stageEnded").Select(entry => Text(entry, "subject")).Order());
        Assert.Equal((2, 1, false), (ended.GetProperty("loaded").GetInt32(), ended.GetProperty("deadLettered").GetInt32(), ended.GetProperty("drained").GetBoolean()));
        Assert.Equal(subjects, _session.Run("(Get-EtlRun)[-1].Stages.Subject").Select(subject => subject.ToString()));
        Assert.DoesNotContain("CANARY", File.ReadAllText(_session.PathOf("log.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public void Log_RunsOfOneCommandOrWithoutLoader_SayWhatTheyCan()
    {
        foreach (string name in new[] { "a", "b", "password=CANARY" })
            _session.Write($"{name}.csv", "id\n1\n");
        const string Repeated = "function Read-All { foreach ($name in 'a', 'b', 'a') { Import-EtlCsv \"$name.csv\" } }";
        using var service = new TestService(context => context.Json("""{"items":[{"id":1}]}"""));
        _session.Run("Set-EtlTelemetry -LogPath log.jsonl");
        _session.Run($"{Repeated}; Read-All | {Load}");
        _session.Run($"Invoke-EtlApi '{service.Url}/x?key=CANARY' -Pagination None");
        _session.Run("Import-EtlCsv 'password=CANARY.csv'");
        _session.Write("stop", "");
        _session.Run($"Import-EtlCsv a.csv -StopFilePath stop | {Load}");
        JsonElement[] ended = [.. ReadLog().Where(entry => Text(entry, "event") == "runEnded")];
        Assert.Equal("a.csv and others", Text(ended[0].GetProperty("stages")[0], "subject"));
        Assert.Contains(ended[1].GetProperty("stages").EnumerateArray(), stage => Text(stage, "subject") == $"{service.Url}/x");
        Assert.Contains(ended[2].GetProperty("stages").EnumerateArray(), stage => Text(stage, "subject") == "password=***.csv");
        Assert.False(ended[2].TryGetProperty("loaded", out _));
        Assert.Equal(("Drained", true, 0), (Text(ended[3], "state"), ended[3].GetProperty("drained").GetBoolean(), ended[3].GetProperty("loaded").GetInt32()));
        Assert.DoesNotContain("CANARY", File.ReadAllText(_session.PathOf("log.jsonl")), StringComparison.Ordinal);
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
    [InlineData("-RedactPattern ''", "InvalidParameter")]
    [InlineData("-RedactPattern 'a', '\\d*'", "InvalidParameter")]
    [InlineData("-LogIntervalSec 0", "ParameterArgumentValidationError")]
    public void Set_WrongValue_IsRefusedAndChangesNothing(string arguments, string id)
    {
        Outcome outcome = _session.Try($"Set-EtlTelemetry {arguments}");
        Assert.StartsWith(id + ",", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Null(_session.Run("Get-EtlTelemetry").Single().Properties["LogPath"].Value);
    }

    [Fact]
    public void Prometheus_TagsOfAHashtable_AreInTheOrderOfTheirNames()
    {
        _session.Run("Set-EtlTelemetry -PrometheusPath etl.prom -Tag @{ zone = 1; job = 2; host = 3; area = 4; team = 5 }");
        _session.Run("@{ id = 1 } | Invoke-EtlTransform");
        Assert.Contains("etltools_last_run_succeeded{area=\"4\",host=\"3\",job=\"2\",team=\"5\",zone=\"1\"} 1", File.ReadAllLines(_session.PathOf("etl.prom")));
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
    public async Task Files_ThatCannotBeWritten_AreToldInTheSameRunWhateverItsOutcome()
    {
        if (!File.Exists("/dev/full"))
            return;
        string script = _session.Write("job.ps1", """
            Import-Module EtlTools
            $null = mkdir prom
            Set-EtlTelemetry -PrometheusPath prom/m.prom
            Remove-Item prom -Recurse
            @{ id = 1 } | Invoke-EtlTransform -Trim | Out-Null
            'one'
            Set-EtlTelemetry -PrometheusPath '' -LogPath /dev/full
            try { @{ id = 1 } | Export-EtlSqlUpsert -SqlitePath t.db -Table nope -Key id } catch { }
            'two'
            1..9 | ForEach-Object { @{ id = $_ } } | Invoke-EtlTransform -Trim | Select-Object -First 1 | Out-Null
            'three'
            @{ id = 1 } | Invoke-EtlTransform -Trim | Out-Null
            'end'
            """);
        using ChildShell child = ChildShell.StartIn(_session.Folder, script);
        string said = await child.ReadToEndAsync();
        Assert.Equal(0, await child.WaitAsync());
        string[] parts = said.ReplaceLineEndings("\n").Split("one\n").SelectMany(part => part.Split("two\n")).SelectMany(part => part.Split("three\n")).ToArray();
        Assert.Equal(4, parts.Length);
        Assert.Contains("m.prom", parts[0], StringComparison.Ordinal);
        // Each run tells it once.
        Assert.All(parts, part => Assert.Equal(2, part.Split("could not be written").Length));
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

    private JsonElement[] ReadLog() => [.. File.ReadAllLines(_session.PathOf("log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];

    private static string? Text(JsonElement entry, string name) => entry.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
