using System.Reflection;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Members of PowerShell's runtime that it keeps internal. Reflection is used here alone. A member that a version of PowerShell has moved is
/// not found, and every caller has an answer for that.
/// </summary>
internal static class RuntimeMembers
{
    public const BindingFlags Instance = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    public static object? Read(object target, string member) => TryRead(target, member, out object? value) ? value : null;

    public static bool TryRead(object target, string member, out object? value)
    {
        for (Type? type = target.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetProperty(member, Instance | BindingFlags.DeclaredOnly) is { } property)
            {
                value = property.GetValue(target);
                return true;
            }
            if (type.GetField(member, Instance | BindingFlags.DeclaredOnly) is { } field)
            {
                value = field.GetValue(target);
                return true;
            }
        }
        value = null;
        return false;
    }

    /// <summary>Sets a property.</summary>
    /// <returns>False where there is none that can be set.</returns>
    public static bool TrySet(object target, string member, object value)
    {
        if (target.GetType().GetProperty(member, Instance) is not { CanWrite: true } property || !property.PropertyType.IsInstanceOfType(value))
            return false;
        property.SetValue(target, value);
        return true;
    }
}
