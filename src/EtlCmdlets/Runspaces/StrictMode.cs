using System.Management.Automation;
using EtlTools.Cmdlets.Pipeline;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The strict mode of the scope that calls, which PowerShell keeps internal. If it is not found, it counts as off.</summary>
internal static class StrictMode
{
    /// <summary>The version that Set-StrictMode chose; null where it has not been called.</summary>
    public static Version? Of(SessionState session)
    {
        if (RuntimeMembers.Read(session, "Internal") is not { } state)
            return null;
        // A module does not obey the strict mode of those who call it.
        object? outermost = RuntimeMembers.Read(state, "ModuleScope");
        for (object? scope = RuntimeMembers.Read(state, "CurrentScope"); scope is not null; scope = ReferenceEquals(scope, outermost) ? null : RuntimeMembers.Read(scope, "Parent"))
        {
            if (RuntimeMembers.Read(scope, "StrictModeVersion") is Version version)
                return version;
        }
        return null;
    }
}
