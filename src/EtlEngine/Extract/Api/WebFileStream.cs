using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads a file on a web server as it arrives. After a broken connection or a seek, the rest is requested by its offset. A service without
/// ranges sends the file from its beginning, and the part already read is skipped. The file must be unchanged.
/// </summary>
internal sealed class WebFileStream(WebFile file) : RestartableStream
{
    /// <summary>How often a connection may break at the same byte.</summary>
    private const int MaxBreaks = 3;

    private ApiResponse? _response;
    private WebFileVersion? _version;
    private bool _hasNoRanges;
    private long _brokenAt = -1;
    private int _breaks;

    /// <summary>The file's length in bytes; null if the service does not say.</summary>
    public long? KnownLength => _version?.Length;

    public override long Length => KnownLength ?? Math.Max(Position, 0);

    private protected override bool CanOpenAnywhere => !_hasNoRanges;

    /// <summary>Requests the file, so that errors are known before the first record.</summary>
    /// <exception cref="EtlException">It cannot be read.</exception>
    public async ValueTask BeginAsync(CancellationToken cancellationToken)
    {
        if (_version is not null)
            return;
        byte[] first = new byte[1];
        if (await ReadAsync(first, cancellationToken).ConfigureAwait(false) > 0)
            Position = 0;
    }

    private protected override async ValueTask OpenAsync(long position, CancellationToken cancellationToken) =>
        await GuardAsync(() => OpenAsync(position, isAgain: false, cancellationToken)).ConfigureAwait(false);

    private protected override async ValueTask<int> ReadOpenAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                int count = await _response!.Raw.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                return count > 0 || KnownLength is not { } length || OpenAt >= length ? count : throw ApiCallException.Outage(
                    "ResponseEnded", string.Create(CultureInfo.InvariantCulture, $"{file.Shown} ended after {OpenAt} of {length} bytes."));
            }
            catch (ApiCallException e) when (e.Verdict.Class == FailureClass.Outage)
            {
                await GuardAsync(() => GoOnAsync(e, cancellationToken)).ConfigureAwait(false);
            }
            catch (ApiCallException e)
            {
                throw ApiErrors.Ending(e, file.Calls);
            }
        }
    }

    private protected override void CloseOpen()
    {
        base.CloseOpen();
        _response?.Dispose();
        _response = null;
    }

    private async ValueTask GoOnAsync(ApiCallException failure, CancellationToken cancellationToken)
    {
        long position = OpenAt;
        _breaks = position == _brokenAt ? _breaks + 1 : 1;
        _brokenAt = position;
        if (_breaks >= MaxBreaks)
        {
            throw ApiCallException.Refusal(FailureCodes.ReadFailed, string.Create(
                CultureInfo.InvariantCulture,
                $"{failure.Message} It broke off at byte {position} {_breaks} times{(KnownLength is { } length ? $", and the service says that there are {length}" : "")}. The file's length as the server states it may be wrong, or a part cannot be delivered."), failure);
        }
        if (!_version!.CanTell)
        {
            throw ApiCallException.Refusal(
                FailureCodes.ReadFailed,
                $"{failure.Message} The rest was not requested: the server sends neither an ETag nor Last-Modified, so the rest could be of another file. Run it again, or download the file first.", failure);
        }
        CloseOpen();
        await OpenAsync(_hasNoRanges ? 0 : position, isAgain: true, cancellationToken).ConfigureAwait(false);
        byte[] passed = new byte[64 * 1024];
        while (OpenAt < position)
        {
            int count = await _response!.Raw.ReadAsync(passed.AsMemory(0, (int)Math.Min(passed.Length, position - OpenAt)), cancellationToken).ConfigureAwait(false);
            if (count == 0)
                throw Changed();
            OpenAt += count;
        }
    }

    private async ValueTask OpenAsync(long position, bool isAgain, CancellationToken cancellationToken)
    {
        bool isPart = position > 0;
        _response = await file.AskAsync(
            message =>
            {
                message.Headers.Remove("Accept");
                message.Headers.TryAddWithoutValidation("Accept", "*/*");
                message.Headers.TryAddWithoutValidation("Accept-Encoding", "identity");
                if (!isPart)
                    return;
                message.Headers.Range = new RangeHeaderValue(position, null);
                _version?.Require(message);
            },
            (answer, _) => ValueTask.FromResult(Check(answer, position)),
            isAgain,
            cancellationToken).ConfigureAwait(false);
        _version ??= WebFileVersion.Of(_response.Message);
        bool isGiven = _response.Message.StatusCode == HttpStatusCode.PartialContent;
        _hasNoRanges |= isPart && !isGiven;
        OpenAt = isGiven ? position : 0;
    }

    /// <summary>Accepts an answer that matches the request.</summary>
    private ApiResponse Check(ApiResponse answer, long position)
    {
        WebFileVersion version = WebFileVersion.Of(answer.Message);
        if (_version is not null && !_version.Is(version))
            throw Changed();
        if (version.Length > file.MaxBytes)
        {
            throw ApiCallException.Refusal(FailureCodes.ResponseTooLarge, string.Create(
                CultureInfo.InvariantCulture, $"{file.Shown} answered with {version.Length} bytes, more than -MaxBodyBytes {file.MaxBytes}. Raise the limit if you trust the file."));
        }
        if (answer.Message.StatusCode == HttpStatusCode.PartialContent && answer.Message.Content.Headers.ContentRange?.From != position)
            throw ApiCallException.Refusal(FailureCodes.ReadFailed, string.Create(CultureInfo.InvariantCulture, $"{file.Shown} was asked for the bytes from {position} on, but answered with other bytes."));
        string? encoding = answer.Message.Content.Headers.ContentEncoding.FirstOrDefault(name => name.ToUpperInvariant() is not ("IDENTITY" or "GZIP" or "X-GZIP" or "ZSTD"));
        if (encoding is not null)
            throw ApiCallException.Refusal(FailureCodes.UnsupportedFormat, $"{file.Shown} answered in the encoding '{encoding}', which was not asked for and is not read.");
        if (answer.Message.Content.Headers.ContentType?.MediaType is "text/html" or "application/xhtml+xml")
            throw ApiCallException.Refusal(FailureCodes.UnsupportedFormat, $"{file.Shown} answered with a web page (text/html), not with a file. Check -Uri, and whether a login or a proxy answers in its place.");
        return answer;
    }

    private ApiCallException Changed() => ApiCallException.Refusal(
        FailureCodes.ReadFailed,
        $"{file.Shown}: the file changed while it was being read (its ETag, Last-Modified or length differs). The records read so far are from the earlier file. Run it again.");

    private async ValueTask GuardAsync(Func<ValueTask> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (ApiCallException e) when (e.Status == HttpStatusCode.Forbidden && file.HasQuery)
        {
            throw ApiErrors.Ending(new ApiCallException(e.Verdict, e.Code, $"{e.Message} A signed address may have expired.", e) { Detail = e.Detail }, file.Calls);
        }
        catch (ApiCallException e) when (e.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            throw ApiErrors.Ending(new ApiCallException(e.Verdict, FailureCodes.ReadFailed, $"{e.Message} The file is shorter than the service said, or has become shorter.", e) { Detail = e.Detail }, file.Calls);
        }
        catch (ApiCallException e)
        {
            throw ApiErrors.Ending(e, file.Calls);
        }
        catch (BreakerOpenException e)
        {
            throw ApiErrors.Ending(e, file.Calls);
        }
    }
}
