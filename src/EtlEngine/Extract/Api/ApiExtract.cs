using EtlTools.Engine.Extract.Json;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What to read from a service's pages.</summary>
internal sealed record ApiExtract
{
    /// <summary>The address of the first page.</summary>
    public required Uri Uri { get; init; }

    /// <summary>The method. Default GET.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Get;

    /// <summary>The body of each request; null, the default, for none.</summary>
    public ApiBody? Body { get; init; }

    /// <summary>Parameters that select a part of the data and differ between runs, such as since and until. Default none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Range { get; init; } = [];

    /// <summary>The members of a page that mean a failure; null, the default, for those of GraphQL.</summary>
    public ApiErrorMembers? Errors { get; init; }

    /// <summary>Whether each request is reported, for -Verbose. Default false.</summary>
    public bool TellsRequests { get; init; }

    /// <summary>How the service is reached, and as whom.</summary>
    public ApiConnection Connection { get; init; } = new();

    /// <summary>How calls are retried.</summary>
    public ApiCallOptions Calls { get; init; } = new();

    /// <summary>How one page leads to the next.</summary>
    public ApiPaging Paging { get; init; } = new();

    /// <summary>The layout of the items in a page.</summary>
    public JsonFormat Format { get; init; } = new() { ItemPath = JsonPath.Parse("items", "ItemPath") };

    /// <summary>Distinguishes what is read from other data of the same address: by method, query, item path and body.</summary>
    public string Fingerprint =>
        ApiAddress.Hash($"{Method} {Uri.AbsoluteUri} {Format.ItemPath} {(Body is null ? "" : Body.Fingerprint)}")[..16];

    /// <summary>Throws if the options cannot work together.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public ApiExtract Validate()
    {
        Format.Validate();
        Connection.Validate(Uri);
        Paging.Validate();
        JsonPath items = Format.ItemPath;
        if (Paging.WatchedPaths.FirstOrDefault(path => path.HasChoice && (items.IsAt(path.Prefix) || items.Walks(path.Prefix)) && !(path == Paging.NextPath && Format.IsOfLastItem(path))) is { } path)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"'{path}' (-{(path == Paging.NextPath ? "NextPath" : path == Paging.MorePath ? "MorePath" : "TotalPath")}) is in the list that -ItemPath '{items}' reads item by item, and only [-1] of the items themselves can be used. Read that list with -ItemPath '{path.Prefix}', and make records of the lists in it with Invoke-EtlTransform -Expand.");
        }
        return this;
    }

    /// <summary>Where an earlier run ended; null, the default, for the beginning. The page of the last covered record is read again as a
    /// whole: only the service knows whether it is unchanged, and a repeated record is better than a lost one.</summary>
    public Watermark? ResumeFrom { get; init; }
}
