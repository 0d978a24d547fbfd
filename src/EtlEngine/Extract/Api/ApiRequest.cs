namespace EtlTools.Engine.Extract.Api;

/// <summary>One request, as often as it has to be sent.</summary>
/// <param name="Method">The method.</param>
/// <param name="Uri">The address.</param>
/// <param name="Shown">How messages call it: the method, and the address without values.</param>
/// <param name="Content">Makes its body; null for none.</param>
internal sealed record ApiRequest(HttpMethod Method, Uri Uri, string Shown, Func<HttpContent>? Content = null);

/// <summary>A successful answer, its body unread.</summary>
internal sealed class ApiResponse(HttpResponseMessage message, Uri uri, Stream body) : IDisposable
{
    /// <summary>The answer's head.</summary>
    public HttpResponseMessage Message => message;

    /// <summary>Who answered in the end.</summary>
    public Uri Uri => uri;

    /// <summary>The body, decompressed and within its limits.</summary>
    public Stream Body => body;

    /// <summary>The body's type as the service names it.</summary>
    public string ContentType => message.Content.Headers.ContentType?.MediaType ?? "no content type";

    public void Dispose() => message.Dispose();
}
