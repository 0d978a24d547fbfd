using System.Globalization;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// The body of an answer as it arrives, decompressed. It throws if the body is longer than allowed, or nothing arrives for too long.
/// </summary>
internal sealed class ApiBodyStream(Stream body, long maxBytes, TimeSpan silence, TimeProvider time, string call) : ReadOnlyStream
{
    private long _read;

    /// <summary>The bytes that were read.</summary>
    public long Count => Math.Min(_read, maxBytes);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // One byte more than allowed shows that there is more.
        long left = maxBytes - _read;
        Memory<byte> room = left < buffer.Length ? buffer[..(int)(left + 1)] : buffer;
        try
        {
            int count = await ReadInTimeAsync(room, cancellationToken).ConfigureAwait(false);
            _read += count;
            return _read <= maxBytes ? count : throw ApiCallException.Refusal(
                FailureCodes.ResponseTooLarge,
                string.Create(CultureInfo.InvariantCulture, $"{call} gave a response that exceeds {maxBytes} bytes (-MaxBodyBytes). Ask for smaller pages, or raise the limit: a page is read as a stream."));
        }
        catch (InvalidDataException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw ApiCallException.Refusal(
                FailureCodes.NotJson, $"{call} gave an answer that cannot be decompressed: it is not in the encoding that its Content-Encoding names, or it is cut short.", e);
        }
        catch (Exception e) when (e is IOException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            throw ApiCallException.Outage(
                "ResponseEnded", string.Create(CultureInfo.InvariantCulture, $"{call} broke off after {_read} bytes of the answer."), e);
        }
    }

    private async ValueTask<int> ReadInTimeAsync(Memory<byte> room, CancellationToken cancellationToken)
    {
        if (silence == TimeSpan.Zero)
            return await body.ReadAsync(room, cancellationToken).ConfigureAwait(false);
        using var timer = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await body.ReadAsync(room, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw ApiCallException.Outage(
                "Timeout", string.Create(CultureInfo.InvariantCulture, $"{call} sent {_read} bytes of the answer, then nothing for {silence.TotalSeconds:0.###} s (-OperationTimeoutSeconds)."), e);
        }
    }
}
