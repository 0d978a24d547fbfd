using System.Globalization;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads a service's pages one after the other. Items become records as they are read off the connection. A page cannot be left
/// out: what fails in passing is tried again for as long as the outage budget lasts, and then the run ends.
/// </summary>
internal sealed class ApiSource : PoolStage<JsonChunk>
{
    /// <summary>Workers that make records: reading is the work, and one at a time.</summary>
    private const int Workers = 1;

    /// <summary>Chunks on their way.</summary>
    private const int Chunks = 8;

    private readonly ApiExtract _extract;
    private readonly ApiTransport _transport;
    private readonly RetryPolicy _policy;
    private readonly ApiPager _pager;
    private readonly ApiPage _firstPage;
    private readonly JsonFormat _format;
    private readonly string _fingerprint;
    private readonly int _maxItems;
    private readonly Task _reader;
    private long _rows;

    /// <summary>Begins to read.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="extract">What is read from where.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="bufferSize">Records that the stage holds at most.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">Where the delays' chance comes from.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public ApiSource(string name, ApiExtract extract, BreakerRegistry breakers, int bufferSize, TimeProvider time, Random random)
        : base(name, Size(extract, bufferSize), time, port => JsonWorker.RunAsync(port, extract.Format))
    {
        ArgumentNullException.ThrowIfNull(breakers);
        Counters.Subject = ApiAddress.ShowPath(extract.Uri);
        _extract = extract;
        _format = extract.Format with { WatchedPath = extract.Paging.LooksIntoPages ? extract.Paging.NextPath : null };
        _fingerprint = ApiAddress.Hash($"{extract.Method} {extract.Uri.AbsoluteUri} {extract.Format.ItemPath}")[..16];
        _maxItems = Math.Max(1, Math.Min(1000, bufferSize / 4));
        _pager = new ApiPager(extract.Uri, extract.Paging);
        _firstPage = _pager.First(ResumedFrom()?.Cursor);
        _rows = ResumedFrom()?.Row ?? 0;
        _transport = new ApiTransport(extract.Connection, extract.Uri, time);
        (_policy, _) = extract.Calls.ForService(RetryLimit.AfterOutageBudget(atLeast: extract.Calls.MaxAttempts), extract.Uri, breakers, TellOfBreaker, time, random);
        _reader = Task.Run(() => RunReaderAsync(ReadAllAsync));
    }

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
        extract.Format.Validate();
        extract.Connection.Validate(extract.Uri);
        return new StageOptions { ThrottleLimit = Workers, BufferSize = bufferSize, MaxChunks = Chunks }.Validate();
    }

    private Watermark? ResumedFrom()
    {
        Watermark? mark = _extract.ResumeFrom;
        return mark is null || mark.Fingerprint == _fingerprint
            ? mark
            : throw new EtlException(
                FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
                $"-ResumeFrom: the watermark '{mark.Name}' is of another source or another query than -Uri, -Method and -ItemPath. Use another watermark name for it, or -ResumeFrom $null to begin at the beginning.");
    }

    private void TellOfBreaker(BreakerChange change) =>
        Notices.Add(NoticeLevel.Warning, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, change.ToString()));

    private async Task ReadAllAsync()
    {
        try
        {
            await ReadPagesAsync().ConfigureAwait(false);
        }
        catch (ApiCallException e)
        {
            throw ApiErrors.Ending(e, _extract.Calls);
        }
        catch (BreakerOpenException e)
        {
            throw ApiErrors.Ending(e, _extract.Calls);
        }
    }

    private async Task ReadPagesAsync()
    {
        ApiPage? page = _firstPage;
        while (page is not null)
        {
            string shown = $"{_extract.Method} {ApiAddress.Show(page.Uri)} ({ApiAddress.ShowCursor(page.Cursor)})";
            var source = new SourceInfo(_extract.Uri.Host, ApiAddress.Show(_extract.Uri), _fingerprint, page.Cursor);
            var request = new ApiRequest(_extract.Method, page.Uri, shown, _extract.Content);
            var reader = new ApiPageReader(_transport, request, _format, source, _maxItems);
            ApiPageFacts facts = await _policy.ExecuteAttemptsAsync(
                attempt =>
                {
                    if (attempt.IsRetry)
                        Counters.AddRetry();
                    return reader.ReadAsync(attempt, EnterChunkAsync);
                },
                Reading).ConfigureAwait(false);
            page = _pager.Next(page, facts, shown, out bool hasMore);
            if (hasMore)
                Notices.Add(NoticeLevel.Warning, new EtlException(FailureCodes.PageLoop, FailureKind.InvalidCall, string.Create(CultureInfo.InvariantCulture, $"There are more than {_extract.Paging.MaxPages} pages (-MaxPages): the others were not read.")));
        }
    }

    private async ValueTask EnterChunkAsync(JsonChunk chunk)
    {
        chunk.FirstRow = _rows + 1;
        _rows += chunk.Weight;
        await EnterAsync(chunk, Reading).ConfigureAwait(false);
    }
}
