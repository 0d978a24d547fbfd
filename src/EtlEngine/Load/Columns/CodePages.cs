using System.Text;

namespace EtlTools.Engine.Load;

/// <summary>Encodings of databases that lack characters.</summary>
internal static class CodePages
{
    private const int Latin1 = 28591;
    private const int Utf8 = 65001;

    /// <summary>The encoding of a code page, which reports missing characters instead of replacing them; null if the page is not known.</summary>
    public static Encoding? Of(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback)
        ?? (codePage is Latin1 or Utf8 ? Encoding.GetEncoding(codePage, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback) : null);

    /// <summary>The bytes that a text has in such an encoding; null if it lacks a character of the text.</summary>
    public static int? CountBytes(Encoding encoding, string text)
    {
        try
        {
            return encoding.GetByteCount(text);
        }
        catch (EncoderFallbackException)
        {
            return null;
        }
    }
}
