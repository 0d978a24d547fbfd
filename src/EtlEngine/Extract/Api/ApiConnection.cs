using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What a status that is not a success means.</summary>
internal enum ApiStatusAction
{
    /// <summary>There is nothing: an empty page, or no answer for the record.</summary>
    Null,

    /// <summary>Try again; the service is well.</summary>
    Retry,

    /// <summary>There are no more pages.</summary>
    End,

    /// <summary>The call has failed.</summary>
    Fail,
}

/// <summary>How a service is reached, and as whom. Immutable; <see cref="Validate"/> is called once, by the transport.</summary>
internal sealed record ApiConnection
{
    /// <summary>The default of <see cref="MaxBodyBytes"/>: 32 MiB.</summary>
    public const long DefaultMaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>The default of <see cref="ConnectionTimeout"/> and <see cref="OperationTimeout"/>.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    /// <summary>The default of <see cref="UserAgent"/>.</summary>
    public static string DefaultUserAgent { get; } = $"EtlTools/{typeof(ApiConnection).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>A ready-made client to send with; its redirects, credentials and certificates are then its owner's responsibility. Null,
    /// the default, for one that the transport makes.</summary>
    public HttpClient? Client { get; init; }

    /// <summary>Hosts that are trusted as the service is, and get its headers, credentials and cookies: <c>host</c>, <c>host:port</c>, or with
    /// <c>http://</c> before it for one that may be asked over plain HTTP. Default none.</summary>
    public IReadOnlyList<string> TrustedHosts { get; init; } = [];

    /// <summary>What statuses mean that are not a success; others are failures. Default none.</summary>
    public IReadOnlyDictionary<int, ApiStatusAction> StatusActions { get; init; } = new Dictionary<int, ApiStatusAction>();

    /// <summary>The version of HTTP; null, the default, for 2 over https where the service speaks it, else 1.1.</summary>
    public Version? HttpVersion { get; init; }

    /// <summary>The encoding of answers; null, the default, for what they say, else UTF-8.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>Headers of every request. They are sent to the service and to nobody else.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Says who calls; null for nobody.</summary>
    public ApiAuthorization? Authorization { get; init; }

    /// <summary>What answers the service's challenge, such as a user and password for Digest or NTLM; null for none.</summary>
    public ICredentials? Credential { get; init; }

    /// <summary>Whether the user of the process answers the service's challenge. Default false.</summary>
    public bool UseDefaultCredentials { get; init; }

    /// <summary>What answers challenges in a web session, where <see cref="Credential"/> is null; null for none. That it may go over
    /// plain HTTP was settled where the session was made.</summary>
    public ICredentials? SessionCredential { get; init; }

    /// <summary>Certificates that show who calls. Default none.</summary>
    public X509CertificateCollection? Certificates { get; init; }

    /// <summary>Whether any certificate of the service is good enough. Default false.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>The proxy; null, the default, for the system's.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Cookies; null, the default, for those that the service sets during the run.</summary>
    public CookieContainer? Cookies { get; init; }

    /// <summary>What the caller calls itself.</summary>
    public string UserAgent { get; init; } = DefaultUserAgent;

    /// <summary>How long the service may take to answer with its headers; zero for no limit. Default 100 s.</summary>
    public TimeSpan ConnectionTimeout { get; init; } = DefaultTimeout;

    /// <summary>How long the service may be silent in the middle of an answer; zero for no limit. Default 100 s.</summary>
    public TimeSpan OperationTimeout { get; init; } = DefaultTimeout;

    /// <summary>The longest answer, in bytes after decompression. At least 1, default 32 MiB.</summary>
    public long MaxBodyBytes { get; init; } = DefaultMaxBodyBytes;

    /// <summary>Whether answers are left as they were compressed on the way, so that offsets in them are the service's. Default false.</summary>
    public bool KeepsEncoding { get; init; }

    /// <summary>Requests a second at most, retries included; zero, the default, for no limit.</summary>
    public double RateLimit { get; init; }

    /// <summary>How many processes keep the limit together, each a part of it. At least 1, the default.</summary>
    public int Shares { get; init; } = 1;

    /// <summary>Requests a second of this process at most; zero for no limit.</summary>
    public double OwnRateLimit => RateLimit / Shares;

    /// <summary>Whether redirects and links to other hosts are followed, without credentials and headers. Default false.</summary>
    public bool AllowCrossHost { get; init; }

    /// <summary>Whether another host gets the Authorization header after all. Default false.</summary>
    public bool PreserveAuthorizationOnRedirect { get; init; }

    /// <summary>Whether credentials may go over plain HTTP. Default false.</summary>
    public bool AllowUnencryptedAuthentication { get; init; }

    /// <summary>Throws when the options cannot work with this address.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public ApiConnection Validate(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        CheckEncryption(uri, "-Uri");
        if (Authorization?.TokenUri is { } token)
            CheckEncryption(token, "-TokenUri");
        if (MaxBodyBytes < 1)
            throw Invalid("-MaxBodyBytes must be at least 1.");
        if (RateLimit < 0 || !double.IsFinite(RateLimit))
            throw Invalid("-RateLimit must not be negative.");
        return this with { Headers = ApiHeaders.Check(Headers), UserAgent = ApiHeaders.CheckValue(UserAgent, "-UserAgent") };
    }

    /// <summary>Whether an address is the service's, or one that is trusted like it.</summary>
    public bool IsTrusted(Uri service, Uri uri) => ApiAddress.IsSameParty(service, uri) || TrustedHosts.Any(host => IsHost(host, uri));

    private static bool IsHost(string host, Uri uri)
    {
        string scheme = host.StartsWith("http://", StringComparison.OrdinalIgnoreCase) ? Uri.UriSchemeHttp : Uri.UriSchemeHttps;
        return Uri.TryCreate(host.Contains("://", StringComparison.Ordinal) ? host : $"{scheme}://{host}", UriKind.Absolute, out Uri? trusted)
            && trusted.Scheme == uri.Scheme && trusted.Port == uri.Port && string.Equals(trusted.IdnHost, uri.IdnHost, StringComparison.OrdinalIgnoreCase);
    }

    private void CheckEncryption(Uri uri, string parameter)
    {
        bool authenticates = Authorization is not null || Credential is not null || UseDefaultCredentials;
        if (authenticates && uri.Scheme != Uri.UriSchemeHttps && !AllowUnencryptedAuthentication)
        {
            throw Invalid(
                $"{parameter}: the address begins with {uri.Scheme}://, and credentials would be sent unencrypted. Use https, or -AllowUnencryptedAuthentication if you accept that.");
        }
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
