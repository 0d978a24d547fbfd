using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Sends requests to one service. What shows who calls (headers, cookies, credentials, certificates) goes to that service
/// alone: another host is asked by a client that has none of it, and only where that was allowed.
/// </summary>
internal sealed class ApiTransport : IDisposable
{
    private const int MaxRedirects = 10;

    /// <summary>Connections are made anew after this time, so that a changed address is noticed.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    private readonly ApiConnection _connection;
    private readonly Uri _service;
    private readonly CallPacer _pacer;
    private readonly HttpClient _client;
    private readonly Lazy<HttpClient> _bare;
    private readonly bool _ownsClient;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <exception cref="EtlException">The options cannot work.</exception>
    public ApiTransport(ApiConnection connection, Uri service, TimeProvider time)
    {
        _connection = connection.Validate(service);
        _service = service;
        Time = time;
        _pacer = new CallPacer(connection.RateLimit, time);
        _ownsClient = connection.Client is null;
        _client = connection.Client ?? MakeClient(bare: false);
        _bare = new Lazy<HttpClient>(() => MakeClient(bare: true));
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    public void Dispose()
    {
        if (_ownsClient)
            _client.Dispose();
        if (_bare.IsValueCreated)
            _bare.Value.Dispose();
    }

    /// <summary>Sends a request and follows redirects.</summary>
    /// <exception cref="ApiCallException">It had no successful answer.</exception>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        ApiRequest current = request;
        bool renewed = false;
        for (int redirects = 0; ; redirects++)
        {
            bool isService = ApiAddress.IsSameParty(_service, current.Uri);
            if (!isService && !_connection.AllowCrossHost)
            {
                throw ApiCallException.Refusal(
                    FailureCodes.CrossHostRefused,
                    $"{request.Shown} leads to another host, {ApiAddress.Authority(current.Uri)}. If that is right, -AllowCrossHost follows it, without credentials and headers.");
            }
            AuthenticationHeaderValue? authorization = _connection.Authorization is { } who && (isService || _connection.PreserveAuthorizationOnRedirect)
                ? await who.GetAsync(this, cancellationToken).ConfigureAwait(false)
                : null;
            HttpResponseMessage answer = await SendOnceAsync(current, isService, authorization, cancellationToken).ConfigureAwait(false);
            try
            {
                if (answer.IsSuccessStatusCode)
                    return await OpenAsync(answer, current, request.Shown, cancellationToken).ConfigureAwait(false);
                if (NextHop(answer, current) is { } next && redirects < MaxRedirects)
                {
                    current = next;
                }
                else if (answer.StatusCode == HttpStatusCode.Unauthorized && !renewed && authorization is not null && _connection.Authorization!.Renew(authorization))
                {
                    renewed = true;
                }
                else
                {
                    ApiCallException failure = await FailureOfAsync(answer, request.Shown, cancellationToken).ConfigureAwait(false);
                    _pacer.Pause(failure.Verdict.RetryAfter);
                    throw failure;
                }
            }
            catch
            {
                answer.Dispose();
                throw;
            }
            answer.Dispose();
        }
    }

    /// <summary>Asks for a token: a small answer of another party.</summary>
    public async Task<byte[]> FetchTokenAsync(
        Uri uri, AuthenticationHeaderValue client, List<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        const int MaxTokenBytes = 1024 * 1024;
        var request = new ApiRequest(HttpMethod.Post, uri, $"POST {ApiAddress.Show(uri)}", () => new FormUrlEncodedContent(form));
        using HttpResponseMessage answer = await SendOnceAsync(request, isService: false, client, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccessStatusCode)
        {
            ApiCallException failure = await FailureOfAsync(answer, request.Shown, cancellationToken).ConfigureAwait(false);
            throw failure.Code == FailureCodes.ServiceUnavailable
                ? failure
                : new ApiCallException(failure.Verdict, FailureCodes.AuthenticationFailed, $"{failure.Message} Check -ClientId, its secret, and -Scope.") { Status = failure.Status, Detail = failure.Detail };
        }
        Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var all = new MemoryStream();
        await new ApiBodyStream(body, MaxTokenBytes, _connection.OperationTimeout, Time, request.Shown).CopyToAsync(all, cancellationToken).ConfigureAwait(false);
        return all.ToArray();
    }

