using System.Globalization;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A request that can be sent repeatedly.</summary>
/// <param name="Method">The method.</param>
/// <param name="Uri">The address.</param>
/// <param name="Shown">The request in messages: the method, and the address without values.</param>
/// <param name="Content">Creates its body; null for none.</param>
/// <param name="Prepare">Sets its own headers; null for none.</param>
internal sealed record ApiRequest(HttpMethod Method, Uri Uri, string Shown, Func<HttpContent>? Content = null, Action<HttpRequestMessage>? Prepare = null);

/// <summary>An accepted answer whose body is unread.</summary>
/// <param name="message">The answer's head.</param>
/// <param name="uri">The address that finally answered.</param>
/// <param name="body">The body, decompressed and within its limits.</param>
/// <param name="text">The body in UTF-8.</param>
/// <param name="action">The declared meaning of its status, if that is not a success.</param>
/// <param name="told">Called at the end with the number of bytes.</param>
internal sealed class ApiResponse(HttpResponseMessage message, Uri uri, ApiBodyStream body, Stream text, ApiStatusAction? action, Action<long>? told) : IDisposable
{
    /// <summary>The answer's head.</summary>
    public HttpResponseMessage Message => message;

    /// <summary>The address that finally answered.</summary>
    public Uri Uri => uri;

    /// <summary>The body, decompressed, within its limits, in UTF-8.</summary>
    public Stream Body => text;

    /// <summary>The body within its limits, unchanged.</summary>
    public ApiBodyStream Raw => body;

    /// <summary>The declared meaning of its status, if that is not a success.</summary>
    public ApiStatusAction? Action => action;

    /// <summary>The content type of the body.</summary>
    public string ContentType => message.Content.Headers.ContentType?.MediaType ?? "no content type";

    /// <summary>Whether the end of the body is certain, rather than a broken connection.</summary>
    public bool IsDelimited => message.Content.Headers.ContentLength is not null || message.Headers.TransferEncodingChunked == true || message.Version.Major >= 2;

    /// <summary>The answer in messages.</summary>
    public string Describe(string call)
    {
        string unread = message.Content.Headers.ContentEncoding.Count > 0 ? $", in the encoding '{string.Join(", ", message.Content.Headers.ContentEncoding)}', which is not known," : "";
        return string.Create(CultureInfo.InvariantCulture, $"{call} answered {(int)message.StatusCode} with {ContentType}{unread}");
    }

    public void Dispose()
    {
        told?.Invoke(body.Count);
        message.Dispose();
    }
}
