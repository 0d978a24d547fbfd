using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Telemetry;

/// <summary>What sessions do to a metrics file that others write too, and to a collector that is not there.</summary>
public sealed class SessionTelemetryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly BreakerRegistry _breakers = new(TimeProvider.System);

    private string Path => _folder.File("etl.prom");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Prometheus_NewProcess_KeepsTheLastRunUntilItsOwnHasEnded()
    {
        var first = new RunRegistry();
        using (SessionTelemetry telemetry = Open(first, "orders"))
            End(first, telemetry, RunState.Completed, succeeded: true);
        string[] last = LastRun();
        Assert.Equal(3, last.Length);

        var second = new RunRegistry();
        using SessionTelemetry next = Open(second, "orders");
        Assert.Equal(last, LastRun());
        End(second, next, RunState.Failed, succeeded: false);
        Assert.Contains("etltools_last_run_succeeded{job=\"orders\"} 0", LastRun());
    }

    [Fact]
    public void Prometheus_NewProcessOfOtherTags_DropsTheLastRunAndTellsItOnce()
    {
        var first = new RunRegistry();
        using (SessionTelemetry telemetry = Open(first, "orders"))
            End(first, telemetry, RunState.Completed, succeeded: true);
        var second = new RunRegistry();
        using SessionTelemetry other = Open(second, "customers");
        Assert.Empty(LastRun());
        Assert.Null(other.TakeFailure());
        End(second, other, RunState.Completed, succeeded: true);
        Assert.Contains("other tags", other.TakeFailure(), StringComparison.Ordinal);
        End(second, other, RunState.Completed, succeeded: true);
        Assert.Null(other.TakeFailure());
    }

    [Fact]
    public void Prometheus_FileOfTwoSessions_IsTold()
    {
        (RunRegistry one, RunRegistry other) = (new(), new());
        using SessionTelemetry first = Open(one, "orders");
        End(one, first, RunState.Completed, succeeded: true);
        using SessionTelemetry second = Open(other, "customers");
        Assert.Null(first.TakeFailure());
        Assert.Null(second.TakeFailure());
        End(one, first, RunState.Completed, succeeded: true);
        Assert.Contains("another process or session", first.TakeFailure(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prometheus_SettingsOfTheSameSession_ShareTheFile()
    {
        var book = new RunRegistry();
        using SessionTelemetry first = Open(book, "orders");
        using SessionTelemetry second = Open(book, "orders");
        End(book, first, RunState.Completed, succeeded: true);
        End(book, second, RunState.Completed, succeeded: true);
        Assert.Null(first.TakeFailure());
        Assert.Null(second.TakeFailure());
    }

    [Fact]
    public async Task Prometheus_ManyWritersInOneProcess_LoseNoTemporaryFile()
    {
        var books = Enumerable.Range(0, 4).Select(_ => new RunRegistry()).ToArray();
        string?[] failures = await Task.WhenAll(books.Select(book => Task.Run(() =>
        {
            using SessionTelemetry telemetry = Open(book, "orders");
            for (int i = 0; i < 50; i++)
                End(book, telemetry, RunState.Completed, succeeded: true);
            return telemetry.TakeFailure();
        })));
        Assert.All(failures, failure => Assert.DoesNotContain("could not be written", failure ?? "", StringComparison.Ordinal));
        Assert.Equal([Path], Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!, "etl.prom*"));
    }

    [Fact]
    public void Otlp_CollectorIsNotThere_IsToldOnce()
    {
        EtlMeter.Watch(_breakers);
        var book = new RunRegistry();
        using var telemetry = new SessionTelemetry(new TelemetryOptions { OtlpEndpoint = new Uri("http://127.0.0.1:1") }, book, _breakers, Redactor.Standard, TimeProvider.System);
        End(book, telemetry, RunState.Completed, succeeded: true);
        Assert.Contains("http://127.0.0.1:1/", telemetry.TakeFailure(), StringComparison.Ordinal);
        End(book, telemetry, RunState.Completed, succeeded: true);
        Assert.Null(telemetry.TakeFailure());
    }

    [Fact]
    public void Replace_WhileARunIsActive_StaysUntilTheRunHasEnded()
    {
        var time = new FakeTimeProvider();
        var book = new RunRegistry();
        using SessionTelemetry first = Log("first.jsonl");
        using var run = new EtlRun(time) { Events = first.Events };
        book.Begin(run);
        run.Events.RunBegan(run);
        using SessionTelemetry second = Log("second.jsonl");
        first.Replace();
        time.Advance(TelemetryOptions.DefaultLogInterval);
        Assert.Equal((1, 0), (Counters("first.jsonl"), Counters("second.jsonl")));
        run.Finish(new RunEnding(RunState.Completed, true));
        book.End(run);
        run.Events.RunEnded(run);
        using var next = new EtlRun(time) { Events = second.Events };
        book.Begin(next);
        time.Advance(TelemetryOptions.DefaultLogInterval);
        Assert.Equal((1, 1), (Counters("first.jsonl"), Counters("second.jsonl")));

        SessionTelemetry Log(string name) => new(new TelemetryOptions { LogPath = _folder.File(name) }, book, _breakers, Redactor.Standard, time);

        int Counters(string name) => File.Exists(_folder.File(name)) ? File.ReadLines(_folder.File(name)).Count(line => line.Contains("\"counters\"", StringComparison.Ordinal)) : 0;
    }

    private SessionTelemetry Open(RunRegistry book, string job) => new(
        new TelemetryOptions { PrometheusPath = Path, Tags = new Dictionary<string, string> { ["job"] = job } }, book, _breakers, Redactor.Standard, TimeProvider.System);

    private static void End(RunRegistry book, SessionTelemetry telemetry, RunState state, bool succeeded)
    {
        using var run = new EtlRun(TimeProvider.System) { Tags = telemetry.Options.Tags };
        book.Begin(run);
        run.Finish(new RunEnding(state, succeeded));
        book.End(run);
        telemetry.Events.RunEnded(run);
    }

    private string[] LastRun() => [.. File.ReadAllLines(Path).Where(line => line.StartsWith("etltools_last_run_", StringComparison.Ordinal))];
}
