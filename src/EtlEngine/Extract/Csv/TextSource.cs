using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Opens files as streams of UTF-8 without a byte order mark, whatever their encoding.</summary>
internal static class TextSource
{
    private const int MarkLength = 4;

    /// <summary>Opens a file for reading, and lets others go on writing it.</summary>
    /// <exception cref="EtlException">It cannot be opened; the message says why.</exception>
    public static Stream Open(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new EtlException(FailureCodes.PathIsFolder, FailureKind.InvalidCall, $"{path} is a folder. Name files, or use a wildcard such as {Path.Combine(path, "*.csv")}.");
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new EtlException(FailureCodes.FileNotFound, FailureKind.NotFound, $"{path} does not exist.", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EtlException(FailureCodes.AccessDenied, FailureKind.PermissionDenied, $"{path} may not be read by this user. Check its permissions.", e);
        }
        catch (IOException e)
        {
            throw new EtlException(FailureCodes.ReadFailed, FailureKind.Unavailable, $"{path} could not be opened: {e.Message}", e);
        }
    }

    /// <summary>The stream as UTF-8.</summary>
    /// <param name="stream">The file's bytes; owned by what is returned.</param>
    /// <param name="encoding">The encoding, or null for what the byte order mark says, else UTF-8.</param>
    /// <param name="cancellationToken">Ends the reading of the mark.</param>
    /// <returns>The text, and how many bytes of the file stand before its first byte.</returns>
    public static async ValueTask<(Stream Text, int MarkBytes)> DecodeAsync(Stream stream, Encoding? encoding, CancellationToken cancellationToken)
    {
        byte[] head = new byte[MarkLength];
        int length = await stream.ReadAtLeastAsync(head, MarkLength, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        (Encoding marked, int markLength) = Detect(head.AsSpan(0, length));
        encoding ??= marked;
        bool isUtf8 = encoding.CodePage == Encoding.UTF8.CodePage || encoding.CodePage == Encoding.ASCII.CodePage;
        int skipped = markLength > 0 && marked.CodePage == encoding.CodePage ? markLength : 0;
        var rest = new PrefixedStream(head.AsMemory(skipped, length - skipped), stream);
        return (isUtf8 ? rest : Encoding.CreateTranscodingStream(rest, encoding, new UTF8Encoding(false)), skipped);
    }

    private static (Encoding Encoding, int Length) Detect(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => (Encoding.UTF8, 3),
        [0xFF, 0xFE, 0, 0] => (Encoding.UTF32, 4),
        [0, 0, 0xFE, 0xFF] => (new UTF32Encoding(bigEndian: true, byteOrderMark: true), 4),
        [0xFF, 0xFE, ..] => (Encoding.Unicode, 2),
        [0xFE, 0xFF, ..] => (Encoding.BigEndianUnicode, 2),
        _ => (Encoding.UTF8, 0),
    };
}
