namespace EtlTools.Engine.Report;

/// <summary>The outcome of a run.</summary>
internal enum RunOutcome
{
    /// <summary>Every record has arrived where it should.</summary>
    Succeeded,

    /// <summary>It was drained; everything it had read is loaded.</summary>
    Drained,

    /// <summary>A later command wanted no more records.</summary>
    StoppedEarly,

    /// <summary>It ended, and records failed.</summary>
    RecordsFailed,

    /// <summary>An error ended it.</summary>
    Failed,

    /// <summary>It was dropped; uncommitted work is lost.</summary>
    Dropped,

    /// <summary>It has not ended yet.</summary>
    Running,

    /// <summary>The log has no end of it, and no lines for a long time: its process was killed, or could not write.</summary>
    Lost,
}

/// <summary>Whether the counts of a stage or a load add up.</summary>
internal enum SumCheck
{
    /// <summary>They do.</summary>
    Holds,

    /// <summary>Records were in transit when the run ended early, or when it was read.</summary>
    Unfinished,

    /// <summary>They do not: there is a bug, or lines of the log are missing.</summary>
    Broken,
}

/// <summary>One run.</summary>
internal sealed record RunReport
{
    /// <summary>The run's id.</summary>
    public required string Id { get; init; }

    /// <summary>The session's tags, in the order of the log.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The session; null if the log does not tell.</summary>
    public string? SessionId { get; init; }

    /// <summary>The state as in Get-EtlRun; Running or Lost if the log has no end.</summary>
    public required string State { get; init; }

    /// <summary>The outcome.</summary>
    public required RunOutcome Outcome { get; init; }

    /// <summary>Whether every record that was read is where it should be.</summary>
    public bool Succeeded { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended; null if that is not known.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The time of its last line in the log.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>From its start to its end, or to its last line in the log.</summary>
    public TimeSpan Elapsed => (EndedAt ?? LastSeenAt) - StartedAt;

    /// <summary>The code of the error that ended it.</summary>
    public string? ErrorCode { get; init; }

    /// <summary>Why it ended as it did.</summary>
    public string? Message { get; init; }

    /// <summary>Records loaded; null without a loader.</summary>
    public long? Loaded { get; init; }

    /// <summary>Failed records written to a dead letter; null without a loader.</summary>
    public long? DeadLettered { get; init; }

    /// <summary>The stages, in pipeline order.</summary>
    public IReadOnlyList<StageReport> Stages { get; init; } = [];

    /// <summary>The loads.</summary>
    public IReadOnlyList<LoadSums> Loads { get; init; } = [];

    /// <summary>The counters over time, the first at the beginning and the last at the end.</summary>
    public IReadOnlyList<SampleReport> Samples { get; init; } = [];

    /// <summary>Batches that were not loaded.</summary>
    public IReadOnlyList<BatchFailure> BatchFailures { get; init; } = [];

    /// <summary>Periods in which a database did not accept batches.</summary>
    public IReadOnlyList<OutageBand> Outages { get; init; } = [];

    /// <summary>The index of the last stage whose queue was at least half full on average: this stage, or the one directly after it, was
    /// the slow one. Null if there is none, or no counters over time.</summary>
    public int? FullestStage { get; init; }

    /// <summary>Records that failed in any stage.</summary>
    public long Failed => Stages.Sum(stage => stage.Counts.Failed);

    /// <summary>Calls and batches that were tried again.</summary>
    public long Retries => Stages.Sum(stage => stage.Counts.Retries);

    /// <summary>Records that entered the run.</summary>
    public long Read => Stages.Count == 0 ? 0 : Stages[0].Counts.In + Stages[0].Counts.Made;
}

/// <summary>A stage's counters at one moment.</summary>
internal readonly record struct StageCounts(long In, long Made, long Out, long Filtered, long Failed, long Forwarded, long Held, long Retries)
{
    /// <summary>Records that came or were made.</summary>
    public long Came => In + Made;

    /// <summary>Records that left or were dropped on purpose.</summary>
    public long Left => Out + Filtered + Failed + Forwarded;
}

/// <summary>A stage of a run.</summary>
internal sealed record StageReport
{
    /// <summary>The command.</summary>
    public required string Name { get; init; }

    /// <summary>What it works on; null if there is nothing to name.</summary>
    public string? Subject { get; init; }

    /// <summary>Its counters.</summary>
    public StageCounts Counts { get; init; }

    /// <summary>Records that it holds at most; 0 if the log does not tell.</summary>
    public int Capacity { get; init; }

    /// <summary>Whether all that it sends must arrive at the next stage.</summary>
    public bool FeedsNext { get; init; }

    /// <summary>Dead letters that it gave back, by cause.</summary>
    public IReadOnlyList<ReplayedLetters> Letters { get; init; } = [];

    /// <summary>Whether its sum holds, and what it sent has arrived.</summary>
    public SumCheck Check { get; init; }

    /// <summary>How full its queue was on average, from 0 to 1; null if that is not known.</summary>
    public double? Fill { get; init; }
}

/// <summary>Dead letters of one cause that were given back as records.</summary>
internal sealed record ReplayedLetters(string File, string Code, string? Column, string? Source, long Records);

/// <summary>What a loader did with the records that it received.</summary>
internal sealed record LoadSums
{
    public required string Provider { get; init; }

    public required string Database { get; init; }

    public required string Table { get; init; }

    public long Received { get; init; }

    public long Loaded { get; init; }

    public long Unchanged { get; init; }

    public long Superseded { get; init; }

    public long Filtered { get; init; }

    public long DeadLettered { get; init; }

    public long Errors { get; init; }

    public long Deleted { get; init; }

    public long Batches { get; init; }

    public long Retries { get; init; }

    /// <summary>Records of batches that were not committed when the run ended.</summary>
    public long NotCommitted => Received - Loaded - Unchanged - Superseded - Filtered - DeadLettered - Errors;

    /// <summary>Whether the sum holds.</summary>
    public SumCheck Check { get; init; }
}

/// <summary>The counters of a run at one moment.</summary>
/// <param name="Time">When.</param>
/// <param name="Stages">The counters, in the order of the run's stages; null for a stage that had not begun.</param>
internal sealed record SampleReport(DateTimeOffset Time, IReadOnlyList<StageCounts?> Stages);

/// <summary>A batch that was not loaded.</summary>
/// <param name="Time">When that was known.</param>
/// <param name="Stage">The loader.</param>
/// <param name="Records">Its size.</param>
/// <param name="Took">How long the attempt took.</param>
/// <param name="Code">The cause's code.</param>
/// <param name="TriedAgain">Whether it was tried again.</param>
internal sealed record BatchFailure(DateTimeOffset Time, string Stage, long Records, TimeSpan Took, string? Code, bool TriedAgain);

/// <summary>A time in which a database did not take batches.</summary>
/// <param name="From">When the first failed attempt began.</param>
/// <param name="To">When the last one was known to have failed, or the breaker closed.</param>
/// <param name="Failures">Failed attempts.</param>
/// <param name="Code">The cause of the last one.</param>
internal sealed record OutageBand(DateTimeOffset From, DateTimeOffset To, int Failures, string? Code);
