using System.Management.Automation;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that creates records from JSON.</summary>
public abstract class EtlJsonCommand : EtlSourceCommand
{
    /// <summary>The layout of the items in the text.</summary>
    [Parameter]
    public EtlJsonFormat Format { get; set; }

    /// <summary>The path of the items in a document. Default $: the document itself.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ItemPath { get; set; } = "$";

    /// <summary>Makes the members of nested objects columns.</summary>
    [Parameter]
    public SwitchParameter Flatten { get; set; }

    /// <summary>What to do with an item that has a name twice. Default: it is a failed record.</summary>
    [Parameter]
    public DuplicateNameAction DuplicateName { get; set; }

    /// <summary>Reads an empty file or text as one without items, instead of as an error.</summary>
    [Parameter]
    public SwitchParameter AllowEmptyFile { get; set; }

    /// <summary>The longest item, in bytes. Default 16777216.</summary>
    [Parameter]
    [ValidateRange(1, JsonFormat.LargestMaxItemBytes)]
    public int MaxItemBytes { get; set; } = JsonFormat.DefaultMaxItemBytes;

    /// <summary>What the parameters say about reading.</summary>
    private protected virtual JsonOptions Options => new()
    {
        Format = new JsonFormat
        {
            Layout = (JsonLayout)Format,
            ItemPath = JsonPath.ParseItems(ItemPath, nameof(ItemPath)),
            Flatten = Flatten,
            DuplicateNames = (JsonDuplicateNames)DuplicateName,
            AllowsNothing = AllowEmptyFile,
            AllowsMore = true,
            MaxItemBytes = MaxItemBytes,
        },
        GuessesLayout = !IsGiven(nameof(Format)),
    };

    private protected override RecordStage OpenSource(IReadOnlyList<SourceFile> files) =>
        new JsonSource(MyInvocation.MyCommand.Name, Options, files, SizeOfStage, Context.Run.Time);
}
