using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Engine.Tests.Stages;

/// <summary>The run's sums: what does not add up is found, and what cannot be judged is not.</summary>
public sealed class EtlRunTests : IDisposable
{
    [Fact]
    public void Stages_SameCommandAgainAndAgain_IsOneEntry()
    {
        var run = new EtlRun(TimeProvider.System);
        var last = new StageCounters("last");
        run.Add(last, 0, false);
        for (int i = 0; i < 1000; i++)
        {
            var counters = new StageCounters("first");
            run.Add(counters, 1, true);
            counters.AddIn();
            counters.AddOut();
            last.AddIn();
            last.AddOut();
            run.End(counters);
        }
        run.End(last);
        Assert.Equal([("first", 1000L), ("last", 1000L)], run.Stages.Select(stage => (stage.Name, stage.In)));
        Assert.Null(run.FindImbalance());
    }

    [Fact]
    public void End_WhoIsTold_MayWaitForAThreadThatLooksAtTheStages()
    {
        // As the log does: another thread has its lock, and looks at the stages to write them.
        bool looked = false;
        var listener = new Listener { OnStageEnded = run => looked = Task.Run(() => run.Stages.Count == 1).Wait(TimeSpan.FromSeconds(30)) };
        using var run = new EtlRun(TimeProvider.System) { Events = listener };
        var counters = new StageCounters("only");
        run.Add(counters, 0, false);
        run.End(counters);
        Assert.True(looked);
    }

    [Fact]
    public void FindImbalance_OneOfManyRunsLostARecord_IsTold()
    {
        var run = new EtlRun(TimeProvider.System);
        for (int i = 0; i < 3; i++)
        {
            var counters = new StageCounters("first");
            run.Add(counters, 0, false);
            counters.AddIn();
            if (i != 1)
                counters.AddOut();
            run.End(counters);
        }
        Assert.Contains("first: in 1", run.FindImbalance(), StringComparison.Ordinal);
    }

    private readonly EtlRun _run = new(TimeProvider.System);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void FindImbalance_SumsHold_IsNull()
    {
        Add("source", depth: 1, made: 10, sent: 8, failed: 2, feedsNext: true);
        Add("loader", depth: 0, arrived: 10, sent: 10);
        Assert.Null(_run.FindImbalance());
        Assert.Equal(["source", "loader"], _run.Stages.Select(stage => stage.Name));
    }

    [Fact]
    public void FindImbalance_StageLostARecord_NamesIt()
    {
        Add("source", depth: 0, made: 10, sent: 9);
        Assert.Contains("source", _run.FindImbalance(), StringComparison.Ordinal);
    }

    [Fact]
    public void FindImbalance_LostBetweenNeighbours_NamesBoth()
    {
        Add("source", depth: 1, made: 10, sent: 10, feedsNext: true);
        Add("loader", depth: 0, arrived: 9, sent: 9);
        Assert.Equal("source sent 10 records, loader received 9.", _run.FindImbalance());
    }

    [Fact]
    public void FindImbalance_ForeignCommandBetween_IsNotJudged()
    {
        Add("source", depth: 1, made: 10, sent: 10, feedsNext: false);
        Add("loader", depth: 0, arrived: 4, sent: 4);
        Assert.Null(_run.FindImbalance());
    }

    [Fact]
    public void FindImbalance_EarlierStageHasNotEnded_IsAnEarlyStopAndNotJudged()
    {
        Add("source", depth: 1, made: 10, sent: 3, ended: false);
        Add("loader", depth: 0, arrived: 3, sent: 3);
        Assert.Null(_run.FindImbalance());
        Assert.True(_run.StoppedEarly);
    }

    private void Add(string name, int depth, long arrived = 0, long made = 0, long sent = 0, long failed = 0, bool feedsNext = false, bool ended = true)
    {
        var counters = new StageCounters(name);
        counters.AddIn(arrived);
        counters.AddMade(made);
        counters.AddOut(sent);
        counters.AddFailed(failed);
        _run.Add(counters, depth, feedsNext);
        if (ended)
            _run.End(counters);
    }

    private sealed class Listener : IRunEvents
    {
        public required Action<EtlRun> OnStageEnded { get; init; }

        public void RunBegan(EtlRun run)
        {
        }

        public void StageBegan(EtlRun run, StageCounters stage)
        {
        }

        public void StageEnded(EtlRun run, StageCounters stage) => OnStageEnded(run);

        public void BatchLoaded(EtlRun run, StageCounters stage, int records, TimeSpan elapsed)
        {
        }

        public void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal)
        {
        }

        public void BreakerChanged(BreakerChange change)
        {
        }

        public void RunEnded(EtlRun run)
        {
        }
    }
}
