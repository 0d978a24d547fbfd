using EtlTools.Engine.Partitions;

namespace EtlTools.Engine.Load;

/// <summary>Options of a load that several processes share.</summary>
internal sealed partial record LoadOptions
{
    /// <summary>Which share of the keys is loaded; null, the default, for all.</summary>
    public Partition? Partition { get; init; }

    /// <summary>The common watermark name of all shares; null if the load is not shared, or has no watermark.</summary>
    public string? JobName { get; init; }

    /// <summary>The load as one share does it, with its own watermark.</summary>
    public LoadOptions In(Partition? partition) => partition is null or { IsWhole: true } ? this : this with
    {
        Partition = partition,
        JobName = WatermarkName,
        WatermarkName = WatermarkName is { } name ? partition.WatermarkOf(name) : null,
    };

    /// <summary>Throws if the database cannot be loaded in shares, or if the records are not those of its share.</summary>
    public void RequireShares(IDialect dialect, RecordSelection? selection)
    {
        if (selection is not null && !selection.Partition.IsSameAs(Partition))
        {
            throw new EtlException(
                FailureCodes.PartitionMismatch, FailureKind.InvalidCall,
                $"Select-EtlPartition passes on the share {selection.Partition}, but the loader has {(Partition is null ? "no -Partition" : $"the share {Partition}")}. Give both the same -Partition.");
        }
        if (Partition is not null && !dialect.TakesShares)
            throw Unsharable($"-Partition is for PostgreSQL: a load into {dialect.Name} cannot be shared by several processes. Leave it out.");
    }

    private void RequireSharable()
    {
        if (Partition is null)
            return;
        if (Mode == LoadMode.Append)
            throw Unsharable("-Partition shares records by their key, so it cannot be combined with -Mode Append.");
        if (IsOneTransaction)
            throw Unsharable($"{(DeleteMissing ? "-DeleteMissing" : "-Mode Replace")} needs all records in one transaction, so it cannot be combined with -Partition.");
    }

    private static EtlException Unsharable(string message) => new(FailureCodes.PartitionImpossible, FailureKind.InvalidCall, message);
}
