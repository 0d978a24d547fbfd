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

    /// <summary>Makes the body of each request; null, the default, for none.</summary>
    public Func<HttpContent>? Content { get; init; }

    /// <summary>How the service is reached, and as whom.</summary>
    public ApiConnection Connection { get; init; } = new();

    /// <summary>How calls are made again.</summary>
    public ApiCallOptions Calls { get; init; } = new();

    /// <summary>How pages follow each other.</summary>
    public ApiPaging Paging { get; init; } = new();

    /// <summary>How the items stand in a page.</summary>
    public JsonFormat Format { get; init; } = new() { ItemPath = JsonPath.Parse("items", "ItemPath") };

    /// <summary>Where an earlier run ended; null, the default, for the beginning. The page that the last covered record was on is
    /// read again as a whole: only the service knows whether it is still the same, and a record twice is better than one lost.</summary>
    public Watermark? ResumeFrom { get; init; }
}
