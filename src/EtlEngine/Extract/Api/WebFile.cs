using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A file on a web server.</summary>
internal sealed class WebFile : SourceFile
{
    private readonly Uri _uri;
    private readonly ApiConnection _connection;
    private readonly ApiCallOptions _calls;
    private readonly BreakerRegistry _breakers;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private WebFileStream? _returned;
    private ApiTransport? _transport;
    private RetryPolicy? _policy;
    private StageNotices? _notices;
    private StageCounters? _counters;
    private long _length;

    /// <summary>Names a file; nothing is sent yet.</summary>
    /// <param name="uri">The address.</param>
    /// <param name="connection">How to reach it.</param>
    /// <param name="calls">How calls are retried.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of randomness for delays.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public WebFile(Uri uri, ApiConnection connection, ApiCallOptions calls, BreakerRegistry breakers, TimeProvider time, Random random)
        : base(ApiAddress.ShowPath(uri), NameOf(uri))
    {
        _uri = uri;
        _connection = (connection with { KeepsEncoding = true }).Validate(uri);
        _calls = calls;
        _breakers = breakers;
        _time = time;
        _random = random;
    }

    internal override long Length => Volatile.Read(ref _length);

    internal override bool CanReopen => true;

    /// <summary>The request as messages show it.</summary>
    internal string Shown => $"GET {ApiAddress.ShowCall(_uri)}";

    /// <summary>How calls are retried.</summary>
    internal ApiCallOptions Calls => _calls;

    /// <summary>The largest size of the file, in bytes.</summary>
    internal long MaxBytes => _connection.MaxBodyBytes;

    /// <summary>Whether its address has a query, as a signed one has.</summary>
    internal bool HasQuery => _uri.Query.Length > 1;

    internal override void Attach(StageNotices notices, StageCounters counters)
    {
        _notices = notices;
        _counters = counters;
    }

    internal override Stream Open() => OpenAsync(CancellationToken.None).GetAwaiter().GetResult();

    internal override async Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        WebFileStream stream = Interlocked.Exchange(ref _returned, null) ?? new WebFileStream(this);
        await stream.BeginAsync(cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _length, stream.KnownLength ?? 0);
        return stream;
    }

    internal override void Return(Stream opened)
    {
        opened.Position = 0;
        if (Interlocked.Exchange(ref _returned, (WebFileStream)opened) is { } other && other != opened)
            other.Dispose();
    }

    internal override void Close()
    {
        Interlocked.Exchange(ref _returned, null)?.Dispose();
        _transport?.Dispose();
    }

    /// <summary>Requests the file from an offset on, with retries, and returns what <paramref name="take"/> makes of the answer.</summary>
    internal async ValueTask<T> AskAsync<T>(Action<HttpRequestMessage> prepare, Func<ApiResponse, CancellationToken, ValueTask<T>> take, bool isAgain, CancellationToken cancellationToken)
    {
        _transport ??= new ApiTransport(_connection, _uri, _time);
        _policy ??= _calls.ForService(RetryLimit.AfterOutageBudget(atLeast: _calls.MaxAttempts), _uri, _breakers, TellOfBreaker, _time, _random).Policy;
        var request = new ApiRequest(HttpMethod.Get, _uri, Shown, Prepare: prepare);
        return await _policy.ExecuteAttemptsAsync(
            async attempt =>
            {
                if (attempt.IsRetry || isAgain)
                    _counters?.AddRetry();
                isAgain = false;
                ApiResponse response = await _transport.SendAsync(request, attempt.CancellationToken).ConfigureAwait(false);
                try
                {
                    return await take(response, attempt.CancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    response.Dispose();
                    throw;
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static string NameOf(Uri uri)
    {
        string last = Uri.UnescapeDataString(uri.Segments[^1].TrimEnd('/'));
        return last.Length > 0 ? last : uri.IdnHost;
    }

    private void TellOfBreaker(BreakerChange change) =>
        _notices?.Add(NoticeLevel.Warning, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, change.ToString()));
}
