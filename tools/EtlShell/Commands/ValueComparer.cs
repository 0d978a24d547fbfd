using System.Globalization;
using System.Management.Automation;

namespace Microsoft.PowerShell.Commands;

/// <summary>PowerShell's order of two values: as the language compares them, else as their strings.</summary>
internal sealed class ValueComparer(bool caseSensitive) : IComparer<object?>
{
    public int Compare(object? x, object? y)
    {
        object? first = Unwrap(x);
        object? second = Unwrap(y);
        if (LanguagePrimitives.TryCompare(first, second, !caseSensitive, CultureInfo.CurrentCulture, out int result))
            return result;
        return CultureInfo.CurrentCulture.CompareInfo.Compare(
            $"{x}", $"{y}", caseSensitive ? CompareOptions.None : CompareOptions.IgnoreCase);
    }

    public bool SameKeys(IReadOnlyList<object?> first, IReadOnlyList<object?> second)
    {
        if (first.Count != second.Count)
            return false;
        for (int i = 0; i < first.Count; i++)
        {
            if (Compare(first[i], second[i]) != 0)
                return false;
        }

        return true;
    }

    private static object? Unwrap(object? value) => value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
}
