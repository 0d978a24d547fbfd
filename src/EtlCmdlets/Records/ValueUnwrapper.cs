using System.Collections.Specialized;
using System.Management.Automation;

namespace EtlTools.Cmdlets;

/// <summary>Takes PowerShell's wrapping off values before they enter a record.</summary>
internal static class ValueUnwrapper
{
    /// <summary>A custom object as a dictionary of its values, another wrapped value as what is in it; any thread.</summary>
    public static object Simplify(object value)
    {
        if (value is not PSObject wrapped)
            return value;
        if (wrapped.BaseObject is not PSCustomObject)
            return wrapped.BaseObject;
        var values = new OrderedDictionary();
        foreach (PSNoteProperty property in wrapped.Properties.OfType<PSNoteProperty>())
            values[property.Name] = property.Value;
        return values;
    }

    /// <summary>The value without its PSObject; custom objects have no other form and stay. DBNull is null.</summary>
    public static object? Unwrap(object? value)
    {
        if (value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject)
            value = wrapped.BaseObject;
        return value is DBNull ? null : value;
    }
}
