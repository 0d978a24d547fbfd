using EtlTools.Engine.Report;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Converts runs of the session to runs of a report. They have no counters over time.</summary>
internal static class RunReports
{
    /// <summary>The runs, without dry runs.</summary>
    public static IEnumerable<RunReport> Of(IEnumerable<EtlRunInfo> runs) => runs.Where(run => !run.IsDryRun).Select(Of);

    private static RunReport Of(EtlRunInfo run)
    {
        bool isLive = run.EndedAt is null;
        IReadOnlyList<StageReport> stages = Sums.Check([.. run.Stages.Select(stage => StageOf(stage, isLast: stage == run.Stages[^1], run.Result))], run.State);
        DateTimeOffset seenAt = run.StartedAt + run.Elapsed;
        return new RunReport
        {
            Id = run.Id.ToString(),
            State = run.State,
            Outcome = RunOutcomes.Of(run.State, run.Succeeded),
            Succeeded = run.Succeeded,
            StartedAt = run.StartedAt,
            EndedAt = run.EndedAt,
            LastSeenAt = seenAt,
            ErrorCode = run.ErrorCode,
            Message = run.Message,
            Loaded = run.Result?.Loaded,
            DeadLettered = run.Result?.DeadLettered,
            Stages = stages,
            Loads = run.Result is { } result ? Sums.Check([LoadOf(result)], run.State) : [],
            Samples = isLive || run.Elapsed == TimeSpan.Zero
                ? []
                : [new SampleReport(run.StartedAt, [.. stages.Select(_ => (StageCounts?)default(StageCounts))]), new SampleReport(seenAt, [.. stages.Select(stage => (StageCounts?)stage.Counts)])],
        };
    }

    private static StageReport StageOf(EtlStageResult stage, bool isLast, EtlLoadResult? result) => new()
    {
        Name = stage.Name,
        Subject = stage.Subject,
        Counts = new StageCounts(stage.In, stage.Made, stage.Out, stage.Filtered, stage.Failed, stage.Forwarded, 0, isLast ? result?.Retries ?? 0 : 0),
    };

    private static LoadSums LoadOf(EtlLoadResult result) => new()
    {
        Provider = result.Provider,
        Database = result.Database,
        Table = result.Table,
        Received = result.Received,
        Loaded = result.Loaded,
        Unchanged = result.Unchanged,
        Superseded = result.Superseded,
        Filtered = result.Filtered,
        DeadLettered = result.DeadLettered,
        Errors = result.Errors,
        Deleted = result.Deleted,
        Batches = result.Batches,
        Retries = result.Retries,
    };
}
