using EtlTools.Engine.Load;

namespace EtlTools.Engine.Stages;

/// <summary>One run of a pipeline: its id and the counters of all its stages, in pipeline order.</summary>
public sealed class EtlRun
{
    private readonly Lock _lock = new();
    private readonly List<Entry> _stages = [];
    private readonly List<DeadLetterWriter> _deadLetters = [];

    /// <summary>Begins a run.</summary>
    public EtlRun(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        Time = time;
        StartedAt = time.GetUtcNow();
        Id = Guid.CreateVersion7(StartedAt);
    }

    /// <summary>The run's id; ids sort by the time of their beginning.</summary>
    public Guid Id { get; }

    /// <summary>When the run began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>The run's clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>True when a later command wanted no more records: the sums are then not judged.</summary>
    public bool StoppedEarly { get; private set; }

    /// <summary>The counters of the stages that have begun, in pipeline order.</summary>
    public IReadOnlyList<StageCounters> Stages
    {
        get
        {
            lock (_lock)
                return [.. _stages.OrderBy(stage => stage.Depth).Reverse().Select(stage => stage.Counters)];
        }
    }

    /// <summary>Adds a stage.</summary>
    /// <param name="counters">Its counters.</param>
    /// <param name="depth">How many stages of the run come after it.</param>
    /// <param name="feedsNext">Whether the next command is the next stage, so that all it sends must arrive there.</param>
    public void Add(StageCounters counters, int depth, bool feedsNext)
    {
        lock (_lock)
            _stages.Add(new Entry(counters, depth, feedsNext));
    }

    /// <summary>True when a stage of the run gives up the order of its records.</summary>
    public bool IsUnordered { get; private set; }

    /// <summary>A stage lets a later record pass an earlier one.</summary>
    public void LoseOrder() => IsUnordered = true;

    /// <summary>Adds a dead letter that a stage of the run writes to.</summary>
    public void Add(DeadLetterWriter letters)
    {
        lock (_lock)
            _deadLetters.Add(letters);
    }

    /// <summary>Brings the dead letters of all stages to the disk, for a watermark that is about to pass their records. Any
    /// thread.</summary>
    /// <exception cref="EtlException">One cannot be written.</exception>
    public void FlushDeadLetters()
    {
        DeadLetterWriter[] all;
        lock (_lock)
            all = [.. _deadLetters];
        foreach (DeadLetterWriter letters in all)
            letters.Flush();
    }

    /// <summary>A later command wants no more records.</summary>
    public void StopEarly() => StoppedEarly = true;

    /// <summary>A stage has given out all it had.</summary>
    public void End(StageCounters counters)
    {
        lock (_lock)
        {
            foreach (Entry stage in _stages.Where(stage => ReferenceEquals(stage.Counters, counters)))
                stage.HasEnded = true;
        }
    }

    /// <summary>Checks the sums of a run whose last stage has ended. Earlier ones end before it, unless a command between
    /// them wanted no more: the run then has stopped early.</summary>
    /// <returns>What does not add up, or null.</returns>
    public string? FindImbalance()
    {
        lock (_lock)
        {
            StoppedEarly |= _stages.Any(stage => !stage.HasEnded);
            if (StoppedEarly)
                return null;
            foreach (Entry stage in _stages)
            {
                StageCounters c = stage.Counters;
                if (!c.Balanced)
                    return $"{c.Name}: in {c.In} + made {c.Made} is not out {c.Out} + filtered {c.Filtered} + failed {c.Failed} + forwarded {c.Forwarded}.";
                // Two stages at the same place are one command that was run several times by an enclosing function.
                var next = _stages.Where(other => other.Depth == stage.Depth - 1).ToList();
                if (!stage.FeedsNext || next.Count != 1 || _stages.Count(other => other.Depth == stage.Depth) != 1)
                    continue;
                long sent = c.Out + c.Failed + c.Forwarded;
                if (sent != next[0].Counters.In)
                    return $"{c.Name} sent {sent} records, {next[0].Counters.Name} received {next[0].Counters.In}.";
            }
        }
        return null;
    }

    private sealed record Entry(StageCounters Counters, int Depth, bool FeedsNext)
    {
        public bool HasEnded { get; set; }
    }
}
