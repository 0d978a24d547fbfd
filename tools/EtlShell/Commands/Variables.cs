using System.Management.Automation;
using EtlTools.Shell;

namespace Microsoft.PowerShell.Commands;

/// <summary>Variables of a scope given by name or number, relative to the calling script.</summary>
internal static class Variables
{
    public static PSVariable? GetAtScope(PSCmdlet command, string name, string scope)
        => EngineInternals.GetVariable(command.SessionState, name, scope);

    public static PSVariable Set(PSCmdlet command, string name, object? value, string scope, ScopedItemOptions? options, bool force)
    {
        PSVariable variable = GetAtScope(command, name, scope) ?? new PSVariable(name);
        variable.Value = value;
        if (options is { } wanted)
            variable.Options = wanted;
        EngineInternals.SetVariable(command.SessionState, variable, scope, force);
        return variable;
    }
}
