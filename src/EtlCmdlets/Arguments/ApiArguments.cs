using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using EtlTools.Engine;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Makes the engine's options of the parameters of Invoke-EtlApi.</summary>
internal static class ApiArguments
{
    public static ApiExtract Extract(InvokeEtlApiCommand command)
    {
        HttpMethod method = Method(command);
        Uri uri = Address(command);
        if (TextOf(command.Since) is { } since)
            uri = ApiAddress.With(uri, command.SinceParameter, since);
        if (TextOf(command.Until) is { } until)
            uri = ApiAddress.With(uri, command.UntilParameter, until);
        ApiBody? body = Body(command, method, ref uri);
        return new ApiExtract
        {
            Uri = uri,
            Method = method,
            Content = body is null ? null : body.ToContent,
            Connection = Connection(command),
            Calls = Calls(command),
            Paging = new ApiPaging
            {
                Pagination = (ApiPagination)command.Pagination,
                NextPath = JsonPath.Parse(command.NextPath, nameof(command.NextPath)),
                PageParameter = command.PageParameter,
                PageSize = command.PageSize == 0 ? null : command.PageSize,
                PageSizeParameter = command.PageSizeParameter,
                MaxPages = command.MaxPages == 0 ? null : command.MaxPages,
            },
            Format = new JsonFormat
            {
                Layout = (JsonLayout)command.Format,
                ItemPath = JsonPath.Parse(command.ItemPath, nameof(command.ItemPath)),
                Flatten = command.Flatten,
                MaxItemBytes = command.MaxItemBytes,
            },
            ResumeFrom = command.ResumeFrom?.Watermark,
        };
    }

    public static ApiEnrichment Enrichment(InvokeEtlApiCommand command)
    {
        HttpMethod method = Method(command);
        return new ApiEnrichment
        {
            Uri = command.Uri,
            Method = method,
            Body = Body(command),
            ResultColumn = command.ResultColumn,
            CacheSize = command.CacheSize,
            OnOutage = (OutageAction)command.OnOutage,
            Connection = Connection(command),
            Calls = Calls(command),
            Format = new JsonFormat { Flatten = command.Flatten },
        };
    }

    private static HttpMethod Method(InvokeEtlApiCommand command)
    {
        try
        {
            return HttpMethod.Parse(command.Method.ToUpperInvariant());
        }
        catch (FormatException)
        {
            throw Invalid($"-Method: '{command.Method}' is no HTTP method.");
        }
    }

