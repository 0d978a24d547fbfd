using System.Globalization;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads a service's pages one after another. Items become records as they arrive. A page cannot be skipped: temporary failures are retried
/// as long as the outage budget lasts; then the run ends.
/// </summary>
internal sealed class ApiSource : PoolStage<JsonChunk>
{
    /// <summary>The number of workers that create records; reading is the actual work, and one page is read at a time.</summary>
    private const int Workers = 1;

    /// <summary>The number of chunks in flight.</summary>
    private const int Chunks = 8;

    private readonly ApiExtract _extract;
    private readonly ApiTransport _transport;
    private readonly RetryPolicy _policy;
    private readonly ApiPager _pager;
    private readonly ApiPage _firstPage;
    private readonly JsonFormat _format;
    private readonly string _fingerprint;
    private readonly SourceLosses _losses = new();
    private readonly int _maxItems;
    private readonly Task _reader;
    private readonly bool _isResumed;
    private long _rows;

    /// <summary>Starts to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="extract">What is read from where.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="bufferSize">The largest number of records in the stage.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of randomness for delays.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public ApiSource(string name, ApiExtract extract, BreakerRegistry breakers, int bufferSize, TimeProvider time, Random random)
        : base(name, Size(extract, bufferSize), time, port => JsonWorker.RunAsync(port, extract.Format))
    {
        ArgumentNullException.ThrowIfNull(breakers);
        Counters.Subject = ApiAddress.ShowPath(extract.Uri);
        _extract = extract;
        _format = extract.Format with
        {
            WatchedPaths = [.. extract.Paging.WatchedPaths, .. (extract.Errors ?? ApiErrorMembers.GraphQL).Paths],
            AllowsNothing = true,
        };
        _fingerprint = extract.Fingerprint;
        _maxItems = Math.Max(1, Math.Min(1000, bufferSize / 4));
        _pager = new ApiPager(extract);
        ApiPlace? resumed = ResumedFrom();
        _isResumed = resumed is not null;
        _firstPage = _pager.First(resumed?.Cursor, resumed?.Before);
        // The page is read again from its beginning, and its items have the numbers that they had.
        _rows = resumed is null ? 0 : resumed.Before ?? extract.ResumeFrom!.Row;
        ApiTokenCalls? tokens = extract.Calls.ForTokens(extract.Connection, extract.Uri, breakers, TellOfBreaker, time, random);
        _transport = new ApiTransport(extract.Connection, extract.Uri, time) { TokenCalls = tokens, Told = extract.TellsRequests ? Tell : null };
        (_policy, _) = extract.Calls.ForService(RetryLimit.AfterOutageBudget(atLeast: extract.Calls.MaxAttempts), extract.Uri, breakers, TellOfBreaker, time, random);
        _reader = Task.Run(() => RunReaderAsync(ReadAllAsync));
    }

