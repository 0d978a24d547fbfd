using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Partitions;

namespace EtlTools.Cmdlets;

/// <summary>Checks whether all shares of a load are complete, and then merges their watermarks.</summary>
[Cmdlet(VerbsLifecycle.Complete, "EtlPartition", SupportsShouldProcess = true)]
[OutputType(typeof(EtlPartitionStatus))]
public sealed class CompleteEtlPartitionCommand : EtlWatermarkCommand
{
    /// <summary>The name that the shares were given with -WatermarkName.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string Name { get; set; } = "";

    /// <summary>How many shares there are.</summary>
    [Parameter(Mandatory = true)]
    [ValidateRange(1, Partition.MaxCount)]
    public int Count { get; set; }

    private protected override void OnRecord()
    {
        bool fold = ShouldProcess($"{Name}: {Count} shares in {Where}", "Merge the watermarks of complete shares");
        WriteObject(new EtlPartitionStatus(Use((options, token) => new ShareJob(options, WatermarkTable, Name, TimeProvider.System).CompleteAsync(Count, fold, token))));
    }
}
