using System.Globalization;

namespace EtlTools.Engine.Extract.Api;

/// <summary>A page to ask for.</summary>
/// <param name="Uri">Its address.</param>
/// <param name="Cursor">What makes it this page: a cursor, an address, a number. Empty for the first one.</param>
internal sealed record ApiPage(Uri Uri, string Cursor);

/// <summary>What a page turned out to be.</summary>
/// <param name="Count">How many items it had.</param>
/// <param name="First">A hash of its first item.</param>
/// <param name="Last">A hash of its last item.</param>
/// <param name="Next">Its cursor or address of the next page.</param>
/// <param name="Links">Its Link headers.</param>
/// <param name="Uri">Who answered in the end.</param>
internal sealed record ApiPageFacts(long Count, string First, string Last, string? Next, IEnumerable<string> Links, Uri Uri);

/// <summary>Goes from page to page, and notices when that leads nowhere.</summary>
internal sealed class ApiPager(Uri first, ApiPaging paging)
{
    /// <summary>Empty pages in a row that are still believed: a filter may leave some.</summary>
    private const int MaxEmptyPages = 100;

    /// <summary>Cursors remembered. A longer loop is caught by its pages being alike, or by -MaxPages.</summary>
    private const int MaxCursors = 65_536;

    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<ulong> _order = [];
    private ApiPageFacts? _previous;
    private int _empty;
    private int _pages;
    private long _offset;

    /// <summary>The first page, or the one that a cursor from an earlier run leads to.</summary>
    /// <exception cref="EtlException">The cursor is none of this source.</exception>
    public ApiPage First(string? cursor)
    {
        Uri start = paging.PageSize is { } size ? ApiAddress.With(first, paging.PageSizeParameter, size.ToString(CultureInfo.InvariantCulture)) : first;
        bool isFresh = string.IsNullOrEmpty(cursor);
        switch (paging.Pagination)
        {
            case ApiPagination.Page or ApiPagination.Offset:
                string? number = isFresh ? ApiAddress.ValueOf(start, paging.ParameterName) : cursor;
                if (number is null || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _offset))
                    _offset = paging.Pagination == ApiPagination.Page ? 1 : 0;
                return Numbered(start, isFresh);
            case ApiPagination.Link or ApiPagination.NextUrl when !isFresh:
                return Uri.TryCreate(cursor, UriKind.Absolute, out Uri? page) && ApiAddress.IsSameParty(first, page)
                    ? new ApiPage(page, cursor!)
                    : throw new EtlException(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, "-ResumeFrom: the watermark's page is not one of -Uri's service.");
            case ApiPagination.Cursor when !isFresh:
                return new ApiPage(ApiAddress.With(start, paging.ParameterName, cursor!), cursor!);
            default:
                return new ApiPage(start, "");
        }
    }

    /// <summary>The page after this one, or null after the last.</summary>
    /// <exception cref="ApiCallException">The pages lead nowhere.</exception>
    public ApiPage? Next(ApiPage current, ApiPageFacts facts, string call, out bool hasMore)
    {
        _pages++;
        _empty = facts.Count == 0 ? _empty + 1 : 0;
        if (facts.Count > 0 && _previous is { } before && before.Count == facts.Count && before.First == facts.First && before.Last == facts.Last)
            throw Loop($"{call} gave the page before once more. Does the service know the parameter '{paging.ParameterName}' (-PageParameter)?");
        _previous = facts;
        ApiPage? next = Find(current, facts, call);
        hasMore = next is not null && _pages >= paging.MaxPages;
        if (next is null || hasMore)
            return null;
        if (_empty >= MaxEmptyPages)
            throw Loop(string.Create(CultureInfo.InvariantCulture, $"{call}: {_empty} pages in a row were empty, and there is always a next one."));
        if (!Remember(next.Cursor))
            throw Loop($"{call} leads back to a page that was read before ({ApiAddress.ShowCursor(next.Cursor)}).");
        return next;
    }

    private static ApiCallException Loop(string message) => ApiCallException.Refusal(FailureCodes.PageLoop, message);

    private ApiPage? Find(ApiPage current, ApiPageFacts facts, string call)
    {
        switch (paging.Pagination)
        {
            case ApiPagination.Cursor when facts.Next is { } cursor:
                if (Uri.TryCreate(cursor, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
                    throw Loop($"{call}: '{paging.NextPath}' is an address, not a cursor. Use -Pagination NextUrl.");
                return new ApiPage(ApiAddress.With(current.Uri, paging.ParameterName, cursor), cursor);
            case ApiPagination.NextUrl when facts.Next is { } text:
                return Linked(text, facts.Uri, call);
            case ApiPagination.Link when LinkHeader.FindNext(facts.Links) is { } link:
                return Linked(link, facts.Uri, call);
            case ApiPagination.Page when facts.Count > 0:
                _offset++;
                return Numbered(current.Uri, isFresh: false);
            case ApiPagination.Offset when facts.Count > 0:
                _offset += facts.Count;
                return Numbered(current.Uri, isFresh: false);
            default:
                return null;
        }
    }

    private static ApiPage Linked(string text, Uri from, string call)
    {
        if (!Uri.TryCreate(from, text, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw Loop($"{call}: the address of the next page is none.");
        return new ApiPage(uri, uri.AbsoluteUri);
    }

    private ApiPage Numbered(Uri uri, bool isFresh)
    {
        string number = _offset.ToString(CultureInfo.InvariantCulture);
        return new ApiPage(ApiAddress.With(uri, paging.ParameterName, number), isFresh ? "" : number);
    }

    private bool Remember(string cursor)
    {
        ulong hash = Convert.ToUInt64(ApiAddress.Hash(cursor)[..16], 16);
        if (!_seen.Add(hash))
            return false;
        _order.Enqueue(hash);
        if (_order.Count > MaxCursors)
            _seen.Remove(_order.Dequeue());
        return true;
    }
}
