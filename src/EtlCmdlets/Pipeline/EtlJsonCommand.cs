using System.Management.Automation;
using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that makes records of JSON.</summary>
public abstract class EtlJsonCommand : EtlSourceCommand
{
    /// <summary>How the items stand in the text.</summary>
    [Parameter]
    public EtlJsonFormat Format { get; set; }

    /// <summary>Where a document has its items. Default $: the document itself.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ItemPath { get; set; } = "$";

    /// <summary>Makes columns of the members of nested objects.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>What becomes of an item that has a name twice. Default: it is a failed record.</summary>
    [Parameter]
    public DuplicateNameAction DuplicateName { get; set; }

    /// <summary>A file or text with nothing in it has no items, instead of being an error.</summary>
    [Parameter]
    public SwitchParameter AllowEmptyFile { get; set; }

    /// <summary>The longest item, in bytes. Default 16777216.</summary>
    [Parameter]
    [ValidateRange(1, JsonFormat.LargestMaxItemBytes)]
    public int MaxItemBytes { get; set; } = JsonFormat.DefaultMaxItemBytes;

    /// <summary>Where to begin.</summary>
    private protected virtual SourceBounds Begin => SourceBounds.None;

    /// <summary>The encoding of the text; null where it tells itself.</summary>
    private protected virtual Encoding? TextEncoding => null;

    /// <summary>The most bytes that a compressed file may become.</summary>
    private protected virtual long MaxBytes => Decompression.DefaultMaxBytes;

    private protected override RecordStage OpenSource(IReadOnlyList<SourceFile> files) => new JsonSource(
        MyInvocation.MyCommand.Name,
        new JsonOptions
        {
            Format = new JsonFormat
            {
                Layout = (JsonLayout)Format,
                ItemPath = JsonPath.Parse(ItemPath, nameof(ItemPath)),
                Flatten = Flatten,
                DuplicateNames = (JsonDuplicateNames)DuplicateName,
                AllowsNothing = AllowEmptyFile,
                AllowsMore = true,
                MaxItemBytes = MaxItemBytes,
            },
            GuessesLayout = !MyInvocation.BoundParameters.ContainsKey(nameof(Format)),
            Encoding = TextEncoding,
            MaxDecompressedBytes = MaxBytes,
            ResumeFrom = Begin,
        },
        files,
        SizeOfStage,
        Context.Run.Time);
}