    private static Uri Address(InvokeEtlApiCommand command) =>
        Uri.TryCreate(command.Uri, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? uri
            : throw Invalid("-Uri is no address. It must begin with https:// or http:// and a host.");

    /// <summary>What a value is in a query: a time in UTC, as ISO 8601 has it.</summary>
    private static string? TextOf(object? value) => ValueUnwrapper.Unwrap(value) switch
    {
        null => null,
        DateTime time => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
        object other => Convert.ToString(other, CultureInfo.InvariantCulture),
    };

    /// <summary>The body; a hashtable for a GET is a part of the query, as Invoke-RestMethod has it.</summary>
    private static ApiBody? Body(InvokeEtlApiCommand command, HttpMethod method, ref Uri uri)
    {
        if (ValueUnwrapper.Unwrap(command.Body) is not IDictionary members || method != HttpMethod.Get)
            return Body(command);
        foreach (DictionaryEntry member in members)
            uri = ApiAddress.With(uri, member.Key.ToString()!, TextOf(member.Value) ?? "");
        return null;
    }

    private static ApiBody? Body(InvokeEtlApiCommand command) => ValueUnwrapper.Unwrap(command.Body) switch
    {
        null => null,
        byte[] bytes => ApiBody.OfBytes(bytes, command.ContentType),
        string text => ApiBody.OfText(text, command.ContentType),
        IDictionary members => ApiBody.OfMembers(
            members.Entries().Select(member => KeyValuePair.Create(member.Key.ToString()!, TextOf(member.Value) ?? "")), command.ContentType),
        object other => throw Invalid($"-Body is an object of type {other.GetType().Name}. Use a text, such as ConvertTo-Json gives, a hashtable, or bytes."),
    };

    private static ApiConnection Connection(InvokeEtlApiCommand command)
    {
        var session = new WebSessionReader(command.WebSession);
        KeyValuePair<string, string>[] headers = [.. Pairs(session.Headers).Concat(Pairs(command.Headers))];
        RememberSecrets(command, session, headers);
        ApiAuthorization? authorization = Authorization(command);
        if (command.ProxyCredential is not null && command.Proxy is null)
            throw Invalid("-ProxyCredential needs -Proxy.");
        if (command.UseDefaultCredentials && (command.Authentication != EtlApiAuthentication.None || command.Credential is not null))
            throw Invalid("-UseDefaultCredentials cannot be used together with -Authentication or -Credential.");
        X509CertificateCollection? certificates = command.Certificate is null ? session.Certificates : new X509CertificateCollection { command.Certificate };
        return new ApiConnection
        {
            Client = command.HttpClient,
            Headers = headers,
            Authorization = authorization,
            Credential = authorization is null ? command.Credential?.GetNetworkCredential() : null,
            UseDefaultCredentials = command.UseDefaultCredentials,
            SessionCredential = session.UseDefaultCredentials ? CredentialCache.DefaultCredentials : session.Credentials,
            Certificates = certificates,
            SkipCertificateCheck = command.SkipCertificateCheck,
            Proxy = command.Proxy is null ? session.Proxy : new WebProxy(command.Proxy) { Credentials = command.ProxyCredential?.GetNetworkCredential() },
            Cookies = session.Cookies,
            UserAgent = session.UserAgent ?? ApiConnection.DefaultUserAgent,
            ConnectionTimeout = TimeSpan.FromSeconds(command.ConnectionTimeoutSeconds),
            OperationTimeout = TimeSpan.FromSeconds(command.OperationTimeoutSeconds),
            MaxBodyBytes = command.MaxBodyBytes,
            RateLimit = command.RateLimit,
            AllowCrossHost = command.AllowCrossHost,
            PreserveAuthorizationOnRedirect = command.PreserveAuthorizationOnRedirect,
            AllowUnencryptedAuthentication = command.AllowUnencryptedAuthentication,
        };
    }

    /// <summary>Tells the session's redactor every secret that goes out, since a service may send it back.</summary>
    private static void RememberSecrets(InvokeEtlApiCommand command, WebSessionReader session, IEnumerable<KeyValuePair<string, string>> headers)
    {
        // A value that a web page keeps in a cookie, such as "true", is no secret and would garble messages.
        const int shortestCookie = 8;
        Redactor redactor = command.Context.Session.Redactor;
        if (command.HttpClient is { } client)
            headers = headers.Concat(client.DefaultRequestHeaders.Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value))));
        foreach ((_, string value) in headers.Where(header => Redactor.NamesSecret(header.Key)))
        {
            redactor.AddSecret(value);
            // Without the scheme, as in "Bearer …".
            redactor.AddSecret(value[(value.LastIndexOf(' ') + 1)..]);
        }
        foreach (Cookie cookie in session.Cookies?.GetAllCookies() ?? [])
            redactor.AddSecret(cookie.Value.Length < shortestCookie ? null : cookie.Value);
        foreach (SecureString? secret in new[] { command.Token, command.ClientSecret, command.Credential?.Password, command.ProxyCredential?.Password })
            redactor.AddSecret(secret);
        foreach (ICredentials? credential in new[] { session.Credentials, session.Proxy?.Credentials })
            redactor.AddSecret((credential as NetworkCredential)?.Password);
    }

    private static ApiAuthorization? Authorization(InvokeEtlApiCommand command)
    {
        switch (command.Authentication)
        {
            case EtlApiAuthentication.None when command.Token is not null:
                throw Invalid("-Token needs -Authentication Bearer.");
            case EtlApiAuthentication.None when command.TokenUri is not null:
                throw Invalid("-TokenUri needs -Authentication OAuth.");
            case EtlApiAuthentication.None:
                return null;
            case EtlApiAuthentication.Basic:
                NetworkCredential basic = command.Credential?.GetNetworkCredential() ?? throw Invalid("-Authentication Basic needs -Credential.");
                return ApiAuthorization.Basic(command.Credential.UserName, basic.Password, command.Context.Session.Redactor);
            case EtlApiAuthentication.OAuth when command.TokenUri is not null && command.Token is null:
                return ClientCredentials(command, command.TokenUri);
            default:
                return ApiAuthorization.Bearer(TextOf(command.Token ?? throw Invalid(command.Authentication == EtlApiAuthentication.OAuth
                    ? "-Authentication OAuth needs -Token, or -TokenUri to fetch one."
                    : "-Authentication Bearer needs -Token.")));
        }
    }

    private static ApiAuthorization ClientCredentials(InvokeEtlApiCommand command, Uri tokenUri)
    {
        if (!tokenUri.IsAbsoluteUri || (tokenUri.Scheme != Uri.UriSchemeHttp && tokenUri.Scheme != Uri.UriSchemeHttps))
            throw Invalid("-TokenUri is no address. It must begin with https:// and a host.");
        string id = command.ClientId ?? command.Credential?.UserName ?? throw Invalid("-TokenUri needs -ClientId and -ClientSecret, or both as a -Credential.");
        string secret = TextOf(command.ClientSecret ?? command.Credential?.Password ?? throw Invalid("-ClientId needs -ClientSecret, or both as a -Credential."));
        return ApiAuthorization.ClientCredentials(tokenUri, id, secret, command.Scope, command.Context.Session.Redactor);
    }

    private static string TextOf(SecureString secret) => new NetworkCredential("", secret).Password;

    private static IEnumerable<KeyValuePair<string, string>> Pairs(IDictionary? headers) => (headers ?? new Hashtable()).Entries()
        .Select(header => KeyValuePair.Create(header.Key.ToString()!, Convert.ToString(ValueUnwrapper.Unwrap(header.Value), CultureInfo.InvariantCulture) ?? ""));

    private static ApiCallOptions Calls(InvokeEtlApiCommand command) => new()
    {
        MaxAttempts = command.MaximumRetryCount + 1,
        BaseDelay = TimeSpan.FromMilliseconds(command.RetryBaseDelayMs),
        MaxDelay = TimeSpan.FromSeconds(command.RetryMaxDelaySec),
        MaxRetryAfter = TimeSpan.FromSeconds(command.MaxRetryAfterSec),
        OutageBudget = TimeSpan.FromSeconds(command.OutageBudgetSec),
        Breaker = new BreakerOptions { Threshold = command.BreakerThreshold, Cooldown = TimeSpan.FromSeconds(command.BreakerCooldownSec) },
    };

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);
}
