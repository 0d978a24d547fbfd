using System.Text;

namespace EtlTools.Engine.Extract;

/// <summary>Detects a file's encoding and converts it to UTF-8.</summary>
internal static class TextEncoding
{
    /// <summary>What replaces invalid bytes in the conversion to UTF-8: a noncharacter, which no text contains, so that the record can be
    /// found and refused.</summary>
    public static ReadOnlySpan<byte> InvalidMark => "\uFFFF"u8;

    // The longer marks come first, because UTF-32's begins with UTF-16's.
    private static readonly Encoding[] Marked =
        [new UTF32Encoding(false, true), new UTF32Encoding(true, true), Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>Whether text is UTF-8 and invalid bytes are handled here; a copy of the encoding may replace them itself.</summary>
    public static bool IsUtf8(Encoding encoding) =>
        (encoding.GetType() == typeof(UTF8Encoding) || encoding.GetType() == Encoding.UTF8.GetType()) && !HasOwnFallback(encoding);

    /// <summary>A file's encoding: that of its byte order mark, else the given one, else UTF-16 if every other byte is zero, else
    /// UTF-8.</summary>
    /// <param name="head">The first four bytes of a file, or all if it has fewer.</param>
    /// <param name="given">The encoding that was given; null for none.</param>
    public static Encoding Detect(ReadOnlySpan<byte> head, Encoding? given)
    {
        foreach (Encoding encoding in Marked)
        {
            if (head.StartsWith(encoding.Preamble))
                return encoding;
        }
        return given
            ?? (head is [not 0, 0, not 0, 0, ..] ? Encoding.Unicode
            : head is [0, not 0, 0, not 0, ..] ? Encoding.BigEndianUnicode
            : Encoding.UTF8);
    }

    /// <summary>A UTF-8 stream over a stream in another encoding, which it leaves open.</summary>
    public static Stream ToUtf8(Stream stream, Encoding encoding)
    {
        if (HasOwnFallback(encoding))
            return Encoding.CreateTranscodingStream(stream, encoding, Encoding.UTF8, leaveOpen: true);
        var marking = (Encoding)encoding.Clone();
        marking.DecoderFallback = new DecoderReplacementFallback("\uFFFF");
        return Encoding.CreateTranscodingStream(stream, marking, Encoding.UTF8, leaveOpen: true);
    }

    /// <summary>Whether the caller has set a replacement for invalid bytes.</summary>
    private static bool HasOwnFallback(Encoding encoding) => encoding.DecoderFallback switch
    {
        DecoderExceptionFallback => false,
        DecoderReplacementFallback { DefaultString: "\uFFFD" or "?" } => false,
        var fallback => !fallback.Equals(CodePagesEncodingProvider.Instance.GetEncoding(encoding.CodePage)?.DecoderFallback),
    };
}
