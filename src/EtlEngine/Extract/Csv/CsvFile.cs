using System.Security.Cryptography;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>What all chunks of a file share.</summary>
internal sealed class CsvFile(CsvSource owner, CsvOptions options, SourceInfo source)
{
    private const int FingerprintLength = 16;

    /// <summary>Makes the failed records' errors.</summary>
    public CsvSource Owner => owner;

    public CsvOptions Options => options;

    public SourceInfo Source => source;

    /// <summary>The columns.</summary>
    public CsvLayout Layout { get; init; } = CsvLayout.Unknown;

    /// <summary>Whether the bytes were turned into UTF-8 from another encoding.</summary>
    public bool IsTranscoded { get; init; }

    /// <summary>
    /// A file's fingerprint: 16 hex digits of the SHA-256 of its first record without the line end. A file that has only
    /// grown keeps it; files that differ only later share it.
    /// </summary>
    public static string Fingerprint(ReadOnlySpan<byte> firstRecord) =>
        Convert.ToHexStringLower(SHA256.HashData(firstRecord))[..FingerprintLength];
}
