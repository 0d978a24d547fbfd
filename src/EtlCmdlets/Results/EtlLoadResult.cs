using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets;

/// <summary>
/// What a load did, in records. Received = Loaded + Unchanged + Superseded + Filtered + DeadLettered + Errors + NotCommitted.
/// </summary>
public sealed class EtlLoadResult
{
    internal EtlLoadResult(LoadSummary summary, RunContext context, string? deadLetterPath, bool completed)
    {
        Provider = summary.Provider;
        Database = summary.Database;
        Table = summary.Table;
        DeadLetterPath = deadLetterPath;
        Received = summary.Received;
        Loaded = summary.Loaded;
        Inserted = summary.Inserted;
        Updated = summary.Updated;
        Superseded = summary.Superseded;
        Unchanged = summary.Unchanged;
        Filtered = summary.Filtered;
        DeadLettered = summary.DeadLettered;
        Deleted = summary.Deleted;
        Watermark = summary.Watermark is { } watermark ? new EtlWatermark(watermark) : null;
        Errors = summary.Errors;
        LostBefore = summary.LostBefore;
        Retries = summary.Retries;
        Batches = summary.Batches;
        Elapsed = summary.Elapsed;
        RowsPerSecond = summary.Elapsed > TimeSpan.Zero ? Math.Round(summary.Loaded / summary.Elapsed.TotalSeconds) : 0;
        Stages = EtlStageResult.Of(context.Run);
        StoppedEarly = context.Run.StoppedEarly;
        RunId = context.Run.Id;
        Drained = context.Run.Shutdown.IsCutShort;
        InputErrors = context.InputErrors;
        Succeeded = completed && InputErrors == 0 && context.Ending is null && Errors == 0 && DeadLettered == 0 && LostBefore == 0 && Array.TrueForAll(Stages, stage => stage.Failed == 0);
    }

    /// <summary>The run's id, as the dead letters have it.</summary>
    public Guid RunId { get; }

    /// <summary>The kind of database.</summary>
    public string Provider { get; }

    /// <summary>The database, without user or password.</summary>
    public string Database { get; }

    /// <summary>The table.</summary>
    public string Table { get; }

    /// <summary>What was loaded into, in one line: the kind of database, the database and the table.</summary>
    public string Target => $"{Provider} {Database}, table {Table}";

    /// <summary>The full path of the loader's dead letter; null without one.</summary>
    public string? DeadLetterPath { get; }

    /// <summary>Records that reached the loader, failed ones included.</summary>
    public long Received { get; }

    /// <summary>Records committed to the table.</summary>
    public long Loaded { get; }

    /// <summary>Of these, new rows; null if the database did not tell.</summary>
    public long? Inserted { get; }

    /// <summary>Of these, rows that were there before; null if the database did not tell.</summary>
    public long? Updated { get; }

    /// <summary>Records followed in the same batch by a later one of the same key.</summary>
    public long Superseded { get; }

    /// <summary>Records that needed no change.</summary>
    public long Unchanged { get; }

    /// <summary>Rows of the table that -DeleteMissing deleted or marked, or that -Mode Replace took out.</summary>
    public long Deleted { get; }

    /// <summary>Records left out: their -WatermarkColumn was null, or they are another share's (-Partition).</summary>
    public long Filtered { get; }

    /// <summary>Failed records written to the dead letter, wherever they failed.</summary>
    public long DeadLettered { get; }

    /// <summary>Failed records written to the error stream.</summary>
    public long Errors { get; }

    /// <summary>Files or other parts of the input that could not be read; the error stream says which and why.</summary>
    public int InputErrors { get; }

    /// <summary>Records of batches that were not committed when an error or a drop ended the run; 0 for a run that completed.
    /// Letters of those that had failed may be in the dead letter already.</summary>
    public long NotCommitted => Received - Loaded - Unchanged - Superseded - Filtered - DeadLettered - Errors;

    /// <summary>Attempts that had to be repeated, because the database was busy or away.</summary>
    public long Retries { get; }

    /// <summary>Transactions committed.</summary>
    public long Batches { get; }

    /// <summary>From the opening of the target to the last commit.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Loaded records a second.</summary>
    public double RowsPerSecond { get; }

    /// <summary>Records of the source that failed before the load, in another pipeline, and are in no dead letter.</summary>
    public long LostBefore { get; }

    /// <summary>How far the source is loaded; null without -WatermarkName, or before anything is.</summary>
    public EtlWatermark? Watermark { get; }

    /// <summary>True when the run ended and every record that was read is in the table. Of a drained run, too:
    /// look at Drained before you put the input away.</summary>
    public bool Succeeded { get; }

    /// <summary>True when the run was drained before all input was read: run it again to continue.</summary>
    public bool Drained { get; }

    /// <summary>True when a later command wanted no more records.</summary>
    public bool StoppedEarly { get; }

    /// <summary>The counters of every Etl command of the pipeline, in its order.</summary>
    public EtlStageResult[] Stages { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Table}: received {Received} = loaded {Loaded} + unchanged {Unchanged} + superseded {Superseded}{(Filtered > 0 ? $" + filtered {Filtered}" : "")} + dead letters {DeadLettered} + errors {Errors}{(NotCommitted > 0 ? $" + not committed {NotCommitted}" : "")}{(Deleted > 0 ? $"; deleted {Deleted}" : "")}{(InputErrors > 0 ? $"; input errors {InputErrors}" : "")}{(LostBefore > 0 ? $"; lost before {LostBefore}" : "")}");
}
