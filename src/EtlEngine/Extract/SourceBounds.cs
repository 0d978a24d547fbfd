using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Where to start or to end in the files of a source: at watermarks, one for each file that has one, or at a byte offset in
/// the only file. Beginning at a watermark is behind its record, ending at it is with its record. A byte offset is that of a
/// record: it is the first one read, or the first one not read.
/// </summary>
internal sealed record SourceBounds
{
    /// <summary>No bound.</summary>
    public static SourceBounds None { get; } = new();

    /// <summary>The watermarks; each must fit a file. Default none.</summary>
    public IReadOnlyList<Watermark> Watermarks { get; init; } = [];

    /// <summary>The offset of a record's first byte, from the beginning of the file. Default null.</summary>
    public long? ByteOffset { get; init; }

    /// <summary>Whether there is no bound.</summary>
    public bool IsNone => Watermarks.Count == 0 && ByteOffset is null;
}