    /// <inheritdoc/>
    protected override bool IsSource => true;

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _reader.ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
        _transport.Dispose();
    }

    private static StageOptions Size(ApiExtract extract, int bufferSize)
    {
        ArgumentNullException.ThrowIfNull(extract);
        extract.Validate();
        return new StageOptions { ThrottleLimit = Workers, BufferSize = bufferSize, MaxChunks = Chunks }.Validate();
    }

    /// <summary>The position at which the watermark says to continue; null for the first page. Also null if another part of the data is
    /// requested than that of the watermark's page, to which its cursor belongs.</summary>
    private ApiPlace? ResumedFrom()
    {
        if (_extract.ResumeFrom is not { } mark)
            return null;
        if (mark.Fingerprint != _fingerprint)
            throw Mismatch($"the watermark '{mark.Name}' belongs to another source or query than -Uri, -Method, -Body and -ItemPath");
        if (mark.Cursor is null)
            return null;
        ApiPlace now = ApiPlace.Of(_extract, "");
        if (ApiPlace.TryParse(mark.Cursor) is not { } place || place.Paging != now.Paging)
            throw Mismatch($"the pages of the watermark '{mark.Name}' were requested in another way (-Pagination, -PageParameter, -PageSize, -PageSizeParameter, -ParametersInBody), so its page is a different one now");
        return place.Range == now.Range ? place : null;
    }

    private static EtlException Mismatch(string why) => new(
        FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
        $"-ResumeFrom: {why}. Use the same parameters as before, use another watermark name, or start from the beginning with -ResumeFrom $null.");

    private void TellOfBreaker(BreakerChange change) =>
        Notices.Add(NoticeLevel.Warning, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, change.ToString()));

    private void Tell(string request) => Notices.Add(NoticeLevel.Verbose, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, request));

    private async Task ReadAllAsync()
    {
        try
        {
            await ReadPagesAsync().ConfigureAwait(false);
        }
        catch (ApiCallException e)
        {
            Ending = ApiErrors.Ending(e, _extract.Calls);
        }
        catch (BreakerOpenException e)
        {
            Ending = ApiErrors.Ending(e, _extract.Calls);
        }
    }

    private async Task ReadPagesAsync()
    {
        ApiPage? page = _firstPage;
        string? veryFirst = null;
        string? first = null;
        while (page is not null)
        {
            string shown = $"{_extract.Method} {ApiAddress.ShowCall(page.Uri)}{_pager.Show(page)}";
            var source = new SourceInfo(_extract.Uri.Host, ApiAddress.Show(_extract.Uri), _fingerprint, (ApiPlace.Of(_extract, page.Cursor) with { Before = _rows }).ToString()) { Losses = _losses, ComesAgain = true };
            var request = new ApiRequest(_extract.Method, page.Uri, shown, ContentOf(page, shown));
            using var reader = new ApiPageReader(_transport, request, _extract, source, _maxItems, first, veryFirst);
            ApiPageFacts facts = await ReadAsync(reader, page).ConfigureAwait(false);
            ApiNext next = _pager.After(page, facts, shown);
            foreach (JsonChunk held in next.IsRepeat ? [] : reader.Held)
                await EnterChunkAsync(held).ConfigureAwait(false);
            if (next.HasMore)
                Warn(string.Create(CultureInfo.InvariantCulture, $"There are more pages than -MaxPages {_extract.Paging.MaxPages}. The rest was not read."));
            if (next.Warning is not null)
                Warn(next.Warning);
            first = reader.First;
            veryFirst ??= first;
            page = next.Page;
        }
    }

    private void Warn(string text) => Notices.Add(NoticeLevel.Warning, new EtlException(FailureCodes.NextPageUnknown, FailureKind.InvalidCall, text));

    private async ValueTask<ApiPageFacts> ReadAsync(ApiPageReader reader, ApiPage page)
    {
        try
        {
            return await _policy.ExecuteAttemptsAsync(
                async attempt =>
                {
                    if (attempt.IsRetry)
                        Counters.AddRetry();
                    // The whole page is one attempt, so if it breaks off in the middle, the attempt has failed.
                    await foreach (JsonChunk chunk in reader.ReadAsync(attempt, _format).ConfigureAwait(false))
                        await EnterChunkAsync(chunk).ConfigureAwait(false);
                    return reader.Facts;
                },
                Reading).ConfigureAwait(false);
        }
        catch (ApiCallException e) when (_isResumed && ReferenceEquals(page, _firstPage) && e.Status is not null && e.Verdict.Class == FailureClass.Refusal)
        {
            throw new ApiCallException(e.Verdict, e.Code, $"{e.Message} This is the watermark's page, which may have expired; -ResumeFrom $null reads from the beginning.", e) { Status = e.Status, Detail = e.Detail };
        }
    }

    private Func<HttpContent>? ContentOf(ApiPage page, string shown)
    {
        ApiBody? body = _extract.Body;
        if (body is null && !_extract.Paging.InBody)
            return null;
        body ??= ApiBody.Empty;
        byte[] bytes = _extract.Paging.InBody ? ApiBodyEdit.Set(body.FillJson("-ParametersInBody"), BodyParameters(page)) : body.Fill(null);
        return body.ToContent(bytes, shown);
    }

    private IEnumerable<KeyValuePair<string, string>> BodyParameters(ApiPage page)
    {
        foreach ((string name, string bound) in _extract.Range)
            yield return KeyValuePair.Create(name, System.Text.Json.JsonSerializer.Serialize(bound));
        if (_extract.Paging.PageSize is { } size)
            yield return KeyValuePair.Create(_extract.Paging.PageSizeParameter, size.ToString(CultureInfo.InvariantCulture));
        if (page.Value is { } value)
            yield return KeyValuePair.Create(_extract.Paging.ParameterName, value);
    }

    private async ValueTask EnterChunkAsync(JsonChunk chunk)
    {
        chunk.FirstRow = _rows + 1;
        _rows += chunk.Count;
        await EnterAsync(chunk, Reading).ConfigureAwait(false);
    }
}
