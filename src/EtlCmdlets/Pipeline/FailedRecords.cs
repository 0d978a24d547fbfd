using System.Management.Automation;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Decides where the failed records of one command go: to the next Etl command, else to the command's own dead letter, else to the error
/// stream. No other command receives them, and none is lost.
/// </summary>
internal sealed class FailedRecords(EtlCommand command, StageCounters counters, DeadLetterWriter? deadLetter)
{
    /// <summary>The number of errors shown on a screen one by one; the rest of a flood is only counted. Files, pipes and variables get
    /// all.</summary>
    private const int MaxShown = 10;

    private long _written;
    private long _unseen;
    private bool _isOnScreen;

    public void Handle(Record record)
    {
        if (Number is { } number)
            record.NumberError(number);
        if (command.FailFast && ReferenceEquals(record.Error!.FailedIn, counters))
            Stop(record);
        if (command.TryForward(record))
            return;
        if (deadLetter is not null)
            deadLetter.Write(record);
        else
            Lose(record);
    }

    /// <summary>The input number of the record that was just taken; null if it is unknown.</summary>
    private long? Number => command.KeepsNumbers && counters is { Made: 0, Filtered: 0 } ? counters.Out + counters.Failed + counters.Forwarded : null;

    public void Complete()
    {
        deadLetter?.Flush();
        if (_unseen > 0)
        {
            command.WriteWarning(FormattableString.Invariant(
                $"{_unseen} more failed records are not shown on the screen. -ErrorVariable and 2> receive all errors; -DeadLetterPath keeps the records themselves."));
        }
    }

    /// <summary>Writes a record to the error stream, and remembers that no dead letter keeps it.</summary>
    private void Lose(Record record)
    {
        if (record.HasPosition && record.DeadLetter is null)
            record.Position.Source.Losses.Add(new SourceLosses.Loss(record.Position, record.Error!.Stage, counters));
        Write(ErrorRecords.Of(record));
    }

    private void Write(ErrorRecord error)
    {
        // Checked once, because where errors go does not change while a command runs.
        if (++_written == MaxShown + 1)
            _isOnScreen = ErrorScreen.Shows(command);
        if (_isOnScreen && ErrorScreen.TryWriteUnseen(command, () => command.WriteError(error)))
            _unseen++;
        else
            command.WriteError(error);
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
