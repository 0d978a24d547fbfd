using System.Globalization;
using System.Text.RegularExpressions;
using EtlTools.Engine.Extract.Json;

namespace EtlTools.Engine.Extract.Api;

/// <summary>What the members of a page's document and its headers tell about further pages, where the caller has not said which of them to look at.</summary>
internal static partial class ApiPageSigns
{
    /// <summary>Whether a member of this name often contains a cursor, the address of another page, or whether there is one.</summary>
    public static bool MayLead(string name) => LeadName().IsMatch(name);

    public static bool MayLead(JsonMember member) => MayLead(member.Name);

    /// <summary>What says that there are more items than those of the first page, for a message: a flag, a number of pages or of items; null
    /// if nothing does. A member that names no next page outweighs the numbers, and the number of pages outweighs that of items, because some
    /// services count items that a query does not return.</summary>
    /// <param name="members">The document's members, and those of <see cref="InHeaders"/>.</param>
    /// <param name="items">The path of the items; a member beside them, or beside the list around them, is looked at.</param>
    /// <param name="count">The number of items.</param>
    public static string? FindMore(IEnumerable<JsonMember> members, JsonPath items, long count)
    {
        string around = items.Prefix[..(items.Prefix.LastIndexOf('.') + 1)];
        JsonMember[] known = [.. members.Select(member => member.Name.StartsWith(around, StringComparison.OrdinalIgnoreCase) ? member with { Name = member.Name[around.Length..] } : member)];
        if (Find(known, MayLead, member => member.Plain == "true") is { } flag)
            return flag;
        if (known.Any(member => MayLead(member) && member.Plain is "null" or "false" or "0" or "\"\"" or ""))
            return null;
        long page = known.Where(member => PageName().IsMatch(member.Name)).Select(NumberOf).FirstOrDefault() ?? 1;
        return known.Any(member => PagesName().IsMatch(member.Name) && NumberOf(member) is not null)
            ? Find(known, member => PagesName().IsMatch(member.Name), member => NumberOf(member) > Math.Max(page, 1))
            : Find(known, member => TotalName().IsMatch(member.Name), member => NumberOf(member) > count);
    }

    /// <summary>The headers that may tell, as if they were members: X-Total-Count, X-Next-Page.</summary>
    public static IEnumerable<JsonMember> InHeaders(HttpResponseMessage answer) => answer.Headers
        .Where(header => header.Key.StartsWith("X-", StringComparison.OrdinalIgnoreCase))
        .Select(header => new JsonMember(header.Key, HasValue: true, Plain: string.Join(',', header.Value)));

    [GeneratedRegex(@"^(?!.*(?:sync|delta|prev))(?:.*(?:next|cursor|continu|scroll_?id|page_?token|(?:has|is)?_?more$)|(?:.*\.)?after$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex LeadName();

    [GeneratedRegex(@"^(?:[^.]*(?:meta|pag)[^.]*\.)?(?:x-)?(?:current_?)?page(?:_?(?:number|no|index))?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PageName();

    [GeneratedRegex(@"^(?:[^.]*(?:meta|pag)[^.]*\.)?(?:x-(?:wp-)?)?(?:(?:total|num)[_-]?pages|pages|last_?page)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PagesName();

    [GeneratedRegex(@"^(?:[^.]*(?:meta|pag)[^.]*\.)?(?:@|@?odata\.|x-(?:wp-)?)?(?:total(?:[_-]?(?:count|items|results|records|elements|entries|rows|hits|size))?|(?:(?:item|result|record)s?_?)?count|num_?found)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TotalName();

    private static string? Find(IEnumerable<JsonMember> members, Func<JsonMember, bool> isNamed, Func<JsonMember, bool> says) =>
        members.Where(isNamed).FirstOrDefault(says) is { Name: { } name } member ? $"'{name}' is {member.Plain}" : null;

    private static long? NumberOf(JsonMember member) =>
        long.TryParse(member.Plain?.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;
}
