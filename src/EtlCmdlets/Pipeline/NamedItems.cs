using System.Management.Automation;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Finds items by a name that a user gives.</summary>
internal static class NamedItems
{
    /// <summary>The items of exactly that name; if there is none, those that match its wildcards. A name may have brackets itself.</summary>
    public static T[] Find<T>(IReadOnlyList<T> all, Func<T, string> nameOf, string name)
    {
        T[] exact = [.. all.Where(item => string.Equals(nameOf(item), name, StringComparison.OrdinalIgnoreCase))];
        if (exact.Length > 0)
            return exact;
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        return [.. all.Where(item => pattern.IsMatch(nameOf(item)))];
    }
}
