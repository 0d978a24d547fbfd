using System.Text;

namespace EtlTools.Engine.Extract.Api;

/// <summary>Reads answers in other encodings than UTF-8.</summary>
internal static class ApiCharset
{
    /// <summary>The encoding that an answer declares; null for UTF-8, the encoding of JSON.</summary>
    /// <exception cref="ApiCallException">The encoding is unknown.</exception>
    public static Encoding? Of(HttpResponseMessage answer, string call)
    {
        string? charset = answer.Content.Headers.ContentType?.CharSet?.Trim('"', '\'', ' ');
        if (string.IsNullOrEmpty(charset))
            return null;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (ArgumentException e)
        {
            throw ApiCallException.Refusal(FailureCodes.NotJson, $"{call} answered in the charset '{charset}', which is not known. Name the right one with -Encoding.", e);
        }
    }

    /// <summary>The body in UTF-8.</summary>
    public static Stream ToUtf8(Stream body, Encoding? encoding) =>
        encoding is null or UTF8Encoding or ASCIIEncoding ? body : Encoding.CreateTranscodingStream(body, encoding, Encoding.UTF8, leaveOpen: true);
}
