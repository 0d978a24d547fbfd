namespace EtlTools.Engine.Extract;

/// <summary>Which entries of a zip archive are read, and how large they may be.</summary>
/// <param name="EntryName">The entries' names, with * and ? as wildcards; null if the archive must have exactly one entry.</param>
/// <param name="MaxBytes">The largest decompressed size of an entry; 0 for no limit.</param>
internal sealed record ZipSelection(string? EntryName, long MaxBytes);
