using System.Globalization;
using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How a page leads to the next one.</summary>
internal enum ApiPagination
{
    /// <summary>A cursor, which is added to the next request.</summary>
    Cursor,

    /// <summary>A Link header with rel="next".</summary>
    Link,

    /// <summary>The address of the next page.</summary>
    NextUrl,

    /// <summary>A page number; an empty page is the end.</summary>
    Page,

    /// <summary>The number of items before the page; an empty page is the end.</summary>
    Offset,

    /// <summary>There is only one page.</summary>
    None,
}

/// <summary>What also ends the pages, besides a page that says it is the last one.</summary>
[Flags]
internal enum ApiEnds
{
    /// <summary>Nothing else.</summary>
    None = 0,

    /// <summary>A page with fewer items than requested.</summary>
    ShortPage = 1,

    /// <summary>A page equal to the previous one.</summary>
    RepeatedPage = 2,
}

/// <summary>How a service's pages are requested.</summary>
internal sealed record ApiPaging
{
    /// <summary>The default of <see cref="NextPath"/>.</summary>
    public const string DefaultNextPath = "next_page";

    /// <summary>How a page leads to the next one. Default <see cref="ApiPagination.Cursor"/>.</summary>
    public ApiPagination Pagination { get; init; }

    /// <summary>The path of the cursor or address of the next page. Default <c>next_page</c>.</summary>
    public JsonPath NextPath { get; init; } = JsonPath.Parse(DefaultNextPath, "NextPath");

    /// <summary>The response header that contains it instead; null, the default, for none.</summary>
    public string? NextHeader { get; init; }

    /// <summary>Whether the caller set how to find the next page. If not, and the first page has nothing there but seems to lead to a next
    /// page in another way, that is an error.</summary>
    public bool IsNextGiven { get; init; }

    /// <summary>The path of the member that says whether there are more pages; null, the default, for none.</summary>
    public JsonPath? MorePath { get; init; }

    /// <summary>The path of the member with the total number of items; null, the default, for none.</summary>
    public JsonPath? TotalPath { get; init; }

    /// <summary>What else ends the pages. Default nothing.</summary>
    public ApiEnds Ends { get; init; }

    /// <summary>The parameter for the cursor, page or offset. Default null: cursor, page or offset.</summary>
    public string? PageParameter { get; init; }

    /// <summary>The cursor, page or offset of the first page; null, the default, for the one in the address.</summary>
    public string? FirstPage { get; init; }

    /// <summary>The number of items per page; null, the default, to let the service decide.</summary>
    public int? PageSize { get; init; }

    /// <summary>The parameter for <see cref="PageSize"/>. Default <c>limit</c>.</summary>
    public string PageSizeParameter { get; init; } = "limit";

    /// <summary>Whether the parameters are paths into the JSON body, instead of names in the query. Default false.</summary>
    public bool InBody { get; init; }

    /// <summary>Parameters of the first address's query that are added to the addresses of next pages. Default none.</summary>
    public IReadOnlyList<string> KeptParameters { get; init; } = [];

    /// <summary>The largest number of pages; null, the default, for all.</summary>
    public int? MaxPages { get; init; }

    /// <summary>The parameter for the cursor, page or offset.</summary>
    public string ParameterName => PageParameter ?? Pagination.ToString().ToLowerInvariant();

    /// <summary>Whether a page has what leads to the next one.</summary>
    public bool LooksIntoPages => Pagination is ApiPagination.Cursor or ApiPagination.NextUrl;

    /// <summary>Whether a page has the address of the next one.</summary>
    public bool IsLinked => Pagination is ApiPagination.Link or ApiPagination.NextUrl;

    /// <summary>Whether pages have numbers.</summary>
    public bool Counts => Pagination is ApiPagination.Page or ApiPagination.Offset;

    /// <summary>The members of pages that must be read.</summary>
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

    /// <summary>Reads the number of a page, or an offset.</summary>
    public static bool TryReadNumber(string? text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    /// <summary>Throws if the options contradict each other.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public ApiPaging Validate()
    {
        if (Ends.HasFlag(ApiEnds.ShortPage) && PageSize is null)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-EndWhen ShortPage needs -PageSize.");
        if (FirstPage is not null && !Counts && Pagination != ApiPagination.Cursor)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-FirstPage needs -Pagination Cursor, Page or Offset. With {Pagination}, -Uri is the first page.");
        if (FirstPage is not null && Counts && !TryReadNumber(FirstPage, out _))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-FirstPage: '{FirstPage}' is not a whole number from 0, which -Pagination {Pagination} needs.");
        if (NextHeader is not null && !LooksIntoPages)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-NextHeader needs -Pagination Cursor or NextUrl.");
        return this;
    }
}
