using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>One run of a pipeline, at the moment it was looked at.</summary>
public sealed class EtlRunInfo
{
    internal EtlRunInfo(EtlRun run, EtlLoadResult? result = null)
    {
        Id = run.Id;
        State = (run.Ending?.State ?? (run.Shutdown.Draining.IsCancellationRequested ? RunState.Draining : RunState.Running)).ToString();
        StartedAt = run.StartedAt;
        EndedAt = run.EndedAt;
        Elapsed = (run.EndedAt ?? run.Time.GetUtcNow()) - run.StartedAt;
        Succeeded = run.Ending?.Succeeded ?? false;
        Stages = EtlStageResult.Of(run);
        Result = result;
        ErrorCode = run.Ending?.ErrorCode;
        IsDryRun = run.IsDryRun;
        Message = run.Ending?.Message ?? run.Shutdown.Reason;
    }

    /// <summary>The run's id, as the result, the dead letters and the log have it.</summary>
    public Guid Id { get; }

    /// <summary>Running, Draining, Completed, Drained, StoppedEarly, Failed or Dropped.</summary>
    public string State { get; }

    /// <summary>When it began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>When it ended, in UTC; null while it is active.</summary>
    public DateTimeOffset? EndedAt { get; }

    /// <summary>How long it took, or has taken so far.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>True when every record that was read is where it should be.</summary>
    public bool Succeeded { get; }

    /// <summary>The counters of every Etl command of the pipeline, in its order.</summary>
    public EtlStageResult[] Stages { get; }

    /// <summary>What the loader did; null without one, and while the run lives.</summary>
    public EtlLoadResult? Result { get; }

    /// <summary>The id of the error that ended it, or null.</summary>
    public string? ErrorCode { get; }

    /// <summary>Why it failed or was told to end, or null.</summary>
    public string? Message { get; }

    internal bool IsDryRun { get; }

    /// <summary>Id and state.</summary>
    public override string ToString() => $"{Id} {State}";
}
