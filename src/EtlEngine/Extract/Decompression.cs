namespace EtlTools.Engine.Extract;

/// <summary>Detects how a file is compressed.</summary>
internal static class Decompression
{
    /// <summary>The default limit for the decompressed size of a file: 10 GiB.</summary>
    public const long DefaultMaxBytes = 10L * 1024 * 1024 * 1024;

    private static readonly string[] Endings = [".gz", ".bz2", ".zst", ".br"];

    /// <summary>A decompressor for a file; null if it is not compressed in a known way.</summary>
    /// <param name="name">The file's name: brotli has no mark of its own.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="maxBytes">The largest decompressed size; 0 for no limit.</param>
    public static Func<Stream, Stream>? Of(string name, ReadOnlySpan<byte> head, long maxBytes)
    {
        Func<Stream, Stream>? decompress =
            CheckedGZipStream.IsGZip(head) ? text => new CheckedGZipStream(text)
            : ZstdReadStream.IsZstd(head) ? text => new ZstdReadStream(text)
            : Bzip2ReadStream.IsBzip2(head) ? text => new Bzip2ReadStream(text)
            : name.EndsWith(".br", StringComparison.OrdinalIgnoreCase) && BrotliReadStream.IsBrotli(head) ? text => new BrotliReadStream(text)
            : null;
        return decompress is null ? null : text => new LimitedStream(decompress(text), maxBytes);
    }

    /// <summary>A compressed file's name without the extension of the compression.</summary>
    public static string NameWithin(string name) =>
        Array.Find(Endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found ? name[..^found.Length] : name;
}
