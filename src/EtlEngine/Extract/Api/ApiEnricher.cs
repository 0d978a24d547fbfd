using System.Net;
using System.Text;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Makes a call for each record and adds the answer to it. If the service refuses a call, its record fails. In an outage the records wait,
/// and probe the breaker one after another, until the outage budget is spent.
/// </summary>
internal sealed class ApiEnricher : IDisposable
{
    private readonly ApiEnrichment _options;
    private readonly TextTemplate _uri;
    private readonly string _shown;
    private readonly ApiTransport _transport;
    private readonly RetryPolicy _policy;
    private readonly CircuitBreaker _breaker;
    private readonly AnswerCache? _cache;
    private StageNotices? _notices;
    private int _hasWarned;
    private int _hasWarnedOfPages;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <param name="options">The call.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of randomness for delays.</param>
    /// <exception cref="EtlException">An option cannot work.</exception>
    public ApiEnricher(ApiEnrichment options, BreakerRegistry breakers, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(breakers);
        _options = options;
        _uri = new TextTemplate(options.Uri);
        Uri service = ServiceOf(_uri);
        // With the columns' names instead of their values.
        _shown = $"{options.Method} {_uri.ToString().Split('?')[0]}";
        Subject = SubjectOf(service, _uri.ToString());
        ApiTokenCalls? tokens = options.Calls.ForTokens(options.Connection, service, breakers, TellOfBreaker, time, random);
        _transport = new ApiTransport(options.Connection, service, time) { TokenCalls = tokens, Told = options.TellsRequests ? Tell : null };
        (_policy, _breaker) = options.Calls.ForService(RetryLimit.AfterAttempts(options.Calls.MaxAttempts), service, breakers, TellOfBreaker, time, random);
        _cache = options.CacheSize > 0 ? new AnswerCache(options.CacheSize) : null;
    }

    /// <summary>The called address without user and query, with column names instead of values.</summary>
    public string Subject { get; }

