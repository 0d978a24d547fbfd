using EtlTools.Engine.Report;

namespace EtlTools.Cmdlets;

/// <summary>A run, as a report has it.</summary>
public sealed class EtlReportRun
{
    internal EtlReportRun(RunReport run, ReportModel report)
    {
        Id = run.Id;
        Tags = new SortedDictionary<string, string>(run.Tags.ToDictionary(), StringComparer.Ordinal);
        Outcome = run.Outcome.ToString();
        State = run.State;
        Succeeded = run.Succeeded;
        StartedAt = run.StartedAt;
        EndedAt = run.EndedAt;
        ElapsedSec = Math.Round(run.Elapsed.TotalSeconds, 3);
        ErrorCode = run.ErrorCode;
        Message = run.Message;
        Read = run.Read;
        Loaded = run.Loaded;
        DeadLettered = run.DeadLettered;
        Failed = run.Failed;
        Retries = run.Retries;
        Stages = [.. run.Stages.Select(stage => new EtlReportStage(stage))];
        Loads = [.. run.Loads.Select(load => new EtlReportLoad(load))];
        Samples = [.. run.Samples.Select(sample => new EtlReportSample(sample, run))];
        Outages = [.. run.Outages.Select(outage => new EtlReportOutage(outage))];
        Breakers = [.. report.BreakersOf(run).Select(band => new EtlReportBreaker(band))];
    }

    /// <summary>The run's id, as the result, the dead letters and the log have it.</summary>
    public string Id { get; }

    /// <summary>The session's tags.</summary>
    public SortedDictionary<string, string> Tags { get; }

    /// <summary>Succeeded, Drained, StoppedEarly, RecordsFailed, Failed, Dropped, Running or Lost.</summary>
    public string Outcome { get; }

    /// <summary>The state, as Get-EtlRun has it; Lost where the log has no end of the run.</summary>
    public string State { get; }

    /// <summary>Whether every record that was read is where it should be.</summary>
    public bool Succeeded { get; }

    /// <summary>When it began, in UTC.</summary>
    public DateTimeOffset StartedAt { get; }

    /// <summary>When it ended, in UTC; null if that is not known.</summary>
    public DateTimeOffset? EndedAt { get; }

    /// <summary>How long it took, or was seen, in seconds.</summary>
    public double ElapsedSec { get; }

    /// <summary>The id of the error that ended it.</summary>
    public string? ErrorCode { get; }

    /// <summary>Why it ended as it did.</summary>
    public string? Message { get; }

    /// <summary>Records that the first stage read or got.</summary>
    public long Read { get; }

    /// <summary>Records loaded; null without a loader.</summary>
    public long? Loaded { get; }

    /// <summary>Failed records written to a dead letter; null without a loader.</summary>
    public long? DeadLettered { get; }

    /// <summary>Records that failed.</summary>
    public long Failed { get; }

    /// <summary>Attempts that were repeated.</summary>
    public long Retries { get; }

    /// <summary>The stages, in pipeline order.</summary>
    public EtlReportStage[] Stages { get; }

    /// <summary>What its loaders did.</summary>
    public EtlReportLoad[] Loads { get; }

    /// <summary>The counters over time.</summary>
    public EtlReportSample[] Samples { get; }

    /// <summary>Times in which its database did not take batches.</summary>
    public EtlReportOutage[] Outages { get; }

    /// <summary>Breakers that were open while it lived.</summary>
    public EtlReportBreaker[] Breakers { get; }

    /// <summary>Id and outcome.</summary>
    public override string ToString() => $"{Id} {Outcome}";
}

/// <summary>A stage of a run, as a report has it.</summary>
public sealed class EtlReportStage
{
    internal EtlReportStage(StageReport stage)
    {
        Name = stage.Name;
        Subject = stage.Subject;
        In = stage.Counts.In;
        Made = stage.Counts.Made;
        Out = stage.Counts.Out;
        Filtered = stage.Counts.Filtered;
        Failed = stage.Counts.Failed;
        Forwarded = stage.Counts.Forwarded;
        Retries = stage.Counts.Retries;
        Sum = stage.Check.ToString();
        QueueFill = stage.Fill is { } fill ? Math.Round(fill, 3) : null;
    }

    /// <summary>The command.</summary>
    public string Name { get; }

    /// <summary>What it works on.</summary>
    public string? Subject { get; }

    /// <summary>Records that arrived.</summary>
    public long In { get; }

    /// <summary>Records that it made.</summary>
    public long Made { get; }

