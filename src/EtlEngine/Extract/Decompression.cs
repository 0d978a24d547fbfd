namespace EtlTools.Engine.Extract;

/// <summary>Finds out how a file is compressed.</summary>
internal static class Decompression
{
    /// <summary>The most bytes that a compressed file becomes, where nothing else is said: 10 GiB.</summary>
    public const long DefaultMaxBytes = 10L * 1024 * 1024 * 1024;

    private static readonly string[] Endings = [".gz", ".bz2", ".zst", ".br"];

    /// <summary>What decompresses a file; null if it is not compressed in a way that is known.</summary>
    /// <param name="name">The file's name: brotli has no mark of its own.</param>
    /// <param name="head">Its first bytes.</param>
    /// <param name="maxBytes">The most bytes that it may become; 0 for any number.</param>
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

    /// <summary>A compressed file's name without the part that tells how it is compressed.</summary>
    public static string NameWithin(string name) =>
        Array.Find(Endings, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } found ? name[..^found.Length] : name;
}
