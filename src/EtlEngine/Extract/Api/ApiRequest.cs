using System.Globalization;

namespace EtlTools.Engine.Extract.Api;

/// <summary>One request, as often as it has to be sent.</summary>
/// <param name="Method">The method.</param>
/// <param name="Uri">The address.</param>
/// <param name="Shown">How messages call it: the method, and the address without values.</param>
/// <param name="Content">Makes its body; null for none.</param>
/// <param name="Prepare">Sets its own headers; null for none.</param>
internal sealed record ApiRequest(HttpMethod Method, Uri Uri, string Shown, Func<HttpContent>? Content = null, Action<HttpRequestMessage>? Prepare = null);

/// <summary>An answer that is taken, its body unread.</summary>
/// <param name="message">The answer's head.</param>
/// <param name="uri">Who answered in the end.</param>
/// <param name="body">The body, decompressed and within its limits.</param>
/// <param name="text">The body in UTF-8.</param>
/// <param name="action">What its status was said to mean, where it is not a success.</param>
/// <param name="told">Told at the end how many bytes there were.</param>
internal sealed class ApiResponse(HttpResponseMessage message, Uri uri, ApiBodyStream body, Stream text, ApiStatusAction? action, Action<long>? told) : IDisposable
{
    /// <summary>The answer's head.</summary>
    public HttpResponseMessage Message => message;

    /// <summary>Who answered in the end.</summary>
    public Uri Uri => uri;

    /// <summary>The body, decompressed, within its limits, in UTF-8.</summary>
    public Stream Body => text;

    /// <summary>The body within its limits, as it is.</summary>
    public ApiBodyStream Raw => body;

    /// <summary>What its status was said to mean, where it is not a success.</summary>
    public ApiStatusAction? Action => action;

    /// <summary>The body's type as the service names it.</summary>
    public string ContentType => message.Content.Headers.ContentType?.MediaType ?? "no content type";

    /// <summary>Whether the end of the body is known to be its end, and not that of a connection that broke.</summary>
    public bool IsDelimited => message.Content.Headers.ContentLength is not null || message.Headers.TransferEncodingChunked == true || message.Version.Major >= 2;

    /// <summary>How messages tell what came.</summary>
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
