using System.Text.RegularExpressions;

namespace EtlTools.Shell.Pester;

/// <summary>`&lt;a.b&gt;` in a test's name means $a.b; a backtick before it keeps it as it is.</summary>
internal static partial class NameTemplate
{
    public static string ToExpandableString(string name)
    {
        string escaped = name.Replace("$", "`$", StringComparison.Ordinal).Replace("\"", "`\"", StringComparison.Ordinal);
        return $"\"{Template().Replace(escaped, "$$($$$1)")}\"";
    }

    [GeneratedRegex("(?<!`)<([^>^`]+)>")]
    private static partial Regex Template();
}