    /// <summary>Where a redirect leads. As browsers do it, what is not repeated as it was becomes a GET.</summary>
    private static ApiRequest? NextHop(HttpResponseMessage answer, ApiRequest current)
    {
        if (answer.Headers.Location is not { } location || !IsRedirect(answer.StatusCode))
            return null;
        Uri target = location.IsAbsoluteUri ? location : new Uri(current.Uri, location);
        if (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps)
            return null;
        bool repeats = answer.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            || current.Method == HttpMethod.Get || current.Method == HttpMethod.Head;
        return repeats ? current with { Uri = target } : current with { Uri = target, Method = HttpMethod.Get, Content = null };
    }

    private async ValueTask<ApiCallException> FailureOfAsync(HttpResponseMessage answer, string shown, CancellationToken cancellationToken) =>
        ApiErrors.OfStatus(answer, shown, await ApiDetail.ReadAsync(answer, Time, cancellationToken).ConfigureAwait(false), Time);

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private async Task<HttpResponseMessage> SendOnceAsync(
        ApiRequest request, bool isService, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        await _pacer.WaitAsync(cancellationToken).ConfigureAwait(false);
        using HttpRequestMessage message = MakeMessage(request, isService, authorization);
        using var timer = _connection.ConnectionTimeout == TimeSpan.Zero
            ? new CancellationTokenSource()
            : new CancellationTokenSource(_connection.ConnectionTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        HttpClient client = isService || !_ownsClient ? _client : _bare.Value;
        try
        {
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiCallException.Outage(
                "Timeout", string.Create(CultureInfo.InvariantCulture, $"{request.Shown}: no answer within {_connection.ConnectionTimeout.TotalSeconds:0.###} s (-ConnectionTimeoutSeconds)."), e);
        }
        catch (HttpRequestException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiErrors.OfRequest(e, request.Uri, request.Shown);
        }
    }

    private HttpRequestMessage MakeMessage(ApiRequest request, bool isService, AuthenticationHeaderValue? authorization)
    {
        var message = new HttpRequestMessage(request.Method, request.Uri) { Content = request.Content?.Invoke() };
        message.Headers.TryAddWithoutValidation("Accept", "application/json, */*;q=0.5");
        if (_ownsClient)
            message.Headers.TryAddWithoutValidation("User-Agent", _connection.UserAgent);
        foreach ((string name, string value) in isService ? _connection.Headers : [])
        {
            message.Headers.Remove(name);
            if (!message.Headers.TryAddWithoutValidation(name, value) && message.Content is { } content)
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        if (authorization is not null)
            message.Headers.Authorization = authorization;
        return message;
    }

    private async ValueTask<ApiResponse> OpenAsync(HttpResponseMessage answer, ApiRequest current, string shown, CancellationToken cancellationToken)
    {
        Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return new ApiResponse(answer, current.Uri, new ApiBodyStream(body, _connection.MaxBodyBytes, _connection.OperationTimeout, Time, shown));
    }

    [SuppressMessage("Security", "CA5359", Justification = "What -SkipCertificateCheck asks for.")]
    private HttpClient MakeClient(bool bare)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            PooledConnectionLifetime = ConnectionLife,
            UseCookies = !bare && _connection.Cookies is not null,
        };
        if (_connection.Proxy is not null)
            handler.Proxy = _connection.Proxy;
        if (_connection.SkipCertificateCheck)
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        if (!bare)
        {
            if (_connection.Cookies is not null)
                handler.CookieContainer = _connection.Cookies;
            if (_connection.Certificates is not null)
                handler.SslOptions.ClientCertificates = _connection.Certificates;
            handler.Credentials = _connection.UseDefaultCredentials ? CredentialCache.DefaultCredentials : _connection.Credential ?? _connection.SessionCredential;
        }
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
