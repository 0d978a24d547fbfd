using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How a page says where the next one is.</summary>
internal enum ApiPagination
{
    /// <summary>It has a cursor, which goes into the next request.</summary>
    Cursor,

    /// <summary>A Link header with rel="next".</summary>
    Link,

    /// <summary>It has the next page's address.</summary>
    NextUrl,

    /// <summary>Pages are numbered; an empty one is the end.</summary>
    Page,

    /// <summary>The request has the number of items before the page; an empty one is the end.</summary>
    Offset,

    /// <summary>There is one page.</summary>
    None,
}

/// <summary>What ends the pages besides a page that says it is the last.</summary>
[Flags]
internal enum ApiEnds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A page with fewer items than were asked for.</summary>
    ShortPage = 1,

    /// <summary>A page like the one before.</summary>
    RepeatedPage = 2,
}

/// <summary>How a service's pages are asked for.</summary>
internal sealed record ApiPaging
{
    /// <summary>The default of <see cref="NextPath"/>.</summary>
    public const string DefaultNextPath = "next_page";

    /// <summary>How a page says where the next one is. Default <see cref="ApiPagination.Cursor"/>.</summary>
    public ApiPagination Pagination { get; init; }

    /// <summary>Where a page has the cursor or the address of the next one. Default <c>next_page</c>.</summary>
    public JsonPath NextPath { get; init; } = JsonPath.Parse(DefaultNextPath, "NextPath");

    /// <summary>The header of the answer that has it instead; null, the default, for none.</summary>
    public string? NextHeader { get; init; }

    /// <summary>Whether the caller said where the next page is: where the first page has nothing there, and shows another way to a
    /// next one, that is an error.</summary>
    public bool IsNextGiven { get; init; }

    /// <summary>Where a page says whether there are more; null, the default, for nowhere.</summary>
    public JsonPath? MorePath { get; init; }

    /// <summary>Where a page says how many items there are in all; null, the default, for nowhere.</summary>
    public JsonPath? TotalPath { get; init; }

    /// <summary>What else is the end. Default nothing.</summary>
    public ApiEnds Ends { get; init; }

    /// <summary>The parameter for the cursor, page or offset. Default null: cursor, page or offset.</summary>
    public string? PageParameter { get; init; }

    /// <summary>The cursor, page or offset of the first page; null, the default, for what the address has.</summary>
    public string? FirstPage { get; init; }

    /// <summary>Items a page shall have; null, the default, to leave that to the service.</summary>
    public int? PageSize { get; init; }

    /// <summary>The parameter for <see cref="PageSize"/>. Default <c>limit</c>.</summary>
    public string PageSizeParameter { get; init; } = "limit";

    /// <summary>Whether the parameters are paths into the JSON body, instead of names in the query. Default false.</summary>
    public bool InBody { get; init; }

    /// <summary>Parameters of the first address's query that go along to next pages' addresses without them. Default none.</summary>
    public IReadOnlyList<string> KeptParameters { get; init; } = [];

    /// <summary>Pages to read at most; null, the default, for all.</summary>
    public int? MaxPages { get; init; }

    /// <summary>The parameter for the cursor, page or offset.</summary>
    public string ParameterName => PageParameter ?? Pagination.ToString().ToLowerInvariant();

    /// <summary>Whether a page has what leads to the next one.</summary>
    public bool LooksIntoPages => Pagination is ApiPagination.Cursor or ApiPagination.NextUrl;

    /// <summary>Whether pages have numbers.</summary>
    public bool Counts => Pagination is ApiPagination.Page or ApiPagination.Offset;

    /// <summary>The values of pages that are looked for.</summary>
    public IEnumerable<JsonPath> WatchedPaths
    {
        get
        {
            if (LooksIntoPages && NextHeader is null)
                yield return NextPath;
            if (MorePath is not null)
                yield return MorePath;
            if (TotalPath is not null)
                yield return TotalPath;
        }
    }

    /// <summary>Throws when the options cannot work together.</summary>
    /// <exception cref="EtlException">What to change.</exception>
    public ApiPaging Validate()
    {
        if (Ends.HasFlag(ApiEnds.ShortPage) && PageSize is null)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-EndWhen ShortPage needs -PageSize.");
        if (NextHeader is not null && !LooksIntoPages)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-NextHeader needs -Pagination Cursor or NextUrl.");
        return this;
    }
}
