using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Partitions;

namespace EtlTools.Cmdlets;

/// <summary>Says which share of a load this process has.</summary>
[Cmdlet(VerbsCommon.Get, "EtlPartition")]
[OutputType(typeof(EtlPartition))]
public sealed class GetEtlPartitionCommand : EtlCmdlet
{
    /// <summary>How many shares there are. Default, as is 0: what the engine says.</summary>
    [Parameter]
    [ValidateRange(0, Partition.MaxCount)]
    public int Count { get; set; }

    /// <summary>Which share this is, from 0. Default: what the engine says.</summary>
    [Parameter]
    [ValidateRange(0, Partition.MaxCount - 1)]
    public int Index { get; set; }

    private protected override void OnRecord()
    {
        int? index = IsGiven(nameof(Index)) ? Index : null;
        WriteObject(new EtlPartition(new PartitionReader(Environment.GetEnvironmentVariable).Read(index, Count == 0 ? null : Count)));
    }
}
