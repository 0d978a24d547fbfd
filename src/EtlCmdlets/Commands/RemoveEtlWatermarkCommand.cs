using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>Removes watermarks, so that their sources are loaded from the beginning.</summary>
[Cmdlet(VerbsCommon.Remove, "EtlWatermark", SupportsShouldProcess = true, DefaultParameterSetName = "Name")]
public sealed class RemoveEtlWatermarkCommand : EtlWatermarkCommand
{
    /// <summary>Names of watermarks, with wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Name")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Only those of these paths or addresses, with wildcards. Default: all.</summary>
    [Parameter(ParameterSetName = "Name")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string[] Source { get; set; } = ["*"];

    /// <summary>A watermark as Get-EtlWatermark gives it.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Watermark")]
    public EtlWatermark InputObject { get; set; } = null!;

    private protected override void OnRecord()
    {
        if (ParameterSetName == "Watermark")
        {
            Remove(InputObject.Watermark);
            return;
        }
        IReadOnlyList<Watermark> all = Use((options, token) => Watermarks.ReadAsync(options, WatermarkTable, token));
        foreach (string name in Name)
        {
            Watermark[] found = NamedItems.Find(all, watermark => watermark.Name, name);
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
                WriteError(ErrorRecords.Of(new EtlException(FailureCodes.WatermarkNotFound, FailureKind.NotFound, $"-Name: there is no watermark '{name}'.{NearName.Hint(name, all.Select(watermark => watermark.Name))}"), name));
            Watermark[] wanted = [.. found.Where(watermark => IsSource(Source, watermark.Source))];
            if (wanted.Length == 0 && found.Length > 0)
                WriteError(ErrorRecords.Of(new EtlException(FailureCodes.WatermarkNotFound, FailureKind.NotFound, $"-Source: the watermark '{name}' has no such source.{NearName.Hint(Source[0], found.Select(watermark => watermark.Source))} Get-EtlWatermark '{name}' shows those that it has."), name));
            Array.ForEach(wanted, Remove);
        }
    }

    private void Remove(Watermark watermark)
    {
        if (ShouldProcess($"{watermark.Name}: {watermark.Source}, row {watermark.Row} in {Where}", "Remove the watermark"))
        {
            Use(async (options, token) =>
            {
                await Watermarks.RemoveAsync(options, WatermarkTable, watermark, token).ConfigureAwait(false);
                return true;
            });
        }
    }
}
