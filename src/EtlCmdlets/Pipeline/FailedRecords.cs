using System.Management.Automation;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Where the failed records of one command go: on to the next Etl command, else to the command's own dead letter, else to
/// the error stream. None is passed to a command of others, and none disappears.
/// </summary>
internal sealed class FailedRecords(EtlCommand command, StageCounters counters, DeadLetterWriter? deadLetter)
{
    /// <summary>Errors shown one by one; the rest of a flood is counted, so that -ErrorVariable stays bounded.</summary>
    private const int MaxShown = 100;

    private long _written;

    public void Handle(Record record)
    {
        if (command.FailFast && ReferenceEquals(record.Error!.FailedIn, counters))
            Stop(record);
        if (command.TryForward(record))
            return;
        if (deadLetter is not null)
            deadLetter.Write(record);
        else if (++_written <= MaxShown)
            command.WriteError(ErrorRecords.Of(record));
    }

    public void Complete()
    {
        deadLetter?.Flush();
        if (_written > MaxShown)
        {
            command.WriteWarning(FormattableString.Invariant(
                $"{_written - MaxShown} more failed records are not shown. Name a file with -DeadLetterPath to keep them all."));
        }
    }

    private void Stop(Record record)
    {
        if (deadLetter is not null)
        {
            deadLetter.Write(record);
            deadLetter.Flush();
        }
        command.ThrowTerminatingError(command.Context.EndingError(
            command, ErrorRecords.ExceptionOf(record), record.Error!.Code, ErrorCategory.InvalidData, new EtlRecord(record)));
    }
}