    /// <summary>Checks that a record has the columns that the call uses.</summary>
    /// <exception cref="EtlException">A column is missing.</exception>
    public void Check(Record record)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (Missing(record) is not { } missing)
            return;
        throw new EtlException(
            FailureCodes.UnknownColumn, FailureKind.InvalidCall,
            $"{missing.Parameter}: the records have no column '{missing.Column}'. They have {string.Join(", ", record.Schema.Names)}.");
    }

    /// <summary>Whether calls may have to wait.</summary>
    internal bool IsHeldUp => _breaker.IsOpen;

    /// <summary>Runs one worker, with one call at a time.</summary>
    public Task RunAsync(WorkerPort<RecordChunk> port)
    {
        ArgumentNullException.ThrowIfNull(port);
        _notices = port.Notices;
        return new ApiEnrichWorker(this, port).RunAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    /// <summary>The service's address, which no column may change.</summary>
    private static Uri ServiceOf(TextTemplate template)
    {
        Uri? Try(string value) => Uri.TryCreate(template.Fill(value), UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" ? uri : null;
        Uri? one = Try("a"), two = Try("b");
        if (one is null || two is null)
            throw Invalid($"-Uri: '{template}' is not an address. It must begin with https:// or http:// and a host.");
        return one.Authority == two.Authority ? one : throw Invalid("-Uri: a column in braces cannot be part of the host: credentials would be sent wherever the data says.");
    }

    private static string SubjectOf(Uri service, string template)
    {
        string address = template.Split('?', '#')[0];
        int path = address.IndexOf('/', address.IndexOf("://", StringComparison.Ordinal) + "://".Length);
        return service.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) + (path < 0 ? "" : address[path..]);
    }

    private static EtlException Invalid(string message) => new(FailureCodes.InvalidParameter, FailureKind.InvalidCall, message);

    private (string Parameter, string Column)? Missing(Record record)
    {
        if (_uri.Columns.FirstOrDefault(IsMissing) is { } inAddress)
            return ("-Uri", inAddress);
        return (_options.Body?.Columns ?? _options.Query?.Columns ?? []).FirstOrDefault(IsMissing) is { } inBody ? ("-Body", inBody) : null;

        bool IsMissing(string column) => record.Schema.IndexOf(column) < 0;
    }

    /// <summary>Makes a record's call.</summary>
    /// <returns>The record with its answer, or failed; null if the service answers nobody, so that the call of another record must show
    /// whether the service or this record is the cause.</returns>
    internal async ValueTask<Record?> TryEnrichAsync(ApiRecordCall call, WorkerPort<RecordChunk> port)
    {
        Record record = call.Record;
        if (Fault(record, port) is { } fault)
            return record.Fail(fault);
        try
        {
            ApiAnswer answer = await AskAsync(call, port).ConfigureAwait(false);
            return Merge(call, answer, port);
        }
        catch (ApiCallException e) when (e.Verdict.Class == FailureClass.Outage && _breaker.IsOpen)
        {
            call.AnswersAtFirstFailure ??= _policy.Answers;
            // Other calls were answered, and this one has used its attempts.
            return call.Attempts >= _options.Calls.MaxAttempts && _policy.Answers > call.AnswersAtFirstFailure
                ? Fail(call, port, ErrorCodes.CallFailed, e.Message, e.Detail)
                : null;
        }
        catch (ApiCallException e) when (e.Verdict.Class == FailureClass.Throttled)
        {
            return OnOutage(call, port, ApiErrors.Ending(e, _options.Calls));
        }
        catch (BreakerOpenException e)
        {
            return OnOutage(call, port, ApiErrors.Ending(e, _options.Calls));
        }
        catch (ApiCallException e) when (e.Code == FailureCodes.OutageBudgetSpent)
        {
            return OnOutage(call, port, ApiErrors.Ending(e, _options.Calls));
        }
        catch (ApiCallException e) when (IsOfTheRecord(e))
        {
            string code = e.Code == FailureCodes.NotJson ? ErrorCodes.InvalidJson
                : e.Verdict.Class == FailureClass.Refusal ? ErrorCodes.CallRefused
                : ErrorCodes.CallFailed;
            return Fail(call, port, code, e.Message, e.Detail);
        }
        catch (ApiCallException e)
        {
            throw ApiErrors.Ending(e, _options.Calls);
        }
    }

    private RecordError? Fault(Record record, WorkerPort<RecordChunk> port)
    {
        if (Missing(record) is { } missing)
            return port.NewError(ErrorCodes.RequiredMissing, $"The record has no column '{missing.Column}', which {missing.Parameter} names.", missing.Column);
        string[] inAddress = [.. _uri.ColumnsOf(record)];
        string[] inQuery = [.. _options.Query?.ColumnsOf(record) ?? []];
        if (inAddress.Concat(inQuery).Concat(_options.Body?.PlainColumnsOf(record) ?? []).FirstOrDefault(column => TextTemplate.IsNested(record, column)) is { } nested)
            return port.NewError(ErrorCodes.CallRefused, $"The column '{nested}' is a list or an object, and -Uri or -Body needs a plain value of it.", nested);
        if (inAddress.Concat(inQuery).FirstOrDefault(column => TextTemplate.TextOf(record, column).Length == 0) is { } empty)
            return port.NewError(ErrorCodes.RequiredMissing, $"The column '{empty}', which {(inAddress.Contains(empty) ? "-Uri" : "-Body")} names, is empty.", empty);
        if (inAddress.FirstOrDefault(column => TextTemplate.TextOf(record, column) is "." or "..") is { } dots)
            return port.NewError(ErrorCodes.CallRefused, $"The column '{dots}', which -Uri names, contains dots that would change the path.", dots);
        return null;
    }

    private Record OnOutage(ApiRecordCall call, WorkerPort<RecordChunk> port, EtlException ending)
    {
        if (_options.OnOutage == OutageAction.DeadLetter)
            return Fail(call, port, ErrorCodes.ServiceUnavailable, ending.Message, ending.Detail);
        throw new EtlException(ending.Code, ending.Kind, $"{ending.Message} To let these records fail and continue, use -OnOutage DeadLetter.", ending) { Detail = ending.Detail };
    }

    /// <summary>Whether another record might succeed; with a wrong password it will not.</summary>
    private static bool IsOfTheRecord(ApiCallException e) => e.Status == HttpStatusCode.Forbidden
        || e.Code is not (FailureCodes.AuthenticationFailed or FailureCodes.HostNotFound or FailureCodes.TlsFailed or FailureCodes.CrossHostRefused);

    private static Record Fail(ApiRecordCall call, WorkerPort<RecordChunk> port, string code, string message, string? detail) =>
        call.Record.Fail(port.NewError(code, message, detail: detail) with { Attempts = Math.Max(call.Attempts, 1) });

    private async ValueTask<ApiAnswer> AskAsync(ApiRecordCall call, WorkerPort<RecordChunk> port)
    {
        Record record = call.Record;
        var uri = new Uri(AddressFor(record));
        byte[]? body = _options.Body?.Fill(record);
        var request = new ApiRequest(_options.Method, uri, _shown, body is null ? null : _options.Body!.ToContent(body, _shown));
        CallAttempts attempts = new();
        try
        {
            if (_cache is null)
                return await CallAsync(request, attempts, port).ConfigureAwait(false);
            string key = body is null ? uri.AbsoluteUri : $"{uri.AbsoluteUri} {Encoding.UTF8.GetString(body)}";
            return await _cache.GetAsync(key, count => CallAsync(request, count, port), out attempts).ConfigureAwait(false);
        }
        finally
        {
            call.Attempts += attempts.Count;
        }
    }

    private string AddressFor(Record record)
    {
        string address = _uri.Fill(record, column => Uri.EscapeDataString(TextTemplate.TextOf(record, column)));
        return _options.Query is { } query ? $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query.ToForm(record)}" : address;
    }

    private async Task<ApiAnswer> CallAsync(ApiRequest request, CallAttempts attempts, WorkerPort<RecordChunk> port) =>
        await _policy.ExecuteAttemptsAsync(
            async attempt =>
            {
                attempts.Count = attempt.Number;
                if (attempt.IsRetry)
                    port.AddRetry();
                return await ReadAsync(request, attempt.CancellationToken).ConfigureAwait(false);
            },
            port.Stopping, yields: true).ConfigureAwait(false);

    private async ValueTask<ApiAnswer> ReadAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        using ApiResponse response = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.Action is not null)
            return ApiAnswer.None;
        var body = new MemoryStream();
        await response.Body.CopyToAsync(body, cancellationToken).ConfigureAwait(false);
        try
        {
            var answer = ApiAnswer.Read(body.GetBuffer().AsSpan(0, (int)body.Length), _options.Format, _options.Errors, request.Shown);
            WarnOfPages(response, answer);
            return answer;
        }
        catch (JsonTextException e)
        {
            throw ApiErrors.OfText(e, response, request.Shown);
        }
    }

    /// <summary>Warns once if an answer is only a first page.</summary>
    private void WarnOfPages(ApiResponse response, ApiAnswer answer)
    {
        string? lead = LinkHeader.FindNext(ApiHeaders.Received(response.Message, "Link")) is not null ? "a Link header with rel=\"next\""
            : answer.Lead is { } member ? $"the member '{member}'"
            : null;
        if (lead is null || Interlocked.Exchange(ref _hasWarnedOfPages, 1) != 0)
            return;
        _notices?.Add(NoticeLevel.Warning, new EtlException(
            FailureCodes.NextPageUnknown, FailureKind.InvalidCall,
            $"An answer of {_shown} seems to have further pages ({lead}), and of these a record gets the first. Ask for larger pages in -Uri, or read the pages of each record with Invoke-EtlApi in ForEach-Object."));
    }

    private Record Merge(ApiRecordCall call, ApiAnswer answer, WorkerPort<RecordChunk> port)
    {
        Record record = call.Record;
        bool becomesOneValue = BecomesOneValue(answer);
        if (answer.Row.Fault != JsonFault.None && !becomesOneValue)
        {
            (string code, string words) = JsonFailures.Describe("answer", answer.Row, _options.Format);
            return Fail(call, port, code, answer.Row.Fault == JsonFault.NotAnObject ? $"{words} Name a column for all of it with -ResultColumn, or a part of it with -ItemPath." : words, detail: null);
        }
        Record enriched = record.Clone();
        if (becomesOneValue)
            enriched.Set(_options.ResultColumn!, answer.Value);
        else
            SetMembers(enriched, answer);
        return enriched;
    }

    /// <summary>Whether all of an answer goes into one column: it has no members, or they are not to be columns.</summary>
    private bool BecomesOneValue(ApiAnswer answer)
    {
        if (_options.ResultColumn is null)
            return false;
        if (answer.Row.Fault == JsonFault.NotAnObject)
            return true;
        // As one value, an object keeps names that no column can have.
        return !_options.Format.Flatten && answer.Row.Fault is JsonFault.None or JsonFault.DuplicateName or JsonFault.EmptyName;
    }

    private void SetMembers(Record enriched, ApiAnswer answer)
    {
        string before = _options.ResultColumn is { } column ? $"{column}." : "";
        if (before.Length > 0)
            ClearMembers(enriched, before);
        List<string> overwritten = [];
        for (int i = 0; i < answer.Schema?.Count; i++)
        {
            string name = before + answer.Schema[i];
            object? value = answer[i];
            if (_hasWarned == 0 && TextTemplate.TextOf(enriched, name) is { Length: > 0 } own && own != TextTemplate.TextOf(value))
                overwritten.Add($"'{name}'");
            enriched.Set(name, value);
        }
        if (overwritten.Count > 0 && Interlocked.Exchange(ref _hasWarned, 1) == 0)
        {
            _notices?.Add(NoticeLevel.Warning, new EtlException(
                FailureCodes.ColumnOverwritten, FailureKind.InvalidData,
                $"The service's answers replace values that the records have in {string.Join(", ", overwritten)}. To keep both, name a column for the answers with -ResultColumn; with -Flatten it becomes a column for each member, such as 'answer.id'."));
        }
    }

    /// <summary>The answer takes the place of an earlier one, also in the members that it does not have.</summary>
    private static void ClearMembers(Record enriched, string before)
    {
        foreach (string name in enriched.Schema.Names.Where(name => name.StartsWith(before, StringComparison.OrdinalIgnoreCase)))
            enriched.Set(name, null);
    }

    private void Tell(string request) => _notices?.Add(NoticeLevel.Verbose, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, request));

    private void TellOfBreaker(BreakerChange change) =>
        _notices?.Add(NoticeLevel.Warning, new EtlException(FailureCodes.ServiceUnavailable, FailureKind.Unavailable, change.ToString()));
}
