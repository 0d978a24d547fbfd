using System.Management.Automation;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Objects of PowerShell's other streams, which are messages and no data. They are among the output of a command whose streams are merged, as
/// by <c>3&gt;&amp;1</c>.</summary>
internal static class StreamRecords
{
    public static bool IsOne(object? value) => value is InformationalRecord or InformationRecord or ErrorRecord;

    /// <summary>Writes a message to the stream that it comes from.</summary>
    public static void Write(Cmdlet command, object? message)
    {
        switch (message)
        {
            case WarningRecord warning:
                command.WriteWarning(warning.Message);
                break;
            case VerboseRecord verbose:
                command.WriteVerbose(verbose.Message);
                break;
            case DebugRecord debug:
                command.WriteDebug(debug.Message);
                break;
            case InformationRecord information:
                command.WriteInformation(information);
                break;
            case ErrorRecord error:
                command.WriteError(error);
                break;
        }
    }
}
