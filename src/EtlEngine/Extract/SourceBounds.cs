using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract;

/// <summary>
/// Where to start or stop in the files of a source: at watermarks, one for each file that has one, or at a byte offset in the only file.
/// Reading starts after a watermark's record, and stops after it. At a byte offset begins the first record to read, or the first one not to
/// read.
/// </summary>
internal sealed record SourceBounds
{
    /// <summary>No bound.</summary>
    public static SourceBounds None { get; } = new();

    /// <summary>The watermarks; each must match a file. Default none.</summary>
    public IReadOnlyList<Watermark> Watermarks { get; init; } = [];

    /// <summary>The offset of a record's first byte in the file. Default null.</summary>
    public long? ByteOffset { get; init; }

    /// <summary>Whether there is no bound.</summary>
    public bool IsNone => Watermarks.Count == 0 && ByteOffset is null;
}
