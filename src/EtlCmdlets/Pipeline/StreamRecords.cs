using System.Management.Automation;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Objects of PowerShell's other streams, which are messages and no data. They are among the output of a command whose streams are
/// merged, as by <c>3&gt;&amp;1</c>.</summary>
internal static class StreamRecords
{
    public static bool IsOne(object? value) => value is InformationalRecord or InformationRecord or ErrorRecord;

    /// <summary>Writes a message to the stream that it comes from.</summary>
    public static void Write(EtlCmdlet command, object? message)
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
                command.PassOn(error);
                break;
        }
    }

    /// <summary>An error without secrets in the text that PowerShell shows; the same error if there are none in it.</summary>
    public static ErrorRecord Redacted(ErrorRecord error, Redactor redactor)
    {
        string text = error.ToString();
        return redactor.Redact(text) is var shown && shown == text ? error : new ErrorRecord(error, null) { ErrorDetails = new ErrorDetails(shown) };
    }

    /// <summary>A line of text without secrets; the same record if there are none in it.</summary>
    public static InformationRecord Redacted(InformationRecord record, Redactor redactor)
    {
        string text = record.ToString();
        if (redactor.Redact(text) is var shown && shown == text)
            return record;
        object data = record.MessageData is HostInformationMessage line
            ? new HostInformationMessage { Message = shown, NoNewLine = line.NoNewLine, ForegroundColor = line.ForegroundColor, BackgroundColor = line.BackgroundColor }
            : shown;
        var redacted = new InformationRecord(data, record.Source);
        redacted.Tags.AddRange(record.Tags);
        return redacted;
    }

    /// <summary>Removes secrets from progress.</summary>
    public static void Redact(ProgressRecord progress, Redactor redactor)
    {
        progress.Activity = redactor.Redact(progress.Activity);
        progress.StatusDescription = redactor.Redact(progress.StatusDescription);
        progress.CurrentOperation = redactor.Redact(progress.CurrentOperation);
    }
}
