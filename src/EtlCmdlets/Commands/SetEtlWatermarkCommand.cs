using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Cmdlets;

/// <summary>Sets how far a source counts as loaded.</summary>
[Cmdlet(VerbsCommon.Set, "EtlWatermark", SupportsShouldProcess = true, DefaultParameterSetName = "Position")]
[OutputType(typeof(EtlWatermark))]
public sealed class SetEtlWatermarkCommand : EtlWatermarkCommand
{
    /// <summary>A watermark as Get-EtlWatermark gives it, from this or another database.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = "Watermark")]
    public EtlWatermark InputObject { get; set; } = null!;

    /// <summary>The name that the loads of one job share.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Position")]
    [ValidateLength(1, 200)]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string Name { get; set; } = "";

    /// <summary>The path or address of the source, as the records have it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Position")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(WatermarkCompleter))]
    public string Source { get; set; } = "";

    /// <summary>The source's fingerprint. Default none.</summary>
    [Parameter(ParameterSetName = "Position")]
    [AllowEmptyString]
    public string Fingerprint { get; set; } = "";

    /// <summary>The number of the last covered record, from 1; 0 for none.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Position")]
    [ValidateRange(0, long.MaxValue)]
    public long Row { get; set; }

    /// <summary>The line on which it begins, from 1.</summary>
    [Parameter(ParameterSetName = "Position")]
    [ValidateRange(0, long.MaxValue)]
    public long Line { get; set; }

    /// <summary>The offset of its first byte.</summary>
    [Parameter(ParameterSetName = "Position")]
    [ValidateRange(0, long.MaxValue)]
    public long ByteOffset { get; set; }

    /// <summary>The largest covered value of the watched column, as invariant text.</summary>
    [Parameter(ParameterSetName = "Position")]
    [ValidateNotNullOrEmpty]
    public string? Value { get; set; }

    /// <summary>Writes the watermark that was set.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void OnRecord()
    {
        Watermark watermark = (ParameterSetName == "Watermark" ? InputObject.Watermark : new Watermark
        {
            Name = Name,
            Source = Source,
            FullFingerprint = Fingerprint,
            Row = Row,
            Line = Line,
            ByteOffset = ByteOffset,
            Value = Value,
        }) with
        { UpdatedAt = TimeProvider.System.GetUtcNow() };
        if (!ShouldProcess($"{watermark.Name}: {watermark.Source} in {Where}", $"Set the watermark to row {watermark.Row}"))
            return;
        Use(async (options, token) =>
        {
            await Watermarks.SetAsync(options, WatermarkTable, watermark, token).ConfigureAwait(false);
            return true;
        });
        if (PassThru)
            WriteObject(new EtlWatermark(watermark));
    }
}
