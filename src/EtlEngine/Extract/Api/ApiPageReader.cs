using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// Reads one page and passes its items on as they arrive. If the connection breaks in the middle, the page is requested again, and the
/// items already passed on are skipped, if they are unchanged. A page that begins like the previous one is held back until its end shows
/// whether it is another one; so is a page that begins like the first one.
/// </summary>
/// <param name="transport">Sends the request.</param>
/// <param name="request">The request.</param>
/// <param name="extract">What is read from where.</param>
/// <param name="source">The source of the items.</param>
/// <param name="maxItems">The most items in a chunk.</param>
/// <param name="firsts">The hashes of the first items of pages that this one may repeat.</param>
internal sealed class ApiPageReader(ApiTransport transport, ApiRequest request, ApiExtract extract, SourceInfo source, int maxItems, params IReadOnlyList<string?> firsts)
    : IDisposable
{
    private readonly List<JsonChunk> _held = [];
    private readonly IncrementalHash _items = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly bool _isNextInLast = extract.Format.IsOfLastItem(extract.Paging.NextPath);
    private long _count;
    private string _first = "";
    private string _last = "";
    private bool _holds;
    private byte[] _lastItem = [];
    private ApiPageFacts? _facts;

    /// <summary>A hash of the first item.</summary>
    public string First => _first;

    /// <summary>What is known about the page after it was read to its end.</summary>
    public ApiPageFacts Facts => _facts ?? throw new InvalidOperationException("The page was not read to its end.");

    /// <summary>The items held back; they are passed on if the page differs from the previous one.</summary>
    public IReadOnlyList<JsonChunk> Held => _held;

    public void Dispose() => _items.Dispose();

    /// <summary>Makes one attempt; the next one continues after the items of this one.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="format">The layout of the items in the page.</param>
    /// <exception cref="ApiCallException">The page could not be read to its end.</exception>
    public async IAsyncEnumerable<JsonChunk> ReadAsync(CallAttempt attempt, JsonFormat format)
    {
        using ApiResponse answer = await transport.SendAsync(request, attempt.CancellationToken).ConfigureAwait(false);
        attempt.Answered();
        if (answer.Action is not null)
        {
            _facts = new ApiPageFacts { Uri = answer.Uri, EndStatus = answer.Action == ApiStatusAction.End ? (int)answer.Message.StatusCode : null };
            yield break;
        }
        var reader = new JsonBodyReader(answer.Body, format, source);
        long seen = 0;
        while (await NextAsync(reader, answer, attempt.CancellationToken).ConfigureAwait(false) is { } chunk)
        {
            int known = (int)Math.Clamp(_count - seen, 0, chunk.Count);
            if (known > 0 && seen + known == _count && Hash(chunk.Item(known - 1)) != _last)
                throw Changed();
            seen += chunk.Count;
            if (known == chunk.Count)
                continue;
            JsonChunk fresh = known == 0 ? chunk : chunk.Skip(known);
            Note(fresh);
            if (_holds)
                _held.Add(fresh);
            else
                yield return fresh;
        }
        if (seen < _count)
            throw Changed();
        CheckErrors(reader.Envelope);
        _facts = FactsOf(answer, reader.Envelope);
    }

    private static string Hash(ReadOnlySpan<byte> item) => Convert.ToHexString(SHA256.HashData(item));

    private async ValueTask<JsonChunk?> NextAsync(JsonBodyReader reader, ApiResponse answer, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(maxItems, cancellationToken).ConfigureAwait(false);
        }
        catch (JsonTextException e)
        {
            // An error may have come instead of the items.
            if (e.Fault == JsonTextFault.ItemsMissing)
                CheckErrors(reader.Envelope);
            throw ApiErrors.OfText(e, answer, request.Shown);
        }
    }

    /// <summary>Collects what a chunk tells about the page.</summary>
    private void Note(JsonChunk chunk)
    {
        if (_count == 0)
        {
            _first = Hash(chunk.Item(0));
            _holds = firsts.Contains(_first);
        }
        _count += chunk.Count;
        for (int i = 0; i < chunk.Count; i++)
            Add(chunk.Item(i));
        ReadOnlySpan<byte> last = chunk.Item(chunk.Count - 1);
        _last = Hash(last);
        if (_isNextInLast || _count == 1)
            _lastItem = last.ToArray();
    }

    private void Add(ReadOnlySpan<byte> item)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, item.Length);
        _items.AppendData(length);
        _items.AppendData(item);
    }

    private void CheckErrors(JsonEnvelope envelope)
    {
        ApiErrorMembers errors = extract.Errors ?? ApiErrorMembers.GraphQL;
        if (errors.Find(path => Look(envelope, path).Any, () => envelope.Members.Select(member => member.Name)) is { } error)
            throw ApiErrors.OfMember(error.Member, error.Json ?? (envelope.IsItem ? Encoding.UTF8.GetString(_lastItem) : envelope.PlainMembers()), request.Shown);
    }

    private ApiPageFacts FactsOf(ApiResponse answer, JsonEnvelope envelope)
    {
        ApiPaging paging = extract.Paging;
        string? header = paging.NextHeader is { } name && ApiHeaders.Received(answer.Message, name) is [var value, ..] ? value : null;
        JsonFound found = Look(envelope, paging.NextPath);
        if (found.IsCut)
            throw ApiCallException.Refusal(FailureCodes.NextPageUnknown, string.Create(CultureInfo.InvariantCulture, $"{request.Shown}: '{paging.NextPath}' (-NextPath) is longer than {JsonWatched.MaxBytes} bytes. Name the value itself in it."));
        bool isInLast = _isNextInLast && paging.NextHeader is null;
        string? next = isInLast ? JsonWatched.FindInLast(paging.NextPath, _lastItem) : found.Some;
        return new ApiPageFacts
        {
            Count = _count,
            Size = envelope.Walked ?? _count,
            Signature = Convert.ToHexString(_items.GetCurrentHash()),
            Next = paging.NextHeader is null ? next : string.IsNullOrEmpty(header) ? null : JsonSerializer.Serialize(header),
            HasNext = paging.NextHeader is not null ? header is not null : isInLast ? _count > 0 : found.IsPresent,
            LacksNext = isInLast && _count > 0 && next is null,
            More = paging.MorePath is { } more && Look(envelope, more).Any is { } says ? IsTrue(says) : null,
            Total = paging.TotalPath is { } total && long.TryParse(JsonWatched.TextOf(Look(envelope, total).Some ?? "-"), NumberStyles.None, CultureInfo.InvariantCulture, out long all) ? all : null,
            Members = envelope.DescribeMembers(),
            Lead = envelope.Members.FirstOrDefault(member => member.HasValue && member.Plain != "true" && ApiPageSigns.MayLead(member)).Name,
            TextLead = envelope.Members.FirstOrDefault(member => member.IsText && ApiPageSigns.MayLead(member)).Name,
            MoreSign = extract.Format.ItemShape == JsonItemShape.Object ? null : ApiPageSigns.FindMore([.. envelope.Members, .. ApiPageSigns.InHeaders(answer.Message)], extract.Format.ItemPath, Math.Max(_count, envelope.Walked ?? 0)),
            Links = ApiHeaders.Received(answer.Message, "Link"),
            Uri = answer.Uri,
        };
    }

    /// <summary>Whether a value means yes. Some services write it as a text, as .NET and Python do: "True" and "False".</summary>
    private static bool IsTrue(string json) => JsonWatched.TextOf(json).ToUpperInvariant() is not ("FALSE" or "NO" or "NULL" or "0" or "");

    /// <summary>A value outside of the items; where the document is itself the item, in that.</summary>
    private JsonFound Look(JsonEnvelope envelope, JsonPath path) => envelope.IsItem
        ? JsonWatched.FindInDocument(path, _lastItem)
        : envelope.Watched.FirstOrDefault(watched => ReferenceEquals(watched.Path, path))?.Found ?? default;

    private ApiCallException Changed() => ApiCallException.Refusal(
        FailureCodes.PageChanged,
        $"{request.Shown} changed while it was being read, so items could be lost or come twice. Run it again.");
}
