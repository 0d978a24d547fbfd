using System.Reflection;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Accesses internal members of PowerShell's runtime. Reflection is used only here. If a PowerShell version has moved a member, it is not
/// found, and every caller can handle that.
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
    /// <returns>False if there is no such property that can be set.</returns>
    public static bool TrySet(object target, string member, object value)
    {
        if (target.GetType().GetProperty(member, Instance) is not { CanWrite: true } property || !property.PropertyType.IsInstanceOfType(value))
            return false;
        property.SetValue(target, value);
        return true;
    }
}
