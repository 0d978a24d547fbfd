using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>What the parts of a load share: its opened target, and the stage's input and output.</summary>
internal sealed class LoadContext
{
    private readonly OpenedLoad _opened;
    private long _lostBefore;

    public LoadContext(OpenedLoad opened, StageNotices notices, PumpSignal signal)
    {
        Options = opened.Options;
        _opened = opened;
        Time = opened.Run.Time;
        Target = opened.Target;
        Watermark = opened.Watermark;
        Positions = Watermark?.Positions ?? new SourcePositionTracker(opened.Counters, watched: false);
        Notices = notices;
        Input = new LoadInput(Options, Time, opened.Counters, signal);
        Output = new LoadOutput(signal);
        Share = Options.Partition is { } share ? new ShareFilter(share, Target, opened.Run.Selection) : null;
        Outcomes = new LoadOutcomes(opened.Run, opened.Counters, opened.Letters, Options, Output);
        Retries = new LoadRetries(Options, opened.Run, opened.Counters, opened.Breaker, Warn);
    }

    public LoadOptions Options { get; }

    public TimeProvider Time { get; }

    public ITarget Target { get; }

    /// <summary>The watermark that is kept, or null.</summary>
    public LoadWatermark? Watermark { get; }

    /// <summary>The positions of the input records.</summary>
    public SourcePositionTracker Positions { get; }

    /// <summary>Which records belong to this process; null for all.</summary>
    public ShareFilter? Share { get; }

    /// <summary>Whether the input has ended, from wherever reading began.</summary>
    public bool HasWholeInput => !_opened.Run.HasMissed && Incomplete.EndsEarly(_opened.Run, _opened.Counters) is null;

    /// <summary>The positions up to which the sources were read if records were left out earlier; none if the input did not end.</summary>
    public IEnumerable<Checkpoint> SelectedEnds => _opened.Run.Selection is { } selection && HasWholeInput
        ? selection.Ends.Select(last => new Checkpoint(last.Position, last, Positions.ValueOf(last.Position.Source)))
        : [];

    public LoadInput Input { get; }

    public LoadOutput Output { get; }

    public LoadOutcomes Outcomes { get; }

    public LoadRetries Retries { get; }

    public StageNotices Notices { get; }

    /// <summary>Why the input is not everything that the source has; null if it is.</summary>
    public string? IncompleteReason() => Incomplete.Reason(_opened.Run, _opened.Counters);

    /// <summary>Whether records have failed in an earlier stage.</summary>
    public bool HasFailuresBefore => _opened.Run.Stages.Any(stage => stage.Failed > 0);

    /// <summary>Records of the sources that failed before the load, in another pipeline, and are in no dead letter; known when the load has
    /// ended. Any thread.</summary>
    public long LostBefore => Volatile.Read(ref _lostBefore);

    /// <summary>Whether a drain or a later command has ended the input early; known when it has ended.</summary>
    public bool IsCutShort => Incomplete.EndsEarly(_opened.Run, _opened.Counters) is not null;

    /// <summary>Counts records of other shares.</summary>
    /// <param name="records">The number of records.</param>
    /// <param name="weight">The weight of all of them.</param>
    public void PassBy(int records, int weight)
    {
        if (records == 0)
            return;
        Outcomes.PassBy(records);
        Input.Release(weight);
    }

    /// <summary>Determines <see cref="LostBefore"/>.</summary>
    public void CountLost() => Volatile.Write(ref _lostBefore, Positions.Lost.Count);

    /// <summary>Reports something to the user. Any thread.</summary>
    public void Warn(EtlException what) => Notices.Add(NoticeLevel.Warning, what);
}
