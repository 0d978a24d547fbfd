using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Sends requests to one service. Identity (headers, cookies, credentials, certificates) is sent only to that service and to hosts that are
/// trusted like it. Other hosts are called only if allowed, by a client without identity.
/// </summary>
internal sealed class ApiTransport : IDisposable
{
    private const int MaxRedirects = 10;

    private readonly ApiConnection _connection;
    private readonly Uri _service;
    private readonly CallPacer _pacer;
    private readonly ApiClients _clients;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <exception cref="EtlException">The options cannot work.</exception>
    public ApiTransport(ApiConnection connection, Uri service, TimeProvider time)
    {
        _connection = connection.Validate(service);
        _service = service;
        Time = time;
        _pacer = new CallPacer(connection.OwnRateLimit, time);
        _clients = new ApiClients(_connection);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Fetches tokens with retries; null if the service issues its tokens itself.</summary>
    public ApiTokenCalls? TokenCalls { get; init; }

    /// <summary>Called after each request; null for nobody.</summary>
    public Action<string>? Told { get; init; }

    public void Dispose() => _clients.Dispose();

    /// <summary>Sends a request and follows redirects.</summary>
    /// <exception cref="ApiCallException">There was no successful answer.</exception>
    public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        ApiRequest current = request;
        bool renewed = false;
        for (int redirects = 0; ; redirects++)
        {
            bool isTrusted = _connection.IsTrusted(_service, current.Uri);
            if (!isTrusted && !_connection.AllowCrossHost)
                throw OfAnotherParty(request, current.Uri);
            AuthenticationHeaderValue? authorization = _connection.Authorization is { } who && (isTrusted || _connection.PreserveAuthorizationOnRedirect)
                ? await who.GetAsync(this, cancellationToken).ConfigureAwait(false)
                : null;
            long began = Time.GetTimestamp();
            HttpResponseMessage answer = await SendOnceAsync(current, isTrusted, authorization, cancellationToken).ConfigureAwait(false);
            try
            {
                if (answer.IsSuccessStatusCode)
                    return await OpenAsync(answer, current, null, request.Shown, began, cancellationToken).ConfigureAwait(false);
                Tell(request.Shown, answer, null, began);
                if (NextHop(answer, current) is { } next)
                    current = redirects < MaxRedirects ? next : throw TooManyRedirects(request, next);
                else if (answer.StatusCode == HttpStatusCode.Unauthorized && !renewed && authorization is not null && _connection.Authorization!.Renew(authorization))
                    renewed = true;
                else
                    return await TakeAsync(answer, current, request.Shown, began, cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                answer.Dispose();
                throw;
            }
            answer.Dispose();
        }
    }

    /// <summary>Requests a token: a small answer from another party.</summary>
    public Task<byte[]> FetchTokenAsync(Uri uri, AuthenticationHeaderValue? client, List<KeyValuePair<string, string>> form, CancellationToken cancellationToken)
    {
        var request = new ApiRequest(HttpMethod.Post, uri, $"POST {ApiAddress.Show(uri)}", () => new FormUrlEncodedContent(form));
        return TokenCalls is null
            ? FetchTokenAsync(request, client, cancellationToken)
            : TokenCalls.RunAsync(token => FetchTokenAsync(request, client, token), cancellationToken);
    }

    private static ApiCallException OfAnotherParty(ApiRequest request, Uri uri) => ApiCallException.Refusal(
        FailureCodes.CrossHostRefused,
        uri.Scheme == Uri.UriSchemeHttp && request.Uri.Scheme == Uri.UriSchemeHttps && string.Equals(uri.IdnHost, request.Uri.IdnHost, StringComparison.OrdinalIgnoreCase)
            ? $"{request.Shown} leads from https to http, {ApiAddress.Authority(uri)}, where nothing is encrypted. If that is right, -AllowCrossHost follows it, without credentials and headers."
            : $"{request.Shown} leads to another host, {ApiAddress.Authority(uri)}. If that is right, -AllowCrossHost follows it, without credentials and headers; with -TrustedHost it gets them too.");

    private static ApiCallException TooManyRedirects(ApiRequest request, ApiRequest next) => ApiCallException.Refusal(
        FailureCodes.RequestRefused, $"{request.Shown} was redirected more than {MaxRedirects} times, at last to {ApiAddress.ShowPath(next.Uri)}. Check -Uri, and whether the service wants a login first.");

    /// <summary>The target of a redirect. As in browsers, a request that is not repeated unchanged becomes a GET.</summary>
    private ApiRequest? NextHop(HttpResponseMessage answer, ApiRequest current)
    {
        if (answer.Headers.Location is not { } location || !IsRedirect(answer.StatusCode))
            return null;
        Uri target = ApiAddress.AsSafeAs(_service, location.IsAbsoluteUri ? location : new Uri(current.Uri, location));
        if (target.Scheme != Uri.UriSchemeHttp && target.Scheme != Uri.UriSchemeHttps)
            return null;
        bool repeats = answer.StatusCode is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            || current.Method == HttpMethod.Get || current.Method == HttpMethod.Head;
        return repeats ? current with { Uri = target } : current with { Uri = target, Method = HttpMethod.Get, Content = null };
    }

    private static bool IsRedirect(HttpStatusCode status) => status is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    private async Task<byte[]> FetchTokenAsync(ApiRequest request, AuthenticationHeaderValue? client, CancellationToken cancellationToken)
    {
        const int MaxTokenBytes = 1024 * 1024;
        long began = Time.GetTimestamp();
        using HttpResponseMessage answer = await SendOnceAsync(request, isTrusted: false, client, cancellationToken).ConfigureAwait(false);
        Tell(request.Shown, answer, null, began);
        if (!answer.IsSuccessStatusCode)
            throw await TokenFailureOfAsync(answer, request, cancellationToken).ConfigureAwait(false);
        Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var all = new MemoryStream();
        await new ApiBodyStream(body, MaxTokenBytes, _connection.OperationTimeout, Time, request.Shown).CopyToAsync(all, cancellationToken).ConfigureAwait(false);
        return all.ToArray();
    }

    private async ValueTask<ApiCallException> TokenFailureOfAsync(HttpResponseMessage answer, ApiRequest request, CancellationToken cancellationToken)
    {
        if (IsRedirect(answer.StatusCode) && answer.Headers.Location is { } location)
        {
            return ApiCallException.Refusal(
                FailureCodes.AuthenticationFailed,
                $"{request.Shown} redirects to {ApiAddress.ShowPath(new Uri(request.Uri, location))}. The client's secret is sent to -TokenUri only: set it to that address if it is the right one.");
        }
        ApiCallException failure = await FailureOfAsync(answer, request.Shown, cancellationToken).ConfigureAwait(false);
        string hint = answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
            ? "Check -ClientId, its secret, and -Scope."
            : "Check -TokenUri, -Scope and -TokenParameter.";
        return failure.Code == FailureCodes.ServiceUnavailable
            ? failure
            : new ApiCallException(failure.Verdict, FailureCodes.AuthenticationFailed, $"{failure.Message} {hint}") { Detail = failure.Detail };
    }

    private async ValueTask<ApiCallException> FailureOfAsync(HttpResponseMessage answer, string shown, CancellationToken cancellationToken) =>
        ApiErrors.OfStatus(answer, shown, await ApiDetail.ReadAsync(answer, Time, cancellationToken).ConfigureAwait(false), Time);

    /// <summary>Handles an answer whose status is not a success but has a declared meaning.</summary>
    private async ValueTask<ApiResponse> TakeAsync(HttpResponseMessage answer, ApiRequest current, string shown, long began, CancellationToken cancellationToken)
    {
        bool isTold = _connection.StatusActions.TryGetValue((int)answer.StatusCode, out ApiStatusAction action);
        if (isTold && action is ApiStatusAction.Null or ApiStatusAction.End)
            return await OpenAsync(answer, current, action, shown, began, cancellationToken).ConfigureAwait(false);
        ApiCallException failure = await FailureOfAsync(answer, shown, cancellationToken).ConfigureAwait(false);
        if (isTold)
            failure = failure.As(action == ApiStatusAction.Retry ? FailureClass.Contention : FailureClass.Refusal);
        _pacer.Pause(failure.Verdict.RetryAfter);
        throw failure;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        ApiRequest request, bool isTrusted, AuthenticationHeaderValue? authorization, CancellationToken cancellationToken)
    {
        await _pacer.WaitAsync(cancellationToken).ConfigureAwait(false);
        HttpClient client = _clients.Get(isTrusted);
        using HttpRequestMessage message = MakeMessage(request, client, isTrusted, authorization);
        using var timer = _connection.ConnectionTimeout == TimeSpan.Zero
            ? new CancellationTokenSource()
            : new CancellationTokenSource(_connection.ConnectionTimeout, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(request, ApiCallException.Outage(
                "Timeout", string.Create(CultureInfo.InvariantCulture, $"{request.Shown} had no answer within {_connection.ConnectionTimeout.TotalSeconds:0.###} s (-ConnectionTimeoutSeconds)."), e));
        }
        catch (HttpRequestException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed(request, ApiErrors.OfRequest(e, request.Uri, _clients.ProxyOf(request.Uri), request.Shown));
        }
    }

    private ApiCallException Failed(ApiRequest request, ApiCallException failure)
    {
        Told?.Invoke($"{request.Shown} had no answer ({failure.Verdict.Code}).");
        return failure;
    }

    private HttpRequestMessage MakeMessage(ApiRequest request, HttpClient client, bool isTrusted, AuthenticationHeaderValue? authorization)
    {
        var message = new HttpRequestMessage(request.Method, request.Uri) { Content = request.Content?.Invoke() };
        _clients.SetVersion(message, client);
        if (client.DefaultRequestHeaders.Accept.Count == 0)
            message.Headers.TryAddWithoutValidation("Accept", "application/json, */*;q=0.5");
        if (client.DefaultRequestHeaders.UserAgent.Count == 0)
            message.Headers.TryAddWithoutValidation("User-Agent", _connection.UserAgent);
        foreach ((string name, string value) in _connection.Headers)
        {
            bool isAuthorization = string.Equals(name, "Authorization", StringComparison.OrdinalIgnoreCase);
            if (!isTrusted && !(isAuthorization && _connection.PreserveAuthorizationOnRedirect))
                continue;
            HttpHeaders? headers = ApiHeaders.IsOfContent(name) ? message.Content?.Headers : message.Headers;
            headers?.Remove(name);
            headers?.TryAddWithoutValidation(name, value);
        }
        if (authorization is not null)
            message.Headers.Authorization = authorization;
        request.Prepare?.Invoke(message);
        return message;
    }

    private async ValueTask<ApiResponse> OpenAsync(
        HttpResponseMessage answer, ApiRequest current, ApiStatusAction? action, string shown, long began, CancellationToken cancellationToken)
    {
        Stream raw = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new ApiBodyStream(raw, _connection.MaxBodyBytes, _connection.OperationTimeout, Time, shown);
        // Only a text is decoded; a file is read as it is.
        Encoding? encoding = _connection.KeepsEncoding ? null : _connection.Encoding ?? ApiCharset.Of(answer, shown);
        Action<long>? told = Told is null || action is not null ? null : count => Tell(shown, answer, count, began);
        return new ApiResponse(answer, current.Uri, body, ApiCharset.ToUtf8(body, encoding), action, told);
    }

    private void Tell(string shown, HttpResponseMessage answer, long? bytes, long began) => Told?.Invoke(string.Create(
        CultureInfo.InvariantCulture,
        $"{shown} answered {(int)answer.StatusCode}{(bytes is { } count ? $" with {count} bytes" : "")} in {Time.GetElapsedTime(began).TotalMilliseconds:0} ms."));
}
