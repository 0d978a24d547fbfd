using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>Reads how far sources have been loaded into a database.</summary>
[Cmdlet(VerbsCommon.Get, "EtlWatermark")]
[OutputType(typeof(EtlWatermark))]
public sealed class GetEtlWatermarkCommand : EtlWatermarkCommand
{
    /// <summary>Names of watermarks, with wildcards. Default: all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Paths or addresses of sources, with wildcards. Default: all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string[] Source { get; set; } = ["*"];

    /// <summary>A share of the load, which is to continue from where it, or the load before, has come.</summary>
    [Parameter]
    [ValidateNotNull]
    public EtlPartition? Partition { get; set; }

    private protected override void OnRecord()
    {
        if (Partition is not null)
        {
            ReadOn(Partition);
            return;
        }
        IReadOnlyList<Watermark> all = Use((options, token) => Watermarks.ReadAsync(options, WatermarkTable, token));
        foreach (Watermark watermark in all.Where(watermark => Matches(Name, watermark.Name) && IsSource(Source, watermark.Source)))
            WriteObject(new EtlWatermark(watermark));
    }

    private void ReadOn(EtlPartition partition)
    {
        foreach (string name in Name)
        {
            if (WildcardPattern.ContainsWildcardCharacters(name))
                throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-Partition asks for the watermark of one load. Give its -Name, without wildcards.");
            IReadOnlyList<Watermark> found = Use((options, token) => new ShareJob(options, WatermarkTable, name, TimeProvider.System).ReadOnAsync(partition.Partition, token));
            foreach (Watermark watermark in found.Where(watermark => IsSource(Source, watermark.Source)))
                WriteObject(new EtlWatermark(watermark));
        }
    }
}
