using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The encodings that content types name.</summary>
internal static class ApiCharset
{
    /// <summary>What services write for UTF-8, or for nothing.</summary>
    private static readonly HashSet<string> NamesOfUtf8 = new(StringComparer.OrdinalIgnoreCase) { "utf8", "utf_8", "binary", "none" };

    /// <summary>The encoding that an answer declares; null for UTF-8, the encoding of JSON.</summary>
    /// <exception cref="ApiCallException">The encoding is unknown.</exception>
    public static Encoding? Of(HttpResponseMessage answer, string call)
    {
        string? charset = answer.Content.Headers.ContentType?.CharSet;
        if (string.IsNullOrEmpty(charset))
            return null;
        return TryFind(charset, out Encoding? encoding)
            ? encoding
            : throw ApiCallException.Refusal(FailureCodes.NotJson, $"{call} answered in the charset '{charset}', which is not known. Name the right one with -Encoding.");
    }

    /// <summary>Finds the encoding of a charset.</summary>
    public static bool TryFind(string charset, [NotNullWhen(true)] out Encoding? encoding)
    {
        charset = charset.Trim('"', '\'', ' ');
        try
        {
            encoding = charset.Length == 0 || NamesOfUtf8.Contains(charset) ? Encoding.UTF8 : CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
            return true;
        }
        catch (ArgumentException)
        {
            // .NET has no other way to ask whether it knows a name.
            encoding = null;
            return false;
        }
    }

    /// <summary>The body in UTF-8.</summary>
    public static Stream ToUtf8(Stream body, Encoding? encoding) =>
        encoding is null or UTF8Encoding or ASCIIEncoding ? body : Encoding.CreateTranscodingStream(body, encoding, Encoding.UTF8, leaveOpen: true);
}
