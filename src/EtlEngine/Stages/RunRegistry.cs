namespace EtlTools.Engine.Stages;

/// <summary>The active runs, and the sums of those that have ended. Any thread.</summary>
internal sealed class RunRegistry
{
    private readonly Lock _lock = new();
    private readonly List<EtlRun> _live = [];
    private readonly Dictionary<(string Stage, string Tags), StageSums> _ended = [];
    private readonly Dictionary<(string Tags, RunState State), RunSums> _states = [];

    /// <summary>Tells the book of one session from those of others, in files that they share.</summary>
    public Guid Id { get; } = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());

    /// <summary>The active runs, in order of their start.</summary>
    public IReadOnlyList<EtlRun> Live
    {
        get
        {
            lock (_lock)
                return [.. _live];
        }
    }

    /// <summary>What all runs have done so far, by stage and tags: active and ended ones.</summary>
    public IReadOnlyList<StageSums> Sum()
    {
        lock (_lock)
        {
            var sums = new Dictionary<(string, string), StageSums>(_ended);
            foreach (EtlRun run in _live)
                Add(sums, run, isLive: true);
            return [.. sums.Values];
        }
    }

    /// <summary>How many runs have ended, by tags and final state; without dry runs.</summary>
    public IReadOnlyList<RunSums> Ended
    {
        get
        {
            lock (_lock)
                return [.. _states.Values];
        }
    }

    /// <summary>The run that ended last; never a dry run.</summary>
    public EtlRun? Last { get; private set; }

    /// <summary>A run starts.</summary>
    public void Begin(EtlRun run)
    {
        lock (_lock)
            _live.Add(run);
    }

    /// <summary>A run has ended and knows its ending.</summary>
    public void End(EtlRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        lock (_lock)
        {
            if (!_live.Remove(run))
                return;
            Add(_ended, run, isLive: false);
            if (run.IsDryRun)
                return;
            RunState state = run.Ending?.State ?? RunState.Failed;
            RunSums before = _states.GetValueOrDefault((run.TagText, state)) ?? new RunSums(state, run.Tags, 0, 0);
            _states[(run.TagText, state)] = before with { Count = before.Count + 1, Succeeded = before.Succeeded + (run.Ending is { Succeeded: true } ? 1 : 0) };
            Last = run;
        }
    }

    private static void Add(Dictionary<(string, string), StageSums> sums, EtlRun run, bool isLive)
    {
        foreach (StageCounters stage in run.Stages)
        {
            (string, string) key = (stage.Name, run.TagText);
            StageSums before = sums.GetValueOrDefault(key) ?? new StageSums { Stage = stage.Name, Tags = run.Tags };
            sums[key] = before.Plus(stage, isLive);
        }
    }
}

/// <summary>The number of runs with the same ending.</summary>
/// <param name="State">The final state.</param>
/// <param name="Tags">The session's tags.</param>
/// <param name="Count">The runs.</param>
/// <param name="Succeeded">Those of them that succeeded.</param>
internal sealed record RunSums(RunState State, IReadOnlyDictionary<string, string> Tags, long Count, long Succeeded);

/// <summary>What all stages of one name have done, in records.</summary>
internal sealed record StageSums
{
    /// <summary>The stage's name.</summary>
    public required string Stage { get; init; }

    /// <summary>The session's tags.</summary>
    public required IReadOnlyDictionary<string, string> Tags { get; init; }

    /// <summary>See <see cref="StageCounters.In"/>.</summary>
    public long In { get; init; }

    /// <summary>See <see cref="StageCounters.Made"/>.</summary>
    public long Made { get; init; }

    /// <summary>See <see cref="StageCounters.Out"/>.</summary>
    public long Out { get; init; }

    /// <summary>See <see cref="StageCounters.Filtered"/>.</summary>
    public long Filtered { get; init; }

    /// <summary>See <see cref="StageCounters.Failed"/>.</summary>
    public long Failed { get; init; }

    /// <summary>See <see cref="StageCounters.Forwarded"/>.</summary>
    public long Forwarded { get; init; }

    /// <summary>See <see cref="StageCounters.Retries"/>.</summary>
    public long Retries { get; init; }

    /// <summary>See <see cref="StageCounters.Batches"/>.</summary>
    public long Batches { get; init; }

    /// <summary>See <see cref="StageCounters.BatchTime"/>.</summary>
    public TimeSpan BatchTime { get; init; }

    /// <summary>Records in active stages.</summary>
    public long Held { get; init; }

    internal StageSums Plus(StageCounters stage, bool isLive) => this with
    {
        In = In + stage.In,
        Made = Made + stage.Made,
        Out = Out + stage.Out,
        Filtered = Filtered + stage.Filtered,
        Failed = Failed + stage.Failed,
        Forwarded = Forwarded + stage.Forwarded,
        Retries = Retries + stage.Retries,
        Batches = Batches + stage.Batches,
        BatchTime = BatchTime + stage.BatchTime,
        Held = Held + (isLive ? stage.Held : 0),
    };
}
