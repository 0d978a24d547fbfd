using System.Text;

namespace EtlTools.Engine.Extract.Csv;

/// <summary>Finds a file's encoding and turns it into UTF-8.</summary>
internal static class CsvEncoding
{
    /// <summary>What bytes that are no text become on their way to UTF-8: a noncharacter, which no text holds, so that the
    /// record they stand in can be found and refused.</summary>
    public static ReadOnlySpan<byte> InvalidMark => "\uFFFF"u8;

    // The longer marks come first: UTF-32's begins with UTF-16's.
    private static readonly Encoding[] Marked =
        [new UTF32Encoding(false, true), new UTF32Encoding(true, true), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    public static bool IsUtf8(Encoding encoding) => encoding.CodePage == Encoding.UTF8.CodePage;

    /// <summary>The encoding that a byte order mark tells, UTF-8 where there is none.</summary>
    /// <param name="head">The first four bytes of a file, or all it has.</param>
    public static Encoding Detect(ReadOnlySpan<byte> head)
    {
        foreach (Encoding encoding in Marked)
        {
            if (head.StartsWith(encoding.Preamble))
                return encoding;
        }
        return Encoding.UTF8;
    }

    /// <summary>A stream of UTF-8 over one of another encoding, which it leaves open.</summary>
    public static Stream ToUtf8(Stream stream, Encoding encoding)
    {
        var marking = (Encoding)encoding.Clone();
        marking.DecoderFallback = new DecoderReplacementFallback("\uFFFF");
        return Encoding.CreateTranscodingStream(stream, marking, Encoding.UTF8, leaveOpen: true);
    }
}
