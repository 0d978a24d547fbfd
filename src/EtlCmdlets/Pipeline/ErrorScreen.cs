using System.Management.Automation;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Distinguishes errors that a person reads on a screen from errors that are kept: in a file (2>), in a pipe or variable (2>&amp;1), or in
/// the redirected output of the process. In doubt they are kept.
/// </summary>
internal static class ErrorScreen
{
    private const string ErrorAction = "ErrorAction";
    private const string OutDefault = "Out-Default";

    /// <summary>True if a command's errors go to a terminal, and nowhere else.</summary>
    public static bool Shows(PSCmdlet command)
    {
        if (Console.IsOutputRedirected || Console.IsErrorRedirected)
            return false;
        object runtime = command.CommandRuntime;
        bool isMerged = RuntimeMembers.Read(runtime, "ErrorMergeTo")?.ToString() == "Output";
        return RuntimeMembers.Read(runtime, isMerged ? "OutputPipe" : "ErrorOutputPipe") is { } pipe
            && RuntimeMembers.Read(pipe, "DownstreamCmdlet") is { } processor
            && RuntimeMembers.Read(processor, "Command") is PSCmdlet next
            && string.Equals(next.MyInvocation.MyCommand?.Name, OutDefault, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Writes an error only to -ErrorVariable and $Error, as -ErrorAction SilentlyContinue does.</summary>
    /// <returns>False if errors have another action, or PowerShell offers no way; nothing was written then.</returns>
    public static bool TryWriteUnseen(PSCmdlet command, Action write)
    {
        object runtime = command.CommandRuntime;
        if (RuntimeMembers.Read(runtime, ErrorAction) is not ActionPreference.Continue
            || !RuntimeMembers.TrySet(runtime, ErrorAction, ActionPreference.SilentlyContinue))
        {
            return false;
        }
        try
        {
            write();
        }
        finally
        {
            RuntimeMembers.TrySet(runtime, ErrorAction, ActionPreference.Continue);
        }
        return true;
    }
}
