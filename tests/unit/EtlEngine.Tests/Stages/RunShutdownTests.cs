using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Stages;

public sealed class RunShutdownTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly EtlRun _run;

    public RunShutdownTests() => _run = new EtlRun(_time);

    public void Dispose() => _run.Dispose();

    private RunShutdown Shutdown => _run.Shutdown;

    [Fact]
    public void Drain_BeforeItsDeadline_DropsNothing()
    {
        Shutdown.Drain("asked");
        Assert.True(Shutdown.Draining.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(24.9));
        Assert.False(Shutdown.Dropping.IsCancellationRequested);
        Assert.Equal("asked", Shutdown.Reason);
    }

    [Fact]
    public void Drain_BeyondItsDeadline_Drops()
    {
        Shutdown.Drain("asked");
        _time.Advance(RunShutdown.DefaultTimeout);
        Assert.True(Shutdown.Dropping.IsCancellationRequested);
        Assert.Contains("asked, and the drain took longer than 25 s", Shutdown.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Drain_Again_KeepsTheFirstDeadlineUnlessItNamesOne()
    {
        Shutdown.Drain("first", TimeSpan.FromSeconds(10));
        _time.Advance(TimeSpan.FromSeconds(6));
        Shutdown.Drain("second");
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(Shutdown.Dropping.IsCancellationRequested);
        Shutdown.Drain("third", TimeSpan.FromSeconds(5));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(Shutdown.Dropping.IsCancellationRequested);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(Shutdown.Dropping.IsCancellationRequested);
    }

    [Fact]
    public void Drop_AfterTheEnd_DoesNothing()
    {
        _run.Dispose();
        Shutdown.Drain("late");
        Shutdown.Drop("late");
        Assert.Null(Shutdown.Reason);
    }

    [Fact]
    public void Triggers_TimeAndFile_Drain()
    {
        using var folder = new TempFolder();
        using (new DrainTriggers(_run, TimeSpan.FromMinutes(1), null))
        {
            _time.Advance(TimeSpan.FromSeconds(59));
            Assert.False(Shutdown.Draining.IsCancellationRequested);
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(Shutdown.Draining.IsCancellationRequested);
        }
        using var other = new EtlRun(_time);
        using (new DrainTriggers(other, null, folder.File("stop")))
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.False(other.Shutdown.Draining.IsCancellationRequested);
            File.WriteAllText(folder.File("stop"), "");
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.True(other.Shutdown.Draining.IsCancellationRequested);
        }
    }

    [Fact]
    public void Book_SumsOfLiveAndEndedRuns_AddUp()
    {
        var book = new RunRegistry();
        using var first = new EtlRun(_time);
        using var second = new EtlRun(_time);
        foreach (EtlRun run in new[] { first, second })
        {
            book.Begin(run);
            var counters = new StageCounters("source");
            counters.AddMade(3);
            counters.AddOut(3);
            run.Add(counters, 0, false);
        }
        Assert.Equal(6, Assert.Single(book.Sum()).Made);
        book.End(first);
        book.End(first);
        Assert.Equal(6, Assert.Single(book.Sum()).Out);
        Assert.Equal([second], book.Live);
    }
}
