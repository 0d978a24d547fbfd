using System.Globalization;
using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What follows a page.</summary>
/// <param name="Page">The next page; null after the last.</param>
/// <param name="IsRepeat">Whether the page repeats the previous one, so that its items are not returned again.</param>
/// <param name="HasMore">Whether there are further pages, which are not read.</param>
/// <param name="Warning">A warning for the user.</param>
internal readonly record struct ApiNext(ApiPage? Page, bool IsRepeat = false, bool HasMore = false, string? Warning = null);

/// <summary>Goes from page to page, and detects loops.</summary>
internal sealed class ApiPager
{
    /// <summary>How many pages in a row may be empty, or have the same items under other cursors: a filter may leave some empty, and items
    /// may be equal.</summary>
    private const int MaxDullPages = 100;

    /// <summary>Services limit the size of a page to multiples of this number.</summary>
    private const int RoundCount = 10;

    /// <summary>The number of cursors remembered. A longer loop is detected by equal pages, or by -MaxPages.</summary>
    private const int MaxCursors = 65_536;

    private readonly ApiPaging _paging;
    private readonly Uri _first;
    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<ulong> _order = [];
    private ApiPageFacts? _previous;
    private int _empty;
    private int _alike;
    private int _pages;
    private long _offset;
    private long _items;
    private bool _isWhole = true;

    /// <param name="first">The address of the first page.</param>
    /// <param name="paging">How one page leads to the next.</param>
    public ApiPager(Uri first, ApiPaging paging)
    {
        _paging = paging.Validate();
        _first = paging.PageSize is { } size && !paging.InBody ? ApiAddress.With(first, paging.PageSizeParameter, Number(size)) : first;
    }

