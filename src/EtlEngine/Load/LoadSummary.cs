namespace EtlTools.Engine.Load;

/// <summary>
/// What a load has done so far, in records: a snapshot. Only committed records count as loaded. At the end Received = Loaded + Unchanged +
/// Superseded + Filtered + DeadLettered + Errors.
/// </summary>
internal sealed record LoadSummary
{
    /// <summary>The kind of database.</summary>
    public required string Provider { get; init; }

    /// <summary>The database's name, for a file its path.</summary>
    public required string Database { get; init; }

    /// <summary>The table's name.</summary>
    public required string Table { get; init; }

    /// <summary>Records that arrived, failed ones of earlier stages included.</summary>
    public long Received { get; init; }

    /// <summary>Records that are in the table.</summary>
    public long Loaded { get; init; }

    /// <summary>Loaded records that were new; null if the database does not say.</summary>
    public long? Inserted { get; init; }

    /// <summary>Loaded records that existed before; null if the database does not say.</summary>
    public long? Updated { get; init; }

    /// <summary>Records whose key also belongs to a later record of the same transaction.</summary>
    public long Superseded { get; init; }

    /// <summary>Records that existed already and needed no change.</summary>
    public long Unchanged { get; init; }

    /// <summary>Records left out because the watched column was null.</summary>
    public long Filtered { get; init; }

    /// <summary>Failed records written to the dead letter, wherever they failed.</summary>
    public long DeadLettered { get; init; }

    /// <summary>Failed records that were output, wherever they failed.</summary>
    public long Errors { get; init; }

    /// <summary>How often the database was retried.</summary>
    public long Retries { get; init; }

    /// <summary>Batches committed.</summary>
    public long Batches { get; init; }

    /// <summary>Rows without a record that were deleted or marked, or rows that were replaced.</summary>
    public long Deleted { get; init; }

    /// <summary>Records of the source that failed before the load, in another pipeline, and are in no dead letter.</summary>
    public long LostBefore { get; init; }

    /// <summary>How far the source is loaded; null without a watermark, or if nothing is loaded yet.</summary>
    public Records.Watermark? Watermark { get; init; }

    /// <summary>The time from opening to the end, or until now.</summary>
    public TimeSpan Elapsed { get; init; }
}
