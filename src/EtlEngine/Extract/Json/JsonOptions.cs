using System.Text;

namespace EtlTools.Engine.Extract.Json;

/// <summary>How JSON files are read. Immutable.</summary>
internal sealed record JsonOptions
{
    /// <summary>The layout of the items in the files.</summary>
    public required JsonFormat Format { get; init; }

    /// <summary>Whether each file's name and head determine its layout, instead of the format. Default false.</summary>
    public bool GuessesLayout { get; init; }

    /// <summary>The files' encoding. Default null: that of the byte order mark, or UTF-8 without one.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>The largest decompressed size in bytes of a compressed file; 0 is any number. Default 10 GiB.</summary>
    public long MaxDecompressedBytes { get; init; } = Decompression.DefaultMaxBytes;

    /// <summary>Where to start in each file. Default: at its beginning.</summary>
    public SourceBounds ResumeFrom { get; init; } = SourceBounds.None;
}