    /// <summary>The first page, or the page of a cursor from an earlier run.</summary>
    /// <exception cref="EtlException">The cursor does not belong to this source.</exception>
    public ApiPage First(string? cursor)
    {
        bool isFresh = string.IsNullOrEmpty(cursor);
        _isWhole = isFresh;
        switch (_paging.Pagination)
        {
            case ApiPagination.Page or ApiPagination.Offset:
                string? number = isFresh ? _paging.FirstPage ?? ApiAddress.ValueOf(_first, _paging.ParameterName) : cursor;
                if (number is null || !long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _offset))
                    _offset = _paging.Pagination == ApiPagination.Page ? 1 : 0;
                return Numbered(_first, isFresh);
            case ApiPagination.Link or ApiPagination.NextUrl when !isFresh:
                return Uri.TryCreate(cursor, UriKind.Absolute, out Uri? page) && ApiAddress.IsSameParty(_first, page)
                    ? new ApiPage(page, cursor!)
                    : throw new EtlException(FailureCodes.WatermarkMismatch, FailureKind.InvalidCall, "-ResumeFrom: the watermark's page does not belong to the service of -Uri.");
            case ApiPagination.Cursor when !isFresh:
                return WithCursor(_first, cursor!);
            case ApiPagination.Cursor when _paging.FirstPage is { } start:
                return WithCursor(_first, _paging.InBody ? JsonText(start) : start) with { Cursor = "" };
            default:
                return new ApiPage(_first, "");
        }
    }

    /// <summary>How messages show a page: its number, or a hash of its cursor.</summary>
    public string Show(ApiPage page) => _paging.Pagination switch
    {
        ApiPagination.Page => string.Create(CultureInfo.InvariantCulture, $" (page {_offset})"),
        ApiPagination.Offset => string.Create(CultureInfo.InvariantCulture, $" (offset {_offset})"),
        _ => page.Cursor.Length == 0 ? "" : $" ({ApiAddress.ShowCursor(page.Cursor)})",
    };

    /// <summary>Determines what follows a page.</summary>
    /// <exception cref="ApiCallException">The pages do not come to an end.</exception>
    public ApiNext After(ApiPage current, ApiPageFacts facts, string call)
    {
        _pages++;
        ApiPageFacts? previous = _previous;
        _previous = facts;
        bool isAlike = facts.Count > 0 && previous?.Signature == facts.Signature;
        if (isAlike && IsSame(previous!, facts))
            return Repeated(call);
        _items += facts.Count;
        _empty = facts.Count == 0 ? _empty + 1 : 0;
        _alike = isAlike ? _alike + 1 : 0;
        if (IsLast(facts))
            return default;
        if (IsShort(facts))
            return new ApiNext(null, Warning: MayBeClipped(facts, call));
        string? warning = _pages == 1 ? Missing(facts, call) : null;
        if (Find(current, facts, call) is not { } next)
        {
            return facts.More == true && facts.Count > 0
                ? throw Unknown($"{call} says that there are more pages ('{_paging.MorePath}'), but not where. {facts.Members} Set -Pagination and -NextPath.")
                : new ApiNext(null, Warning: warning);
        }
        if (_pages >= _paging.MaxPages)
            return new ApiNext(null, HasMore: true);
        if (Math.Max(_empty, _alike) >= MaxDullPages)
            throw Loop(string.Create(CultureInfo.InvariantCulture, $"{call} came after {MaxDullPages} pages in a row that {(_empty > 0 ? "were empty" : "had the same items")}, and there is always a next one."));
        if (next.Cursor == current.Cursor && current.Cursor.Length > 0)
            return AfterItself(next, facts);
        return Remember(next.Cursor) ? new ApiNext(next) : throw Loop($"{call} leads back to a page that was read before ({ApiAddress.ShowCursor(next.Cursor)}).");
    }

    private static ApiCallException Loop(string message) => ApiCallException.Refusal(FailureCodes.PageLoop, message);

    private static ApiCallException Unknown(string message) => ApiCallException.Refusal(FailureCodes.NextPageUnknown, message);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    /// <summary>Whether a page with the same items as the previous one is the same page; a page that names another next page is
    /// not.</summary>
    private bool IsSame(ApiPageFacts previous, ApiPageFacts facts) => _paging.Counts
        || (_paging.Pagination == ApiPagination.Link ? LinkHeader.FindNext(previous.Links) == LinkHeader.FindNext(facts.Links) : previous.Next == facts.Next && facts.Next is not null);

    /// <summary>The previous page was returned again. Many services do this after the last page. Directly after the first page, it means
    /// that the service does not know the parameter, and all other pages would be missed.</summary>
    private ApiNext Repeated(string call)
    {
        if (_pages > 2 || !_isWhole || _paging.Ends.HasFlag(ApiEnds.RepeatedPage))
            return new ApiNext(null, IsRepeat: true);
        throw Loop($"{call} returned the previous page again. Does the service support the parameter '{_paging.ParameterName}' (-PageParameter)? If there is only one page, use -Pagination None or -EndWhen RepeatedPage.");
    }

    /// <summary>The page names itself as the next one. With an address, that is the end. A cursor may stay the same while items still
    /// arrive; then an empty or repeated page is the end.</summary>
    private ApiNext AfterItself(ApiPage next, ApiPageFacts facts) =>
        _paging.Pagination != ApiPagination.Cursor || facts.Count == 0 ? default : new ApiNext(next);

    private bool IsLast(ApiPageFacts facts) => facts.IsEnd || facts.More == false
        || (facts.Total is { } total && _isWhole && _items >= total);

    /// <summary>Whether a page is the last one because it is short. The service's own word that there are more items wins.</summary>
    private bool IsShort(ApiPageFacts facts) => _paging.Ends.HasFlag(ApiEnds.ShortPage) && facts.Count < _paging.PageSize && facts.More != true && (facts.Total is null || !_isWhole);

    /// <summary>The warning if the first page is short and has a round number of items: most services limit the size of a page, to 10, 50 or
    /// 1,000 items, and some do not say so.</summary>
    private string? MayBeClipped(ApiPageFacts facts, string call) => _pages == 1 && _isWhole && facts.Count > 0 && facts.Count % RoundCount == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{call} returned {facts.Count} items, fewer than -PageSize {_paging.PageSize}, and was treated as the last page (-EndWhen ShortPage). If the service returns at most {facts.Count} items a page, set -PageSize {facts.Count}.")
        : null;

    /// <summary>The warning if the first page has nothing that could lead to a next one.</summary>
    private string? Missing(ApiPageFacts facts, string call)
    {
        bool isMissing = _paging.Pagination switch
        {
            ApiPagination.Link => facts.Links.Count == 0,
            ApiPagination.Cursor or ApiPagination.NextUrl => !facts.HasNext,
            _ => false,
        };
        if (!isMissing || facts.Count == 0 || facts.More is not null || facts.Count < _paging.PageSize || !_isWhole)
            return null;
        string what = _paging.Pagination == ApiPagination.Link ? "Link header" : _paging.NextHeader is { } header ? $"header '{header}' (-NextHeader)" : $"member '{_paging.NextPath}' (-NextPath)";
        string found = $"{call} has no {what}. {facts.Members}";
        if ((_paging.IsNextGiven ? facts.Lead : facts.TextLead) is { } lead)
            throw Unknown($"{found} '{lead}' may lead to the next page: set -Pagination and -NextPath, or -Pagination None if there is only one page.");
        return $"{found} It was treated as the only page. Set -Pagination and -NextPath if there are more, or -Pagination None if there are not.";
    }

    private ApiPage? Find(ApiPage current, ApiPageFacts facts, string call)
    {
        switch (_paging.Pagination)
        {
            case ApiPagination.Cursor when facts.Next is { } json:
                string cursor = _paging.InBody ? json : JsonWatched.TextOf(json);
                if (!_paging.InBody && Uri.TryCreate(cursor, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
                    throw Loop($"{call}: '{_paging.NextPath}' is an address, not a cursor. Use -Pagination NextUrl.");
                return WithCursor(current.Uri, cursor);
            case ApiPagination.NextUrl when facts.Next is { } text:
                return Linked(JsonWatched.TextOf(text), facts.Uri, call);
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

    private ApiPage WithCursor(Uri uri, string cursor) => _paging.InBody
        ? new ApiPage(uri, cursor, cursor)
        : new ApiPage(ApiAddress.With(uri, _paging.ParameterName, cursor), cursor);

    private ApiPage Linked(string text, Uri from, string call)
    {
        if (!Uri.TryCreate(from, text, out Uri? uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
            throw Loop($"{call}: the address of the next page is not valid.");
        uri = ApiAddress.AsSafeAs(_first, uri);
        if (ApiAddress.IsSameParty(_first, uri))
        {
            foreach (string name in _paging.KeptParameters)
            {
                if (ApiAddress.ValueOf(uri, name) is null && ApiAddress.ValueOf(_first, name) is { } value)
                    uri = ApiAddress.With(uri, name, value);
            }
        }
        return new ApiPage(uri, uri.AbsoluteUri);
    }

    private ApiPage Numbered(Uri uri, bool isFresh)
    {
        string number = Number(_offset);
        return _paging.InBody
            ? new ApiPage(uri, isFresh ? "" : number, number)
            : new ApiPage(ApiAddress.With(uri, _paging.ParameterName, number), isFresh ? "" : number);
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
