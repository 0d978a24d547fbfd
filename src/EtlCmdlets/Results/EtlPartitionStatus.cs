using EtlTools.Engine.Load.Shares;

namespace EtlTools.Cmdlets;

/// <summary>How far a load in shares is, and what its shares have done together, over all their attempts.</summary>
public sealed class EtlPartitionStatus
{
    internal EtlPartitionStatus(ShareReport report)
    {
        Name = report.Name;
        Count = report.Count;
        Complete = report.IsComplete;
        ShareCounts counts = report.Counts;
        Records = counts.Received;
        Loaded = counts.Loaded;
        Inserted = counts.Written == 0 ? counts.Inserted : null;
        Updated = counts.Written == 0 ? counts.Updated : null;
        Superseded = counts.Superseded;
        Unchanged = counts.Unchanged;
        Filtered = counts.Filtered;
        DeadLettered = counts.DeadLettered;
        Shares = [.. report.Shares.Select(share => new EtlShare(share))];
        Open = [.. Shares.Where(share => !share.Complete).Select(share => share.Index)];
    }

    /// <summary>The name of the load's watermark.</summary>
    public string Name { get; }

    /// <summary>How many shares there are.</summary>
    public int Count { get; }

    /// <summary>Whether every share has loaded its part of the same input to its end.</summary>
    public bool Complete { get; }

    /// <summary>The shares that are not complete.</summary>
    public int[] Open { get; }

    /// <summary>Records that were some share's own.</summary>
    public long Records { get; }

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

    /// <summary>Records left out because -WatermarkColumn was null.</summary>
    public long Filtered { get; }

    /// <summary>Failed records written to the dead letters.</summary>
    public long DeadLettered { get; }

    /// <summary>Each share; none when their watermarks have been made one.</summary>
    public EtlShare[] Shares { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Name}: {(Complete ? "complete" : $"{Open.Length} of {Count} shares open")}, records {Records} = loaded {Loaded} + unchanged {Unchanged} + superseded {Superseded}{(Filtered > 0 ? $" + filtered {Filtered}" : "")} + dead letters {DeadLettered}");
}

/// <summary>How far one share of a load is.</summary>
public sealed class EtlShare
{
    internal EtlShare(ShareState share)
    {
        Index = share.Index;
        Complete = share.IsComplete;
        Records = share.Counts?.Received ?? 0;
        Watermark = [.. share.Marks.Select(mark => new EtlWatermark(mark))];
    }

    /// <summary>Which share, from 0.</summary>
    public int Index { get; }

    /// <summary>Whether it has loaded its part to the end.</summary>
    public bool Complete { get; }

    /// <summary>Its own records so far.</summary>
    public long Records { get; }

    /// <summary>How far its sources are loaded.</summary>
    public EtlWatermark[] Watermark { get; }

    /// <summary>One line for a log.</summary>
    public override string ToString() => FormattableString.Invariant($"{Index}: {(Complete ? "complete" : "open")}, records {Records}");
}
