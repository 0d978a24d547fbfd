using EtlTools.Engine.Partitions;

namespace EtlTools.Cmdlets;

/// <summary>Which share of a load this process has. -Partition of other commands takes it.</summary>
public sealed class EtlPartition
{
    internal EtlPartition(Partition partition) => Partition = partition;

    /// <summary>Which share, from 0.</summary>
    public int Index => Partition.Index;

    /// <summary>How many shares there are; 1 for a process that has it all.</summary>
    public int Count => Partition.Count;

    /// <summary>Who said so: Slurm, Kubernetes, AwsBatch, GoogleBatch, CloudRun, GridEngine, Variables, Parameters, or None.</summary>
    public string Engine => Partition.Engine;

    /// <summary>How often the engine has begun this share, from 1; null if it does not tell.</summary>
    public int? Attempt => Partition.Attempt;

    internal Partition Partition { get; }

    /// <summary>Index and count, as 3/8.</summary>
    public override string ToString() => Partition.ToString();
}
