using System.Management.Automation;
using System.Text;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Json;

namespace EtlTools.Cmdlets;

/// <summary>Reads JSON files as a stream of records: an item a line, or an array of items.</summary>
[Cmdlet(VerbsData.Import, "EtlJson", DefaultParameterSetName = PathSet)]
[OutputType(typeof(EtlRecord))]
public sealed partial class ImportEtlJsonCommand : EtlJsonCommand
{
    /// <summary>The files; wildcards are expanded.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [FilePathArgument]
    public string[] Path { get; set; } = [];

    /// <summary>The files, their names taken as they are.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The entries of a zip archive to read, with wildcards. Default: its only entry.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string? EntryName { get; set; }

    /// <summary>The files' encoding, by name or code page. Default: what the byte order mark says, else UTF-8.</summary>
    [Parameter]
    [EncodingArgument]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    public Encoding? Encoding { get; set; }

    /// <summary>Watermarks to continue from; null for the beginning.</summary>
    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public EtlWatermark?[]? ResumeFrom { get; set; }

    /// <summary>The largest decompressed size in bytes of a compressed file; 0 for any number. Default 10 GiB.</summary>
    [Parameter]
    [ValidateRange(0, long.MaxValue)]
    public long MaxDecompressedBytes { get; set; } = Decompression.DefaultMaxBytes;

    private protected override JsonOptions Options => base.Options with
    {
        Encoding = Encoding,
        MaxDecompressedBytes = MaxDecompressedBytes,
        ResumeFrom = new SourceBounds { Watermarks = [.. (ResumeFrom ?? []).OfType<EtlWatermark>().Select(mark => mark.Watermark)] },
    };

    private protected override ZipSelection Zip => new(EntryName, MaxDecompressedBytes);

    /// <summary>Gathers the files.</summary>
    private protected override void OnRecord()
    {
        if (ParameterSetName == UriSet)
            AddFile(Uri!, uri => WebFileArguments.File(this, uri, Context, Zip));
        else
            AddFiles(Path, LiteralPath);
    }

    /// <summary>Reads.</summary>
    private protected override void OnEnd() => ReadFiles();
}