    /// <summary>Good records that left.</summary>
    public long Out { get; }

    /// <summary>Records dropped on purpose.</summary>
    public long Filtered { get; }

    /// <summary>Records that failed here.</summary>
    public long Failed { get; }

    /// <summary>Records that had failed earlier and passed through.</summary>
    public long Forwarded { get; }

    /// <summary>Attempts that were repeated.</summary>
    public long Retries { get; }

    /// <summary>Holds, Unfinished or Broken.</summary>
    public string Sum { get; }

    /// <summary>How full its queue was on average, from 0 to 1; null if that is not known.</summary>
    public double? QueueFill { get; }

    /// <summary>The command.</summary>
    public override string ToString() => Name;
}

/// <summary>What a loader did, as a report has it.</summary>
public sealed class EtlReportLoad
{
    internal EtlReportLoad(LoadSums load)
    {
        Provider = load.Provider;
        Database = load.Database;
        Table = load.Table;
        Received = load.Received;
        Loaded = load.Loaded;
        Unchanged = load.Unchanged;
        Superseded = load.Superseded;
        Filtered = load.Filtered;
        DeadLettered = load.DeadLettered;
        Errors = load.Errors;
        NotCommitted = load.NotCommitted;
        Deleted = load.Deleted;
        Batches = load.Batches;
        Sum = load.Check.ToString();
    }

    /// <summary>The kind of database.</summary>
    public string Provider { get; }

    /// <summary>The database.</summary>
    public string Database { get; }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>Records that reached the loader.</summary>
    public long Received { get; }

    /// <summary>Records committed.</summary>
    public long Loaded { get; }

    /// <summary>Records that needed no change.</summary>
    public long Unchanged { get; }

    /// <summary>Records followed by a later one of the same key.</summary>
    public long Superseded { get; }

    /// <summary>Records left out because -WatermarkColumn was null.</summary>
    public long Filtered { get; }

    /// <summary>Failed records written to the dead letter.</summary>
    public long DeadLettered { get; }

    /// <summary>Failed records written to the error stream.</summary>
    public long Errors { get; }

    /// <summary>Records that were not committed when the run ended.</summary>
    public long NotCommitted { get; }

    /// <summary>Rows that were deleted, marked or replaced.</summary>
    public long Deleted { get; }

    /// <summary>Transactions committed.</summary>
    public long Batches { get; }

    /// <summary>Holds, Unfinished or Broken.</summary>
    public string Sum { get; }

    /// <summary>The table.</summary>
    public override string ToString() => Table;
}

/// <summary>The counters of a run at one moment.</summary>
public sealed class EtlReportSample
{
    internal EtlReportSample(SampleReport sample, RunReport run)
    {
        Time = sample.Time;
        Stages = [.. sample.Stages.Select((counts, i) => new EtlReportCount(run.Stages[i].Name, counts ?? default))];
    }

    /// <summary>When, in UTC.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>The stages, in pipeline order.</summary>
    public EtlReportCount[] Stages { get; }
}

/// <summary>A stage's counters at one moment.</summary>
public sealed class EtlReportCount
{
    internal EtlReportCount(string stage, StageCounts counts)
    {
        Stage = stage;
        Came = counts.Came;
        Left = counts.Left;
        Held = counts.Held;
        Retries = counts.Retries;
    }

    /// <summary>The command.</summary>
    public string Stage { get; }

    /// <summary>Records that had come or were made: In + Made.</summary>
    public long Came { get; }

    /// <summary>Records that had left: Out + Filtered + Failed + Forwarded.</summary>
    public long Left { get; }

    /// <summary>Records inside.</summary>
    public long Held { get; }

    /// <summary>Attempts that had been repeated.</summary>
    public long Retries { get; }

    /// <summary>The command.</summary>
    public override string ToString() => Stage;
}

/// <summary>A time in which a database did not take batches.</summary>
public sealed class EtlReportOutage
{
    internal EtlReportOutage(OutageBand outage)
    {
        From = outage.From;
        To = outage.To;
        Failures = outage.Failures;
        Code = outage.Code;
    }

    /// <summary>When the first failed attempt began, in UTC.</summary>
    public DateTimeOffset From { get; }

    /// <summary>When the last one had failed, or the breaker closed, in UTC.</summary>
    public DateTimeOffset To { get; }

    /// <summary>Failed attempts.</summary>
    public int Failures { get; }

    /// <summary>The cause of the last one.</summary>
    public string? Code { get; }
}
