using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace EtlTools.Engine.Extract.Api;

/// <summary>The meaning of a status that is not a success.</summary>
internal enum ApiStatusAction
{
    /// <summary>There is nothing: an empty page, or no answer for the record.</summary>
    Null,

    /// <summary>Retry; the service is healthy.</summary>
    Retry,

    /// <summary>There are no more pages.</summary>
    End,

    /// <summary>The call has failed.</summary>
    Fail,
}

/// <summary>How to reach a service, and as whom. Immutable; the transport calls <see cref="Validate"/> once.</summary>
internal sealed record ApiConnection
{
    /// <summary>The default of <see cref="MaxBodyBytes"/>: 32 MiB.</summary>
    public const long DefaultMaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>The smallest <see cref="OwnRateLimit"/> that is one.</summary>
    private const double MinRateLimit = 1 / (30 * 86400.0);

    /// <summary>The default of <see cref="ConnectionTimeout"/> and <see cref="OperationTimeout"/>.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(100);

    /// <summary>The default of <see cref="UserAgent"/>.</summary>
    public static string DefaultUserAgent { get; } = $"EtlTools/{typeof(ApiConnection).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>A ready-made client, whose owner is responsible for its redirects, credentials and certificates. Null, the default, for a
    /// client that the transport creates.</summary>
    public HttpClient? Client { get; init; }

    /// <summary>Hosts that are trusted like the service, and get its headers, credentials and cookies: <c>host</c>, <c>host:port</c>, or
    /// with <c>http://</c> before it for a host that may be called over plain HTTP. Default none.</summary>
    public IReadOnlyList<string> TrustedHosts { get; init; } = [];

    /// <summary>The meaning of statuses that are not a success; others are failures. Default none.</summary>
    public IReadOnlyDictionary<int, ApiStatusAction> StatusActions { get; init; } = new Dictionary<int, ApiStatusAction>();

    /// <summary>The HTTP version; null, the default, for 2 over https if the service supports it, else 1.1.</summary>
    public Version? HttpVersion { get; init; }

    /// <summary>The encoding of answers; null, the default, for the one they declare, else UTF-8.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>Headers of every request. They are sent only to the service.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The caller's identity; null for none.</summary>
    public ApiAuthorization? Authorization { get; init; }

    /// <summary>Credentials for the service's challenge, such as Digest or NTLM; null for none.</summary>
    public ICredentials? Credential { get; init; }

    /// <summary>Whether the process's user answers the service's challenge. Default false.</summary>
    public bool UseDefaultCredentials { get; init; }

    /// <summary>Credentials for challenges from a web session, used if <see cref="Credential"/> is null; null for none. Whether they may be
    /// sent over plain HTTP was decided when the session was created.</summary>
    public ICredentials? SessionCredential { get; init; }

    /// <summary>Client certificates. Default none.</summary>
    public X509CertificateCollection? Certificates { get; init; }

    /// <summary>Whether any certificate of the service is accepted. Default false.</summary>
    public bool SkipCertificateCheck { get; init; }

    /// <summary>The proxy; null, the default, for the system's.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Cookies; null, the default, for those that the service sets during the run.</summary>
    public CookieContainer? Cookies { get; init; }

    /// <summary>The User-Agent header.</summary>
    public string UserAgent { get; init; } = DefaultUserAgent;

    /// <summary>How long the service may take to send the headers of its answer; zero for no limit. Default 100 s.</summary>
    public TimeSpan ConnectionTimeout { get; init => field = LimitOf(value); } = DefaultTimeout;

    /// <summary>How long the service may send nothing in the middle of an answer; zero for no limit. Default 100 s.</summary>
    public TimeSpan OperationTimeout { get; init => field = LimitOf(value); } = DefaultTimeout;

    /// <summary>The longest answer, in bytes after decompression. At least 1, default 32 MiB.</summary>
    public long MaxBodyBytes { get; init; } = DefaultMaxBodyBytes;

    /// <summary>Whether answers stay compressed as they were sent, so that offsets are the service's. Default false.</summary>
    public bool KeepsEncoding { get; init; }

    /// <summary>The largest number of requests per second, retries included; zero, the default, for no limit.</summary>
    public double RateLimit { get; init; }

    /// <summary>How many processes share that limit. At least 1, the default.</summary>
    public int Shares { get; init; } = 1;

    /// <summary>The largest number of requests per second of this process; zero for no limit.</summary>
    public double OwnRateLimit => RateLimit / Shares;

    /// <summary>Whether redirects and links to other hosts are followed, without credentials and headers. Default false.</summary>
    public bool AllowCrossHost { get; init; }

    /// <summary>Whether other hosts get the Authorization header nevertheless. Default false.</summary>
    public bool PreserveAuthorizationOnRedirect { get; init; }

    /// <summary>Whether credentials may be sent over plain HTTP. Default false.</summary>
    public bool AllowUnencryptedAuthentication { get; init; }

    /// <summary>Throws if the options cannot work with this address.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
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
        if (OwnRateLimit is > 0 and < MinRateLimit)
            throw Invalid("-RateLimit allows less than one call in 30 days. Write calls a second, or such as 5/s, 100/min, 5000/h or 10000/day.");
        return this with { Headers = ApiHeaders.Check(Headers), UserAgent = ApiHeaders.CheckValue(UserAgent, "-UserAgent") };
    }

    /// <summary>A timer cannot run longer than 49 days, and no call takes that long.</summary>
    private static TimeSpan LimitOf(TimeSpan timeout) => timeout.TotalMilliseconds < uint.MaxValue ? timeout : TimeSpan.Zero;

    /// <summary>Whether an address belongs to the service or to a host that is trusted like it.</summary>
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
