using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace EtlTools.Shell.Pester;

/// <summary>A value as a failure message shows it.</summary>
internal static class ValueText
{
    private const int LongestList = 10;

    public static string Of(object? value)
    {
        object? plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        return plain switch
        {
            null => "$null",
            bool flag => flag ? "$true" : "$false",
            string text => $"'{text}'",
            ScriptBlock body => $"{{{body}}}",
            Type type => $"[{type}]",
            IDictionary => $"{value}",
            IList { Count: 1 } list => Of(list[0]),
            IList list => List(list),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            _ => LanguagePrimitives.ConvertTo<string>(value),
        };
    }

    private static string List(IList list)
    {
        string more = list.Count > LongestList ? $", …{list.Count - LongestList} more" : "";
        return $"@({string.Join(", ", list.Cast<object?>().Take(LongestList).Select(Of))}{more})";
    }
}
