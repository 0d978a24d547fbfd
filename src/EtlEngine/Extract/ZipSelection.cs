namespace EtlTools.Engine.Extract;

/// <summary>Which entries of a zip archive are read, and how long they may be.</summary>
/// <param name="EntryName">The entries' names, with * and ? for any text and any character; null if there must be one entry alone.</param>
/// <param name="MaxBytes">The most bytes that an entry may become; 0 for any number.</param>
internal sealed record ZipSelection(string? EntryName, long MaxBytes);
