using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Reads JSON files as a stream of records: an item a line, or an array of items.</summary>
[Cmdlet(VerbsData.Import, "EtlJson", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EtlRecord))]
public sealed class ImportEtlJsonCommand : EtlFileCommand
{
    /// <summary>How the items stand in the files. Default: what their names say.</summary>
    [Parameter]
    public EtlJsonFormat? Format { get; set; }

    /// <summary>Where a document has its items. Default $: the document itself.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ItemPath { get; set; } = "$";

    /// <summary>Makes columns of the members of nested objects.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>The longest item, in bytes. Default 16777216.</summary>
    [Parameter]
    [ValidateRange(1, JsonFormat.LargestMaxItemBytes)]
    public int MaxItemBytes { get; set; } = JsonFormat.DefaultMaxItemBytes;

    /// <summary>Watermarks to go on from; null for the beginning.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public EtlWatermark?[]? ResumeFrom { get; set; }

    private protected override RecordStage OpenSource(IReadOnlyList<string> files) => new JsonSource(
        "Import-EtlJson",
        new JsonFormat
        {
            Layout = (JsonLayout)Format.GetValueOrDefault(),
            ItemPath = JsonPath.Parse(ItemPath, nameof(ItemPath)),
            Flatten = Flatten,
            MaxItemBytes = MaxItemBytes,
        },
        layoutIsKnown: Format is not null,
        new SourceBounds { Watermarks = [.. (ResumeFrom ?? []).OfType<EtlWatermark>().Select(mark => mark.Watermark)] },
        files,
        SizeOfStage,
        Context.Run.Time);
}
