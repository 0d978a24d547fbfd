using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Load;
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

    private protected override void OnRecord()
    {
        IReadOnlyList<Watermark> all = Use((options, token) => Watermarks.ReadAsync(options, WatermarkTable, token));
        foreach (Watermark watermark in all.Where(watermark => Matches(Name, watermark.Name) && Matches(Source, watermark.Source)))
            WriteObject(new EtlWatermark(watermark));
    }
}
