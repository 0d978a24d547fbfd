using System.Text.Json;

namespace EtlTools.Engine.Load.Shares;

/// <summary>What a share has done with its own records, over all attempts. It is stored beside the share's watermark, in the transaction of
/// the rows, so it stays exact if the process is killed.</summary>
internal sealed record ShareCounts
{
    public long Inserted { get; init; }

    public long Updated { get; init; }

    /// <summary>Inserted or updated; it is unknown which.</summary>
    public long Written { get; init; }

    public long Unchanged { get; init; }

    public long Superseded { get; init; }

    public long Filtered { get; init; }

    public long DeadLettered { get; init; }

    /// <summary>How many of the last records the watermark does not cover. They are read again when the share continues.</summary>
    public int Tail { get; init; }

    /// <summary>Whether the input was read to its end.</summary>
    public bool Done { get; init; }

    public long Received => Loaded + Unchanged + Superseded + Filtered + DeadLettered;

    public long Loaded => Inserted + Updated + Written;

    public string ToJson() => JsonSerializer.Serialize(this);

    public static ShareCounts Parse(string? text) => text is null ? new ShareCounts() : JsonSerializer.Deserialize<ShareCounts>(text)!;

    public ShareCounts Plus(OutcomeCounts rows) => this with
    {
        Inserted = Inserted + rows[RowOutcome.Inserted],
        Updated = Updated + rows[RowOutcome.Updated],
        Written = Written + rows[RowOutcome.Written],
        Unchanged = Unchanged + rows[RowOutcome.Unchanged],
        Superseded = Superseded + rows[RowOutcome.Superseded],
        Filtered = Filtered + rows[RowOutcome.Excluded],
        DeadLettered = DeadLettered + rows[RowOutcome.Refused],
    };

    public ShareCounts Plus(ShareCounts other) => this with
    {
        Inserted = Inserted + other.Inserted,
        Updated = Updated + other.Updated,
        Written = Written + other.Written,
        Unchanged = Unchanged + other.Unchanged,
        Superseded = Superseded + other.Superseded,
        Filtered = Filtered + other.Filtered,
        DeadLettered = DeadLettered + other.DeadLettered,
    };
}
