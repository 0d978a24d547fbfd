using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The HTTP clients of one transport: one for the service, and one without anything that shows who calls, for others.</summary>
internal sealed class ApiClients : IDisposable
{
    /// <summary>Connections are made again after this time, so that a changed address is noticed.</summary>
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

    /// <summary>The client to ask with. A ready-made one is its owner's responsibility, and asks everybody.</summary>
    public HttpClient Get(bool isTrusted) => isTrusted || _connection.Client is not null ? _client : _bare.Value;

    /// <summary>The proxy over which an address is asked; null for none, or where only the client's owner knows.</summary>
    public Uri? ProxyOf(Uri uri)
    {
        IWebProxy? proxy = _connection.Client is not null ? null : _connection.Proxy ?? HttpClient.DefaultProxy;
        return proxy is null || proxy.IsBypassed(uri) ? null : proxy.GetProxy(uri);
    }

    /// <summary>Chooses the version of HTTP: a ready-made client's own, the caller's, or 2 where the service speaks it.</summary>
    public void SetVersion(HttpRequestMessage message, HttpClient client)
    {
        bool isOwners = _connection.Client is not null && _connection.HttpVersion is null;
        // What answers challenges of NTLM needs a connection of its own.
        bool isChallenged = _connection.Credential is not null || _connection.SessionCredential is not null || _connection.UseDefaultCredentials;
        message.Version = isOwners ? client.DefaultRequestVersion : _connection.HttpVersion ?? (isChallenged ? HttpVersion.Version11 : HttpVersion.Version20);
        // Without TLS nobody asks which version the other one speaks.
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
