using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The HTTP clients of one transport: one for the service, and one without identity for other hosts.</summary>
internal sealed class ApiClients : IDisposable
{
    /// <summary>Connections are renewed after this time, so that a changed address is noticed.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    private readonly ApiConnection _connection;
    private readonly HttpClient _client;
    private readonly Lazy<HttpClient> _bare;

    public ApiClients(ApiConnection connection)
    {
        _connection = connection;
        _client = connection.Client ?? MakeClient(bare: false);
        _bare = new Lazy<HttpClient>(() => MakeClient(bare: true));
    }

    public void Dispose()
    {
        if (_connection.Client is null)
            _client.Dispose();
        if (_bare.IsValueCreated)
            _bare.Value.Dispose();
    }

    /// <summary>The client for a request. A ready-made client belongs to the caller, and is used for all hosts.</summary>
    public HttpClient Get(bool isTrusted) => isTrusted || _connection.Client is not null ? _client : _bare.Value;

    /// <summary>The proxy for an address; null for none, or if only the client's owner knows it.</summary>
    public Uri? ProxyOf(Uri uri)
    {
        IWebProxy? proxy = _connection.Client is not null ? null : _connection.Proxy ?? HttpClient.DefaultProxy;
        return proxy is null || proxy.IsBypassed(uri) ? null : proxy.GetProxy(uri);
    }

    /// <summary>The HTTP version: that of a ready-made client, else the caller's, else 2 if the service supports it.</summary>
    public void SetVersion(HttpRequestMessage message, HttpClient client)
    {
        bool isOwners = _connection.Client is not null && _connection.HttpVersion is null;
        // An NTLM handshake needs its own connection.
        bool isChallenged = _connection.Credential is not null || _connection.SessionCredential is not null || _connection.UseDefaultCredentials;
        message.Version = isOwners ? client.DefaultRequestVersion : _connection.HttpVersion ?? (isChallenged ? HttpVersion.Version11 : HttpVersion.Version20);
        // Without TLS, the version cannot be negotiated.
        bool isExact = _connection.HttpVersion is not null && message.RequestUri!.Scheme == Uri.UriSchemeHttp;
        message.VersionPolicy = isOwners ? client.DefaultVersionPolicy : isExact ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrLower;
    }

    [SuppressMessage("Security", "CA5359", Justification = "What -SkipCertificateCheck asks for.")]
    private HttpClient MakeClient(bool bare)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = _connection.KeepsEncoding ? DecompressionMethods.None : DecompressionMethods.All,
            PooledConnectionLifetime = ConnectionLife,
            UseCookies = !bare,
        };
        if (_connection.Proxy is not null)
            handler.Proxy = _connection.Proxy;
        if (_connection.SkipCertificateCheck)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (!bare)
        {
            handler.CookieContainer = _connection.Cookies ?? new CookieContainer();
            if (_connection.Certificates is not null)
                handler.SslOptions.ClientCertificates = _connection.Certificates;
            handler.Credentials = _connection.UseDefaultCredentials ? CredentialCache.DefaultCredentials : _connection.Credential ?? _connection.SessionCredential;
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
