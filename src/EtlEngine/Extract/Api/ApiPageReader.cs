using System.Security.Cryptography;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads one page and hands its items on as they come. When the connection breaks in the middle the page is asked for again,
/// and what was handed on is skipped, if it is still the same.
/// </summary>
internal sealed class ApiPageReader(ApiTransport transport, ApiRequest request, JsonFormat format, SourceInfo source, int maxItems)
{
    private long _count;
    private string _first = "";
    private string _last = "";

    /// <summary>Makes one attempt.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="enter">Takes a chunk; completes when there is room for it.</param>
    /// <exception cref="ApiCallException">The page could not be read to its end.</exception>
    public async ValueTask<ApiPageFacts> ReadAsync(CallAttempt attempt, Func<JsonChunk, ValueTask> enter)
    {
        using ApiResponse answer = await transport.SendAsync(request, attempt.CancellationToken).ConfigureAwait(false);
        attempt.Answered();
        var reader = new JsonBodyReader(answer.Body, format);
        try
        {
            long seen = 0;
            while (await reader.ReadAsync(maxItems, attempt.CancellationToken).ConfigureAwait(false) is { } chunk)
            {
                int known = (int)Math.Clamp(_count - seen, 0, chunk.Weight);
                if (known > 0 && seen + known == _count && Hash(chunk.Item(known - 1)) != _last)
                    throw Changed();
                seen += chunk.Weight;
                if (known < chunk.Weight)
                    await EnterAsync(known == 0 ? chunk : chunk.Skip(known), enter).ConfigureAwait(false);
            }
            if (seen < _count)
                throw Changed();
        }
        catch (JsonTextException e)
        {
            throw ApiErrors.OfText(e, answer, request.Shown);
        }
        IEnumerable<string> links = answer.Message.Headers.TryGetValues("Link", out IEnumerable<string>? values) ? [.. values] : [];
        return new ApiPageFacts(_count, _first, _last, reader.Envelope.Watched, links, answer.Uri);
    }

    private static string Hash(ReadOnlySpan<byte> item) => Convert.ToHexString(SHA256.HashData(item));

    private async ValueTask EnterAsync(JsonChunk chunk, Func<JsonChunk, ValueTask> enter)
    {
        if (_count == 0)
            _first = Hash(chunk.Item(0));
        _count += chunk.Weight;
        _last = Hash(chunk.Item(chunk.Weight - 1));
        chunk.Source = source;
        await enter(chunk).ConfigureAwait(false);
    }

    private ApiCallException Changed() => ApiCallException.Refusal(
        FailureCodes.PageChanged,
        $"{request.Shown} is not the page that it was when a part of it was read, so that items would be lost or given twice. Run it again.");
}
