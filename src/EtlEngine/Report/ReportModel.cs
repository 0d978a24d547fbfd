namespace EtlTools.Engine.Report;

/// <summary>The contents of a report: loads according to logs, dead letters and watermarks. It contains no field values, and every text is
/// redacted.</summary>
internal sealed record ReportModel
{
    /// <summary>When the report was made, in UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Runs that ended before this are left out; null for none.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Runs that began after this are left out; null for none.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The logs that were read.</summary>
    public IReadOnlyList<LogFileReport> Logs { get; init; } = [];

    /// <summary>The runs, in the order of their beginning.</summary>
    public IReadOnlyList<RunReport> Runs { get; init; } = [];

    /// <summary>Runs that a schedule expects but that did not start.</summary>
    public IReadOnlyList<DateTimeOffset> Missed { get; init; } = [];

    /// <summary>The times in which a breaker let no call through, in the order of their beginning.</summary>
    public IReadOnlyList<BreakerBand> Breakers { get; init; } = [];

    /// <summary>The dead-letter files that were read.</summary>
    public IReadOnlyList<LetterFileReport> LetterFiles { get; init; } = [];

    /// <summary>Failed records by cause, the most frequent first.</summary>
    public IReadOnlyList<FailureReport> Failures { get; init; } = [];

    /// <summary>How far sources are loaded; null if no database was asked.</summary>
    public IReadOnlyList<WatermarkReport>? Watermarks { get; init; }

    /// <summary>The open breakers of a run's session while it was active; if the log does not distinguish sessions, those of all
    /// sessions.</summary>
    public IEnumerable<BreakerBand> BreakersOf(RunReport run) => Breakers.Where(band =>
        (band.SessionId is null || run.SessionId is null || band.SessionId == run.SessionId)
        && band.OpenedAt <= (run.EndedAt ?? run.LastSeenAt) && !(band.ClosedAt < run.StartedAt));
}

/// <summary>A log that was read.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Unreadable">Lines that do not belong to a log, without a torn last one.</param>
/// <param name="IsTorn">Whether the last line is incomplete: its writer was killed, or is still writing.</param>
internal sealed record LogFileReport(string Path, long Lines, long Unreadable, bool IsTorn);

/// <summary>A breaker that was open.</summary>
/// <param name="Dependency">The service or database.</param>
/// <param name="SessionId">The session it belongs to; null if the log does not tell.</param>
/// <param name="OpenedAt">When it opened.</param>
/// <param name="ClosedAt">When it closed; null if the log does not tell.</param>
/// <param name="Probes">Calls that went through meanwhile, as probes.</param>
/// <param name="Code">The cause of the failure that opened it.</param>
internal sealed record BreakerBand(string Dependency, string? SessionId, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, int Probes, string? Code);

/// <summary>A dead-letter file that was read.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Letters">Its letters in the span of the report, each once.</param>
/// <param name="Repeated">Lines with a letter that was already read.</param>
/// <param name="Unreadable">Lines that are not letters.</param>
/// <param name="IsTorn">Whether the last line is incomplete.</param>
/// <param name="IsMissing">Whether there is no such file: no record has failed, or the path is wrong.</param>
internal sealed record LetterFileReport(string Path, long Letters, long Repeated, long Unreadable, bool IsTorn, bool IsMissing = false);

/// <summary>Records that failed for the same cause.</summary>
internal sealed record FailureReport
{
    /// <summary>The code of the cause.</summary>
    public required string Code { get; init; }

    /// <summary>The column at fault; null if no single column is.</summary>
    public string? Column { get; init; }

    /// <summary>The path or address that the records came from; null if they had none.</summary>
    public string? Source { get; init; }

    /// <summary>How many letters there are.</summary>
    public long Records { get; init; }

    /// <summary>The first line at fault, from 1; null if the source has no lines.</summary>
    public long? FirstLine { get; init; }

    /// <summary>The last line at fault, from 1; null if the source has no lines.</summary>
    public long? LastLine { get; init; }

    /// <summary>When the first one failed.</summary>
    public DateTimeOffset FirstAt { get; init; }

    /// <summary>When the last one failed.</summary>
    public DateTimeOffset LastAt { get; init; }

    /// <summary>How many of them were replayed since, each once; null if no log was read.</summary>
    public long? Replayed { get; init; }

    /// <summary>How many of these were loaded; null if it is unknown.</summary>
    public long? Loaded { get; init; }
}

/// <summary>How far a source is loaded.</summary>
internal sealed record WatermarkReport
{
    /// <summary>The name that the loads of one job share.</summary>
    public required string Name { get; init; }

    /// <summary>The path or address of the source.</summary>
    public required string Source { get; init; }

    /// <summary>The line of the last covered record; 0 if the source has no lines.</summary>
    public long Line { get; init; }

    /// <summary>The number of the last covered record.</summary>
    public long Row { get; init; }

    /// <summary>The offset of the last covered record's first byte.</summary>
    public long ByteOffset { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How long ago that was.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>Bytes behind the last covered record; null if the source cannot be seen.</summary>
    public long? LagBytes { get; init; }

    /// <summary>Lines behind the last covered record; null if nobody counted them.</summary>
    public long? LagLines { get; init; }

    /// <summary>Why the lag is unknown; null if it is known.</summary>
    public string? LagNote { get; init; }
}
