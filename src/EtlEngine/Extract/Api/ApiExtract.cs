using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What pages are read from where.</summary>
internal sealed record ApiExtract
{
    /// <summary>The address of the first page.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The method. Default GET.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>The body of each request; null, the default, for none.</summary>
    public ApiBody? Body { get; init; }

    /// <summary>Parameters that say which part of the data is asked for, and differ from run to run, such as since and until. Default
    /// none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Range { get; init; } = [];

    /// <summary>What in a page says that the service failed; null, the default, for <c>errors</c> beside <c>data</c>, as in GraphQL.</summary>
    public ApiErrorMembers? Errors { get; init; }

    /// <summary>Whether each request is told of, for -Verbose. Default false.</summary>
    public bool TellsRequests { get; init; }

    /// <summary>How the service is reached, and as whom.</summary>
    public ApiConnection Connection { get; init; } = new();

    /// <summary>How calls are made again.</summary>
    public ApiCallOptions Calls { get; init; } = new();

    /// <summary>How pages follow each other.</summary>
    public ApiPaging Paging { get; init; } = new();

    /// <summary>How the items stand in a page.</summary>
    public JsonFormat Format { get; init; } = new() { ItemPath = JsonPath.Parse("items", "ItemPath") };

    /// <summary>Tells what is read from anything else of the same address: method, query, item path and body.</summary>
    public string Fingerprint =>
        ApiAddress.Hash($"{Method} {Uri.AbsoluteUri} {Format.ItemPath} {(Body is null ? "" : Body.Fingerprint)}")[..16];

    /// <summary>Where an earlier run ended; null, the default, for the beginning. The page that the last covered record was on is
    /// read again as a whole: only the service knows whether it is still the same, and a record twice is better than one lost.</summary>
    public Watermark? ResumeFrom { get; init; }
}
