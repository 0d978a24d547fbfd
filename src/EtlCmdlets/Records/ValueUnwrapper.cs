using System.Management.Automation;

namespace EtlTools.Cmdlets;

/// <summary>Takes PowerShell's wrapping off values before they enter a record.</summary>
internal static class ValueUnwrapper
{
    /// <summary>The value without its PSObject; custom objects have no other form and stay. DBNull is null.</summary>
    public static object? Unwrap(object? value)
    {
        if (value is PSObject wrapped && wrapped.BaseObject is not PSCustomObject)
            value = wrapped.BaseObject;
        return value is DBNull ? null : value;
    }
}
