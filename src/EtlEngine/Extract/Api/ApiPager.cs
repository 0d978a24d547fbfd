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

    /// <summary>What to set for a service whose pages are not found, for messages.</summary>
    private const string HowToPage = "set -Pagination (Page or Offset, with -PageParameter if the service calls it otherwise; or Cursor, NextUrl or Link, with -NextPath where the link is in the document)";

    /// <summary>The number of cursors remembered. A longer loop is detected by equal pages, or by -MaxPages.</summary>
    private const int MaxCursors = 65_536;

    private readonly ApiPaging _paging;
    private readonly ApiExtract _extract;
    private readonly Uri _first;
    private readonly HashSet<ulong> _seen = [];
    private readonly Queue<ulong> _order = [];
    private ApiPageFacts? _previous;
    private string? _firstSignature;
    private int _empty;
    private int _alike;
    private int _returns;
    private int _pages;
    private long _offset;
    private long _items;
    private long _largest;
    private bool _isWhole = true;
    private bool _isFromStart = true;
    private bool _saidMore;
    private bool _doubtsTotal;

    /// <param name="extract">What is read from where; valid.</param>
    public ApiPager(ApiExtract extract)
    {
        _extract = extract;
        ApiPaging paging = _paging = extract.Paging;
        Uri first = paging.InBody ? extract.Uri : ApiAddress.With(extract.Uri, extract.Range);
        _first = paging.PageSize is { } size && !paging.InBody ? ApiAddress.With(first, paging.PageSizeParameter, Number(size)) : first;
    }

    /// <summary>The first page, or the page of a cursor from an earlier run.</summary>
    /// <param name="cursor">The cursor; null or empty for the first page.</param>
    /// <param name="before">How many items came before the page; null if that is not known.</param>
    /// <exception cref="EtlException">The cursor does not belong to this source, or the first page has no number.</exception>
    public ApiPage First(string? cursor, long? before = null)
    {
        bool isFresh = string.IsNullOrEmpty(cursor);
        _isWhole = isFresh;
        // A total is of what the service counts, and the items before are no measure of that if a page has several for each.
        _isFromStart = isFresh || (before is not null && !_extract.Format.ItemPath.HasAll);
        _items = isFresh ? 0 : before ?? 0;
        switch (_paging.Pagination)
        {
            case ApiPagination.Page or ApiPagination.Offset:
                long first = NumberOf(_paging.FirstPage ?? NumberInRequest());
                _isFromStart &= first <= 1;
                _offset = isFresh ? first : NumberOf(cursor);
                return Numbered(_first, isFresh);
            case ApiPagination.Link or ApiPagination.NextUrl when !isFresh:
                return Uri.TryCreate(cursor, UriKind.Absolute, out Uri? page) && (_extract.Connection.AllowCrossHost || _extract.Connection.IsTrusted(_first, page))
                    ? new ApiPage(page, cursor!)
                    : throw new EtlException(
                        FailureCodes.WatermarkMismatch, FailureKind.InvalidCall,
                        "-ResumeFrom: the watermark's page is not on the host of -Uri. If the service's next links lead to another host, name it with -TrustedHost; otherwise start from the beginning with -ResumeFrom $null.");
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
    /// <exception cref="ApiCallException">The pages do not come to an end, or the next one is not known.</exception>
    public ApiNext After(ApiPage current, ApiPageFacts facts, string call)
    {
        _pages++;
        if (facts.EndStatus is { } status && _pages == 1 && _isWhole)
            throw ApiCallException.Refusal(FailureCodes.RequestRefused, string.Create(CultureInfo.InvariantCulture, $"{call} answered {status}, which means the end of the pages (-StatusAction), and is the first page. Check -Uri. If the service answers so where there is nothing, use -StatusAction @{{ {status} = 'Null' }}."));
        ApiPageFacts? previous = _previous;
        _previous = facts;
        bool isAlike = facts.Count > 0 && previous?.Signature == facts.Signature;
        if (isAlike && IsSame(previous!, facts) && Repeated(call) is { } end)
            return end;
        if (!isAlike && IsFirstAgain(facts) && FirstAgain(call) is { } behind)
            return behind;
        _items += facts.Size;
        _largest = Math.Max(_largest, facts.Size);
        _empty = facts.Count == 0 ? _empty + 1 : 0;
        _alike = isAlike ? _alike + 1 : 0;
        if (IsLast(facts))
            return default;
        _saidMore = SaysMore(facts);
        if (IsShort(facts))
            return new ApiNext(null, Warning: MayBeClipped(facts, call));
        if (IsBehindTotal(facts))
            return new ApiNext(null, Warning: string.Create(CultureInfo.InvariantCulture, $"{call} has no items and was treated as the end. The service says that there are {facts.Total} ('{_paging.TotalPath}'), and {_items} were read."));
        string? warning = _pages == 1 ? Missing(facts, call) : null;
        if (Find(current, facts, call) is not { } next)
        {
            if (facts.LacksNext)
                throw Unknown($"{call}: the last item has no '{_paging.NextPath}' (-NextPath), or is not valid JSON before it, so the next page is not known. If it is the last item of all, say where the end is: with -MorePath, -TotalPath or -EndWhen ShortPage.");
            return facts.More == true
                ? throw Unknown($"{call} says that there are more pages ('{_paging.MorePath}'), but not where. {facts.Members} Set -Pagination and -NextPath.")
                : new ApiNext(null, Warning: warning);
        }
        if (_pages >= _paging.MaxPages)
            return new ApiNext(null, HasMore: true);
        if (Math.Max(Math.Max(_empty, _alike), _returns) >= MaxDullPages)
            throw Loop(string.Create(CultureInfo.InvariantCulture, $"{call} came after {MaxDullPages} pages that {(_empty > 0 ? "were empty" : "had the same items")}, and there is always a next one."));
        if (IsItself(current, facts, next))
            return AfterItself(next, facts, call);
        return Remember(next.Cursor) ? new ApiNext(next, Warning: DoubtOfTotal(facts, call)) : throw Loop($"{call} leads back to a page that was read before ({ApiAddress.ShowCursor(next.Cursor)}).");
    }

    /// <summary>A page or offset; that of the first page if the text is empty.</summary>
    private long NumberOf(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return _paging.Pagination == ApiPagination.Page ? 1 : 0;
        return ApiPaging.TryReadNumber(text, out long number) ? number : throw new EtlException(
            FailureCodes.InvalidParameter, FailureKind.InvalidCall,
            $"'{_paging.ParameterName}' in {(_paging.InBody ? "-Body" : "-Uri")} is not a whole number from 0, which -Pagination {_paging.Pagination} needs. Correct it, or set -FirstPage.");
    }

    /// <summary>The page or offset that the request itself has; null for none.</summary>
    private string? NumberInRequest() => !_paging.InBody ? ApiAddress.ValueOf(_first, _paging.ParameterName)
        : _extract.Body is { } body ? ApiBodyEdit.ValueAt(body.FillJson("-ParametersInBody"), _paging.ParameterName)
        : null;

    private static ApiCallException Loop(string message) => ApiCallException.Refusal(FailureCodes.PageLoop, message);

    private static ApiCallException Unknown(string message) => ApiCallException.Refusal(FailureCodes.NextPageUnknown, message);

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);

    /// <summary>Whether a page with the same items as the previous one is the same page; a page that names another next page, or no longer
    /// says that there are more, is not.</summary>
    private bool IsSame(ApiPageFacts previous, ApiPageFacts facts) => _paging.Counts
        ? previous.More == facts.More
        : _paging.Pagination == ApiPagination.Link ? LinkHeader.FindNext(previous.Links) == LinkHeader.FindNext(facts.Links)
        : previous.Next == facts.Next && facts.Next is not null;

    /// <summary>The previous page was returned again. Many services do this after the last page. Directly after the first page, it means
    /// that the service does not know the parameter, and all other pages would be missed. If the previous page said that there are more,
    /// this one has equal items, as readings without an id may be.</summary>
    /// <returns>The end; null to go on.</returns>
    private ApiNext? Repeated(string call)
    {
        if (_paging.Ends.HasFlag(ApiEnds.RepeatedPage))
            return new ApiNext(null, IsRepeat: true, Warning: _saidMore ? $"{call} returned the previous page again and was treated as the end (-EndWhen RepeatedPage), but that page says that there are more." : null);
        if (_pages == 2 && _isWhole)
            throw Loop($"{call} returned the previous page again. {(_paging.IsLinked ? "The service's next link leads to the same items." : $"Does the service support the parameter '{_paging.ParameterName}' (-PageParameter)?")} If there is only one page, use -Pagination None{(_paging.Counts ? " or -EndWhen RepeatedPage" : "")}.");
        if (!_saidMore)
            return new ApiNext(null, IsRepeat: true);
        return _paging.Counts ? null : throw Loop($"{call} returned the previous page again, and that page says that there are more.");
    }

    private bool IsFirstAgain(ApiPageFacts facts)
    {
        _firstSignature ??= facts.Signature;
        return _paging.Counts && _pages > 2 && facts.Count > 0 && facts.Signature == _firstSignature;
    }

    /// <summary>The first page was returned again, as some services do after the last page.</summary>
    /// <returns>The end; null to go on, because the previous page said that there are more.</returns>
    private ApiNext? FirstAgain(string call)
    {
        if (_saidMore)
        {
            _returns++;
            return null;
        }
        string? warning = _paging.Ends.HasFlag(ApiEnds.RepeatedPage) ? null
            : $"{call} returned the first page again and was treated as the end. If that is right, -EndWhen RepeatedPage leaves out this warning. If it is another page with equal items, set -TotalPath or -MorePath.";
        return new ApiNext(null, IsRepeat: true, Warning: warning);
    }

    private bool IsItself(ApiPage current, ApiPageFacts facts, ApiPage next) => _paging.IsLinked
        ? next.Uri == current.Uri || next.Uri == facts.Uri
        : next.Cursor == current.Cursor && current.Cursor.Length > 0;

    /// <summary>The page names itself as the next one. With an address, that is the end. A cursor may stay the same while items still
    /// arrive; then an empty or repeated page is the end.</summary>
    private ApiNext AfterItself(ApiPage next, ApiPageFacts facts, string call) =>
        _paging.Pagination == ApiPagination.Cursor && facts.Count > 0 ? new ApiNext(next)
        : facts.More == true ? throw Unknown($"{call} says that there are more pages ('{_paging.MorePath}'), but names itself as the next one.")
        : default;

    private bool IsLast(ApiPageFacts facts) => facts.EndStatus is not null || facts.More == false
        || (facts.Total is { } total && _isFromStart && _items == total);

    /// <summary>The warning, once, if the total is none: the first page has no number there, or more items were read than it says.</summary>
    private string? DoubtOfTotal(ApiPageFacts facts, string call)
    {
        if (_doubtsTotal || _paging.TotalPath is null || !_isFromStart || (facts.Total is { } total ? _items <= total : _pages > 1 || !_isWhole))
            return null;
        _doubtsTotal = true;
        return facts.Total is null
            ? $"{call} has no whole number at '{_paging.TotalPath}' (-TotalPath), and is read as if that were not set. {facts.Members}"
            : string.Create(CultureInfo.InvariantCulture, $"{call} brings the number of items to {_items}, more than the {facts.Total} at '{_paging.TotalPath}' (-TotalPath). Reading goes on. If that member is the number of pages, leave out -TotalPath.");
    }

    /// <summary>Whether the service itself says that there is more after this page.</summary>
    private bool SaysMore(ApiPageFacts facts) => facts.More == true || (facts.Total is { } total && _isFromStart && _items < total);

    /// <summary>Whether a page is the last one because it is short. The service's own word that there are more items wins.</summary>
    private bool IsShort(ApiPageFacts facts) => _paging.Ends.HasFlag(ApiEnds.ShortPage) && facts.Size < _paging.PageSize && !SaysMore(facts);

    /// <summary>Whether an empty page comes after the last item that the total can mean. Some totals count items that are not
    /// returned.</summary>
    private bool IsBehindTotal(ApiPageFacts facts)
    {
        if (!_paging.Counts || facts.Size > 0 || facts.More == true || !SaysMore(facts))
            return false;
        long size = _largest > 0 ? _largest : _paging.PageSize ?? 1;
        return facts.Total <= (_paging.Pagination == ApiPagination.Page ? _offset * size : _offset + size);
    }

    /// <summary>The warning if the first page is short and has a round number of items: most services limit the size of a page, to 10, 50 or
    /// 1,000 items, and some do not say so.</summary>
    private string? MayBeClipped(ApiPageFacts facts, string call) => _pages == 1 && _isWhole && facts.Size > 0 && facts.Size % RoundCount == 0
        ? string.Create(CultureInfo.InvariantCulture, $"{call} returned {facts.Size} items, fewer than -PageSize {_paging.PageSize}, and was treated as the last page (-EndWhen ShortPage). If the service returns at most {facts.Size} items a page, set -PageSize {facts.Size}.")
        : null;

    /// <summary>The warning if the first page has nothing that could lead to a next one.</summary>
    /// <exception cref="ApiCallException">It says that there is more.</exception>
    private string? Missing(ApiPageFacts facts, string call)
    {
        bool isMissing = _paging.Pagination switch
        {
            ApiPagination.Link => facts.Links.Count == 0,
            ApiPagination.Cursor or ApiPagination.NextUrl => !facts.HasNext,
            _ => false,
        };
        if (!isMissing || facts.Count == 0 || facts.More is not null || !_isWhole)
            return null;
        string what = _paging.Pagination == ApiPagination.Link ? "Link header" : NextName;
        string found = $"{call} has no {what}. {facts.Members}";
        if (LinkHeader.FindNext(facts.Links) is not null)
            throw Unknown($"{found} The answer's Link header leads to the next page: set -Pagination Link, or -Pagination None for this page alone.");
        if (MoreSign(facts) is { } sign)
            throw Unknown(string.Create(CultureInfo.InvariantCulture, $"{found} {sign}, and the page has {facts.Size} items: {HowToPage}, or -Pagination None for this page alone."));
        if (facts.Size < _paging.PageSize)
            return null;
        if ((_paging.IsNextGiven ? facts.Lead : facts.TextLead) is { } lead)
            throw Unknown($"{found} '{lead}' may lead to the next page: set -Pagination and -NextPath, or -Pagination None if there is only one page.");
        return $"{found} It was treated as the only page. If there are more, {HowToPage}; if there are not, -Pagination None.";
    }

    /// <summary>What says that there is more after the first page: the total that the caller named, or else the document's members.</summary>
    private string? MoreSign(ApiPageFacts facts) =>
        facts.Total is null ? facts.MoreSign : SaysMore(facts) ? $"'{_paging.TotalPath}' is {facts.Total}" : null;

    private ApiPage? Find(ApiPage current, ApiPageFacts facts, string call)
    {
        switch (_paging.Pagination)
        {
            case ApiPagination.Cursor when facts.Next is { } json:
                string cursor = _paging.InBody ? json : TextOfNext(json, call);
                if (!_paging.InBody && IsAddress(cursor))
                    throw Loop($"{call}: the {NextName} is an address, not a cursor. Use -Pagination NextUrl.");
                return WithCursor(current.Uri, cursor);
            case ApiPagination.NextUrl when facts.Next is { } text:
                return Linked(TextOfNext(text, call), facts.Uri, call);
            case ApiPagination.Link when LinkHeader.FindNext(facts.Links) is { } link:
                return Linked(link, facts.Uri, call);
            case ApiPagination.Page when facts.Size > 0 || SaysMore(facts):
                _offset++;
                return Numbered(current.Uri, isFresh: false);
            case ApiPagination.Offset when facts.Size > 0 || SaysMore(facts):
                _offset += facts.Size > 0 ? facts.Size : _paging.PageSize ?? throw Unknown($"{call} has no items, but says that there are more ('{(facts.More == true ? _paging.MorePath : _paging.TotalPath)}'). Set -PageSize, so that the next offset is known.");
                return Numbered(current.Uri, isFresh: false);
            default:
                return null;
        }
    }

    /// <summary>Whether a text is an address: a whole one, or one below that of the first page. A cursor may begin with a slash too, as
    /// Base64 does.</summary>
    private bool IsAddress(string text) =>
        (Uri.TryCreate(text, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https")
        || (text.StartsWith('/') && (text.Contains('?', StringComparison.Ordinal) || text.StartsWith($"{_first.AbsolutePath}/", StringComparison.Ordinal)))
        || text.StartsWith('?');

    /// <summary>Where the next page's cursor or address is, for messages.</summary>
    private string NextName => _paging.NextHeader is { } header ? $"header '{header}' (-NextHeader)" : $"member '{_paging.NextPath}' (-NextPath)";

    /// <summary>A cursor or an address as it goes into an address. An object would be sent as its JSON text.</summary>
    private string TextOfNext(string json, string call)
    {
        string? kind = json[0] switch { '{' => "an object", '[' => "a list", _ => null };
        return kind is null
            ? JsonWatched.TextOf(json)
            : throw Unknown($"{call}: the {NextName} is {kind}, not a cursor or an address. Name the value in it, such as '{_paging.NextPath}{(kind == "a list" ? "[0]" : ".href")}'.");
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
