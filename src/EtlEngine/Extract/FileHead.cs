using System.Globalization;
using System.Security.Cryptography;

namespace EtlTools.Engine.Extract;

/// <summary>
/// The first bytes of a file, by which it is recognised. A fingerprint is their number and the first 16 hex digits of their SHA-256,
/// <c>4096:0123456789abcdef</c>. A file that has only grown still matches the fingerprint of its shorter version.
/// </summary>
internal sealed class FileHead
{
    /// <summary>The largest number of bytes in a fingerprint.</summary>
    public const int MaxBytes = 4096;

    private const int HexDigits = 16;

    private readonly byte[] _bytes;

    /// <summary>Takes a file's first bytes.</summary>
    /// <param name="bytes">All bytes of the file, or the first <see cref="MaxBytes"/>.</param>
    public FileHead(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        _bytes = bytes.Length > MaxBytes ? bytes[..MaxBytes] : bytes;
        Fingerprint = Of(_bytes.Length);
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The current fingerprint of the file.</summary>
    public string Fingerprint { get; }

    /// <summary>Reads a file's head, and returns to its beginning.</summary>
    /// <param name="file">The file, at its beginning; it must support seeking.</param>
    /// <param name="cancellationToken">Cancels.</param>
    public static async Task<FileHead> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] bytes = new byte[MaxBytes];
        int count = await file.ReadAtLeastAsync(bytes, MaxBytes, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        file.Position = 0;
        return new FileHead(bytes[..count]);
    }

    /// <summary>Whether a fingerprint belongs to this file, as it is or when it was shorter.</summary>
    public bool Fits(string fingerprint)
    {
        ArgumentNullException.ThrowIfNull(fingerprint);
        int colon = fingerprint.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && int.TryParse(fingerprint.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length > 0 && length <= _bytes.Length
            && fingerprint == (length == _bytes.Length ? Fingerprint : Of(length));
    }

    /// <summary>Whether the file may have been this one before it grew.</summary>
    public bool Continues(FileHead earlier) => _bytes.AsSpan().StartsWith(earlier._bytes);

    private string Of(int length) => string.Create(
        CultureInfo.InvariantCulture, $"{length}:{Convert.ToHexStringLower(SHA256.HashData(_bytes.AsSpan(0, length)))[..HexDigits]}");
}
