using System.Collections;
using System.Diagnostics.CodeAnalysis;
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
    private const string DefaultItemPath = "items";

    public static ApiExtract Extract(InvokeEtlApiCommand command)
    {
        HttpMethod method = Method(command);
        Uri uri = Address(command.Uri);
        ApiBody? body = null;
        if (IsQuery(command, method, out ApiBodyValue? query))
            uri = ApiAddress.With(uri, query.ToQuery());
        else
            body = Body(command);
        return new ApiExtract
        {
            Uri = uri,
            Method = method,
            Body = body,
            Range = Range(command),
            Connection = Connection(command),
            Calls = Calls(command),
            Paging = Paging(command),
            Format = new JsonFormat
            {
                Layout = (JsonLayout)command.Format,
                ItemPath = JsonPath.ParseItems(command.ItemPath ?? DefaultItemPath, nameof(command.ItemPath)),
                IsItemPathGuessed = command.ItemPath is null,
                ItemShape = (JsonItemShape)command.ItemShape,
                AllowsMissing = command.AllowMissingItems,
                KeyColumn = command.KeyColumn,
                RowColumns = command.RowColumn,
                Flatten = command.Flatten,
                DuplicateNames = (JsonDuplicateNames)command.DuplicateName,
                MaxItemBytes = command.MaxItemBytes,
            },
            Errors = command.ErrorPath is { } errors ? ApiErrorMembers.Parse(errors) : null,
            TellsRequests = command.TellsRequests,
            ResumeFrom = command.ResumeFrom?.Watermark,
        };
    }

    public static ApiEnrichment Enrichment(InvokeEtlApiCommand command)
    {
        HttpMethod method = Method(command);
        bool isQuery = IsQuery(command, method, out ApiBodyValue? query);
        return new ApiEnrichment
        {
            Uri = command.Uri,
            Query = query,
            Method = method,
            Body = isQuery ? null : Body(command),
            ResultColumn = command.ResultColumn,
            CacheSize = command.CacheSize,
            OnOutage = (OutageAction)command.OnOutage,
            Connection = Connection(command),
            Calls = Calls(command),
            Format = new JsonFormat
            {
                Flatten = command.Flatten,
                DuplicateNames = (JsonDuplicateNames)command.DuplicateName,
                ItemPath = command.ItemPath is { } path ? JsonPath.Parse(path, nameof(command.ItemPath)) : JsonPath.Root,
            },
            Errors = command.ErrorPath is { } errors ? ApiErrorMembers.Parse(errors) : ApiErrorMembers.GraphQL,
            TellsRequests = command.TellsRequests,
        };
    }

    private static ApiPaging Paging(InvokeEtlApiCommand command)
    {
        if (command.FollowRelLink && command.IsGiven(nameof(command.Pagination)) && command.Pagination != EtlApiPagination.Link)
            throw Invalid("-FollowRelLink means -Pagination Link. Leave one of them out.");
        return new ApiPaging
        {
            Pagination = command.FollowRelLink ? ApiPagination.Link : (ApiPagination)command.Pagination,
            NextPath = JsonPath.Parse(command.NextPath, nameof(command.NextPath)),
            NextHeader = command.NextHeader,
            IsNextGiven = command.FollowRelLink || command.IsGiven(nameof(command.Pagination)) || command.IsGiven(nameof(command.NextPath)) || command.IsGiven(nameof(command.NextHeader)),
            MorePath = command.MorePath is { } more ? JsonPath.Parse(more, nameof(command.MorePath)) : null,
            TotalPath = command.TotalPath is { } total ? JsonPath.Parse(total, nameof(command.TotalPath)) : null,
            Ends = (ApiEnds)command.EndWhen,
            PageParameter = command.PageParameter,
            FirstPage = command.FirstPage,
            PageSize = command.PageSize == 0 ? null : command.PageSize,
            PageSizeParameter = command.PageSizeParameter,
            InBody = command.ParametersInBody,
            KeptParameters = command.KeepParameter,
            MaxPages = command.MaxPages == 0 ? null : command.MaxPages,
        };
    }

    private static KeyValuePair<string, string>[] Range(InvokeEtlApiCommand command) =>
    [
        .. command.Since is null ? [] : new[] { KeyValuePair.Create(command.SinceParameter, OneValue(command.Since, "-Since")) },
        .. command.Until is null ? [] : new[] { KeyValuePair.Create(command.UntilParameter, OneValue(command.Until, "-Until")) },
    ];

    private static HttpMethod Method(InvokeEtlApiCommand command)
    {
        try
        {
            return HttpMethod.Parse(command.Method.ToUpperInvariant());
        }
        catch (FormatException)
        {
            throw Invalid($"-Method: '{command.Method}' is not an HTTP method.");
        }
    }

    /// <summary>What -Uri names.</summary>
    /// <exception cref="EtlException">It is not an address.</exception>
    public static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
            ? uri
            : throw Invalid("-Uri is not an address. It must begin with https:// or http:// and a host.");

    /// <summary>What a value is in a query: a time in UTC, as ISO 8601.</summary>
    private static string OneValue(object value, string parameter) => ValueUnwrapper.Unwrap(value) switch
    {
        string text => text,
        IEnumerable => throw Invalid($"{parameter} is a list. Give one value: where Get-EtlWatermark finds several watermarks of a name, choose one with its -Source."),
        var other => ApiAddress.TextOf(other),
    };

    /// <summary>Whether the body is a part of the query: a hashtable for a GET, as Invoke-RestMethod has it.</summary>
    private static bool IsQuery(InvokeEtlApiCommand command, HttpMethod method, [NotNullWhen(true)] out ApiBodyValue? query)
    {
        query = method == HttpMethod.Get && ContentTypeOf(command) is null && ValueUnwrapper.Unwrap(command.Body) is IDictionary members
            ? BodyValue(command, members)
            : null;
        query?.RequireForm();
        return query is not null;
    }

    private static ApiBody? Body(InvokeEtlApiCommand command) => ValueUnwrapper.Unwrap(command.Body) switch
    {
        null => null,
        byte[] bytes => ApiBody.OfBytes(bytes, ContentTypeOf(command)),
        string text => ApiBody.OfText(text, ContentTypeOf(command)),
        IDictionary members => ApiBody.OfValue(BodyValue(command, members), ContentTypeOf(command) ?? ApiBody.Form),
        object value and (IEnumerable or PSObject) => ApiBody.OfValue(BodyValue(command, value), ContentTypeOf(command) ?? ApiBody.Json),
        object other => throw Invalid($"-Body is an object of type {other.GetType().Name}. Use a text, a hashtable, a list, a custom object, or bytes."),
    };

    /// <summary>The value of a body. The session's redactor is told its SecureStrings, and texts whose members' names show that they are
    /// secrets.</summary>
    private static ApiBodyValue BodyValue(InvokeEtlApiCommand command, object value)
    {
        Redactor redactor = command.Context.Session.Redactor;
        var body = ApiBodyValue.Of(value, ValueUnwrapper.Simplify);
        foreach (string secret in body.Secrets)
            redactor.AddSecret(secret);
        foreach ((string name, string text) in body.NamedTexts)
            redactor.AddMember(name, text);
        return body;
    }

    /// <summary>The body's content type: a parameter's, or that of -Headers, as tables of headers have it.</summary>
    private static string? ContentTypeOf(InvokeEtlApiCommand command) => command.ContentType
        ?? Pairs(command.Headers).Where(header => IsContentType(header.Key)).Select(header => header.Value.Trim()).FirstOrDefault();

    private static bool IsContentType(string header) => string.Equals(header, "Content-Type", StringComparison.OrdinalIgnoreCase);

    private static ApiConnection Connection(InvokeEtlApiCommand command)
    {
        var session = new WebSessionReader(command.WebSession);
        KeyValuePair<string, string>[] headers = [.. Pairs(session.Headers).Concat(Pairs(command.Headers)).Where(header => !IsContentType(header.Key))];
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
            TrustedHosts = command.TrustedHost,
            StatusActions = StatusActions(command),
            HttpVersion = command.HttpVersion,
            Encoding = command.Encoding,
            Authorization = authorization,
            Credential = authorization is null ? command.Credential?.GetNetworkCredential() : null,
            UseDefaultCredentials = command.UseDefaultCredentials,
            SessionCredential = session.UseDefaultCredentials ? CredentialCache.DefaultCredentials : session.Credentials,
            Certificates = certificates,
            SkipCertificateCheck = command.SkipCertificateCheck,
            Proxy = command.Proxy is null ? session.Proxy : new WebProxy(command.Proxy) { Credentials = command.ProxyCredential?.GetNetworkCredential() },
            Cookies = session.Cookies,
            UserAgent = command.UserAgent ?? session.UserAgent ?? ApiConnection.DefaultUserAgent,
            ConnectionTimeout = TimeSpan.FromSeconds(command.ConnectionTimeoutSeconds),
            OperationTimeout = TimeSpan.FromSeconds(command.OperationTimeoutSeconds),
            MaxBodyBytes = command.MaxBodyBytes,
            RateLimit = command.RateLimit,
            Shares = command.Partition?.Count ?? 1,
            AllowCrossHost = command.AllowCrossHost,
            PreserveAuthorizationOnRedirect = command.PreserveAuthorizationOnRedirect,
            AllowUnencryptedAuthentication = command.AllowUnencryptedAuthentication,
        };
    }

    /// <summary>Tells the session's redactor every secret that goes out, since a service may send it back.</summary>
    private static void RememberSecrets(InvokeEtlApiCommand command, WebSessionReader session, IEnumerable<KeyValuePair<string, string>> headers)
    {
        Redactor redactor = command.Context.Session.Redactor;
        if (command.HttpClient is { } client)
            headers = headers.Concat(client.DefaultRequestHeaders.Select(header => KeyValuePair.Create(header.Key, string.Join(", ", header.Value))));
        RememberHeaders(redactor, headers, command.Headers);
        foreach (Cookie cookie in session.Cookies?.GetAllCookies() ?? [])
            redactor.AddCookie(cookie.Value);
        redactor.AddAddress(command.Uri);
        if (ValueUnwrapper.Unwrap(command.Body) is string text)
            redactor.AddText(text);
        foreach (SecureString? secret in new[] { command.Token, command.ClientSecret, command.RefreshToken, command.Credential?.Password, command.ProxyCredential?.Password })
            redactor.AddSecret(secret);
        foreach (ICredentials? credential in new[] { session.Credentials, session.Proxy?.Credentials })
            redactor.AddSecret((credential as NetworkCredential)?.Password);
    }

    /// <summary>Tells the redactor the secrets in headers: those that their names show, and every SecureString.</summary>
    /// <param name="redactor">The redactor.</param>
    /// <param name="sent">The headers as they are sent.</param>
    /// <param name="given">The headers as they were given, or null.</param>
    public static void RememberHeaders(Redactor redactor, IEnumerable<KeyValuePair<string, string>> sent, IDictionary? given)
    {
        foreach ((string name, string value) in sent)
            redactor.AddHeader(name, value);
        RememberSecureStrings(redactor, given);
    }

    private static void RememberSecureStrings(Redactor redactor, IDictionary? given)
    {
        foreach (DictionaryEntry entry in (given ?? new Hashtable()).Entries())
            redactor.AddSecret(ValueUnwrapper.Unwrap(entry.Value) as SecureString);
    }

    private static Dictionary<int, ApiStatusAction> StatusActions(InvokeEtlApiCommand command)
    {
        var actions = new Dictionary<int, ApiStatusAction>();
        foreach (DictionaryEntry entry in command.StatusAction.Entries())
        {
            if (!int.TryParse(Convert.ToString(entry.Key, CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out int status) || status is < 300 or > 599)
                throw Invalid($"-StatusAction: '{entry.Key}' is not a status from 300 to 599.");
            if (!Enum.TryParse(Convert.ToString(entry.Value, CultureInfo.InvariantCulture), ignoreCase: true, out ApiStatusAction action) || !Enum.IsDefined(action))
                throw Invalid($"-StatusAction: '{entry.Value}' for {status} is not one of {string.Join(", ", Enum.GetNames<ApiStatusAction>())}.");
            actions[status] = action;
        }
        return actions;
    }

    private static ApiAuthorization? Authorization(InvokeEtlApiCommand command)
    {
        if (command.TokenScript is not null)
            return command.Token is null && command.TokenUri is null ? ApiAuthorization.Of(command.AskForTokenAsync) : throw Invalid("-TokenScript gives the token: leave out -Token and -TokenUri.");
        switch (command.Authentication)
        {
            case EtlApiAuthentication.OAuth or EtlApiAuthentication.None when command.TokenUri is not null && command.Token is null:
                return Tokens(command, command.TokenUri);
            case EtlApiAuthentication.None when command.Token is not null:
                throw Invalid("-Token needs -Authentication Bearer.");
            case EtlApiAuthentication.None:
                return null;
            case EtlApiAuthentication.Basic:
                NetworkCredential basic = command.Credential?.GetNetworkCredential() ?? throw Invalid("-Authentication Basic needs -Credential.");
                return ApiAuthorization.Basic(command.Credential.UserName, basic.Password, command.Context.Session.Redactor);
            default:
                return ApiAuthorization.Bearer(TextOf(command.Token ?? throw Invalid(command.Authentication == EtlApiAuthentication.OAuth
                    ? "-Authentication OAuth needs -Token, or -TokenUri to fetch one."
                    : "-Authentication Bearer needs -Token or -TokenScript.")));
        }
    }

    private static ApiAuthorization Tokens(InvokeEtlApiCommand command, Uri tokenUri)
    {
        if (!tokenUri.IsAbsoluteUri || (tokenUri.Scheme != Uri.UriSchemeHttp && tokenUri.Scheme != Uri.UriSchemeHttps))
            throw Invalid("-TokenUri is not an address. It must begin with https:// and a host.");
        SecureString? secret = command.ClientSecret ?? command.Credential?.Password;
        KeyValuePair<string, string>[] members = [.. Pairs(command.TokenParameter)];
        RememberTokenMembers(command, members);
        bool isAsserted = members.Any(member => member.Key is "client_assertion" or "assertion");
        return ApiAuthorization.OAuth(new ApiTokenRequest
        {
            Uri = tokenUri,
            ClientId = command.ClientId ?? command.Credential?.UserName
                ?? (isAsserted && secret is null ? null : throw Invalid("-TokenUri needs -ClientId and -ClientSecret, or both as a -Credential.")),
            ClientSecret = secret is not null ? ApiAuthorization.RequireSecret(TextOf(secret), command.ClientSecret is null ? "The password of -Credential" : "-ClientSecret")
                : command.RefreshToken is not null || isAsserted ? null
                : throw Invalid("-ClientId needs -ClientSecret, or both as a -Credential, or a client_assertion in -TokenParameter."),
            InBody = command.ClientAuthentication == EtlApiClientAuthentication.Body,
            Scope = command.Scope,
            RefreshToken = command.RefreshToken is null ? null : ApiAuthorization.RequireSecret(TextOf(command.RefreshToken), "-RefreshToken"),
            Members = members,
            Redactor = command.Context.Session.Redactor,
        });
    }

    /// <summary>Tells the redactor the secrets in a request for a token: those that their names show, and every SecureString.</summary>
    private static void RememberTokenMembers(InvokeEtlApiCommand command, IEnumerable<KeyValuePair<string, string>> members)
    {
        Redactor redactor = command.Context.Session.Redactor;
        foreach ((string name, string value) in members)
            redactor.AddTokenMember(name, value);
        RememberSecureStrings(redactor, command.TokenParameter);
    }

    private static string TextOf(SecureString secret) => new NetworkCredential("", secret).Password;

    /// <summary>Headers as they are sent.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Pairs(IDictionary? headers) => (headers ?? new Hashtable()).Entries()
        .Select(header => KeyValuePair.Create(header.Key.ToString()!, HeaderText(ValueUnwrapper.Unwrap(header.Value))));

    /// <summary>The text of a header: a list has commas between, and a SecureString, as Get-Secret gives it, is what it holds.</summary>
    private static string HeaderText(object? value) => value switch
    {
        SecureString secret => TextOf(secret),
        IEnumerable list and not string => string.Join(", ", list.Cast<object?>().Select(item => HeaderText(ValueUnwrapper.Unwrap(item)))),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

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
