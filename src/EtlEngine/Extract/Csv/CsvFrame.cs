namespace EtlTools.Engine.Extract.Csv;

/// <summary>Where one record stands.</summary>
/// <param name="Start">Its first byte in the buffer.</param>
/// <param name="Length">Its bytes, without the line end.</param>
/// <param name="Line">The line it begins on, from 1.</param>
/// <param name="ErrorCode">Why it cannot be parsed, or null.</param>
internal readonly record struct CsvFrame(int Start, int Length, long Line, string? ErrorCode);
