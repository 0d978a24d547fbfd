namespace EtlTools.Engine.Load;

/// <summary>
/// What a load has done so far, in records: a snapshot. Only what is committed counts as loaded. At the end
/// Received = Loaded + Unchanged + Superseded + Filtered + DeadLettered + Errors.
/// </summary>
internal sealed record LoadSummary
{
    /// <summary>The database's kind.</summary>
    public required string Provider { get; init; }

    /// <summary>The database's name, for a file its path.</summary>
    public required string Database { get; init; }

    /// <summary>The table's name.</summary>
    public required string Table { get; init; }

    /// <summary>Records that arrived, failed ones of earlier stages included.</summary>
    public long Received { get; init; }

    /// <summary>Records that stand in the table.</summary>
    public long Loaded { get; init; }

    /// <summary>Of the loaded ones those that were new, or null if the database does not tell.</summary>
    public long? Inserted { get; init; }

    /// <summary>Of the loaded ones those that were there before, or null if the database does not tell.</summary>
    public long? Updated { get; init; }

    /// <summary>Records whose key a later record of the same transaction had again.</summary>
    public long Superseded { get; init; }

    /// <summary>Records that were there before and had nothing to change.</summary>
    public long Unchanged { get; init; }

    /// <summary>Records left out because the watched column was null.</summary>
    public long Filtered { get; init; }

    /// <summary>Failed records written to the dead letter, wherever they failed.</summary>
    public long DeadLettered { get; init; }

    /// <summary>Failed records put out, wherever they failed.</summary>
    public long Errors { get; init; }

    /// <summary>How often the database was tried again.</summary>
    public long Retries { get; init; }

    /// <summary>Batches committed.</summary>
    public long Batches { get; init; }

    /// <summary>Rows that no record had and that were deleted or marked, or that were replaced.</summary>
    public long Deleted { get; init; }

    /// <summary>How far the source is loaded; null without a watermark, or before anything is.</summary>
    public Records.Watermark? Watermark { get; init; }

    /// <summary>The time from the opening to the end, or to now.</summary>
    public TimeSpan Elapsed { get; init; }
}
