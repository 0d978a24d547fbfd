using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How a page says where the next one is.</summary>
internal enum ApiPagination
{
    /// <summary>It has a cursor, which goes into the query.</summary>
    Cursor,

    /// <summary>A Link header with rel="next".</summary>
    Link,

    /// <summary>It has the next page's address.</summary>
    NextUrl,

    /// <summary>Pages are numbered; an empty one is the end.</summary>
    Page,

    /// <summary>The query has the number of items before the page; an empty one is the end.</summary>
    Offset,

    /// <summary>There is one page.</summary>
    None,
}

/// <summary>How a service's pages are asked for.</summary>
internal sealed record ApiPaging
{
    /// <summary>How a page says where the next one is. Default <see cref="ApiPagination.Cursor"/>.</summary>
    public ApiPagination Pagination { get; init; }

    /// <summary>Where a page has the cursor or the address of the next one. Default <c>next_page</c>.</summary>
    public JsonPath NextPath { get; init; } = JsonPath.Parse("next_page", "NextPath");

    /// <summary>The query parameter for the cursor, page or offset. Default null: cursor, page or offset.</summary>
    public string? PageParameter { get; init; }

    /// <summary>Items a page shall have; null, the default, to leave that to the service.</summary>
    public int? PageSize { get; init; }

    /// <summary>The query parameter for <see cref="PageSize"/>. Default <c>limit</c>.</summary>
    public string PageSizeParameter { get; init; } = "limit";

    /// <summary>Pages to read at most; null, the default, for all.</summary>
    public int? MaxPages { get; init; }

    /// <summary>The query parameter for the cursor, page or offset.</summary>
    public string ParameterName => PageParameter ?? Pagination.ToString().ToLowerInvariant();

    /// <summary>Whether a page's text has what leads to the next one.</summary>
    public bool LooksIntoPages => Pagination is ApiPagination.Cursor or ApiPagination.NextUrl;
}
