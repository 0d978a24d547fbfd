using System.Globalization;

namespace EtlTools.Engine.Extract.Api;

/// <summary>
/// A position in a service's pages, for a watermark: the page's cursor and the settings that give it a meaning. A page number for pages of
/// 100 items means nothing for pages of 50, and a cursor belongs to the query for which it was issued.
/// </summary>
/// <param name="Paging">A hash of the paging options.</param>
/// <param name="Range">A hash of the part of the data selected by -Since and -Until.</param>
/// <param name="Cursor">The page's cursor, number or address; empty for the first one.</param>
internal sealed record ApiPlace(string Paging, string Range, string Cursor)
{
    private const int HashLength = 8;

    /// <summary>How many items came before the page; null in a watermark that does not say so.</summary>
    public long? Before { get; init; }

    /// <summary>The position in a source's pages.</summary>
    public static ApiPlace Of(ApiExtract extract, string cursor)
    {
        ApiPaging paging = extract.Paging;
        return new ApiPlace(
            Hash($"{paging.Pagination} {paging.ParameterName} {paging.PageSizeParameter} {paging.PageSize} {paging.InBody}"),
            Hash(string.Join('&', extract.Range.Select(pair => $"{pair.Key}={pair.Value}"))),
            cursor);
    }

    /// <summary>Reads what <see cref="ToString"/> wrote; null for anything else.</summary>
    public static ApiPlace? TryParse(string? text) =>
        text?.Split(':', 2) is [var head, var cursor] && head.Split('.') is [{ Length: HashLength } paging, { Length: HashLength } range, .. var rest]
            ? new ApiPlace(paging, range, cursor) { Before = rest is [var before] && long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out long rows) ? rows : null }
            : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Paging}.{Range}{(Before is null ? "" : ".")}{Before}:{Cursor}");

    private static string Hash(string text) => ApiAddress.Hash(text)[..HashLength];
}
