using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// Moves records between a stage and the pipeline, on the pipeline thread alone: what is finished is written, failed
/// records go where they belong, notices and progress are shown.
/// </summary>
internal sealed class StagePump : IDisposable
{
    /// <summary>How long the pipeline thread waits before it sends a pulse on and shows progress.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(50);

    /// <summary>How long a record of a slow foreign source is waited for, so that it need not wait for the next one.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly EtlCommand _command;
    private readonly RecordOutput _output;
    private readonly FailedRecords _failed;
    private readonly StageProgress _progress;
    private readonly ArrivalRate _arrivals;
    private readonly TimeProvider _time;
    private readonly bool _sendsPulse;

    public StagePump(EtlCommand command, RecordStage stage, DeadLetterWriter? deadLetter)
    {
        _command = command;
        Stage = stage;
        _sendsPulse = command.Next is { IsDirect: true };
        _failed = new FailedRecords(command, stage.Counters, deadLetter);
        _progress = new StageProgress(command, stage);
        _time = command.Context.Run.Time;
        _output = new RecordOutput(command, _time);
        _arrivals = new ArrivalRate(_time);
    }

    public RecordStage Stage { get; }

    /// <summary>Puts a record in. While the stage is full, finished records are written: the two ends cannot wait for
    /// each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Post(IRecordInput input, Record record)
    {
        bool idle = BeginPost();
        while (!input.TryPost(record))
            MakeRoom();
        EndPost(input, idle);
    }

    /// <summary>Puts records in, in the same way.</summary>
    public void Post(IRecordInput input, List<Record> records)
    {
        bool idle = BeginPost();
        for (int i = 0; i < records.Count; i++)
        {
            while (!input.TryPost(records[i]))
                MakeRoom();
        }
        EndPost(input, idle);
    }

    /// <summary>Puts a piece of text in, in the same way.</summary>
    public void Post(PipedText input, string piece)
    {
        bool idle = BeginPost();
        while (!input.TryWrite(piece))
            MakeRoom();
        EndPost(input, idle);
    }

    /// <summary>The source is silent: nothing may be held back.</summary>
    public void Pulse(IRecordInput input, EtlPulse pulse)
    {
        if (pulse.Settles)
        {
            Settle(input);
            return;
        }
        input.Flush();
        WriteFinished();
        Send(EtlPulse.Beat);
    }

    /// <summary>Writes all output to its end.</summary>
    public void Complete()
    {
        while (true)
        {
            WriteFinished();
            if (Stage.IsEnded)
                break;
            if (!Stage.Wait(Beat))
                Send(EtlPulse.Beat);
        }
        WriteFinished();
        // A source that was told to stop may come to its end before the commands behind it are told, and they would take it for all
        // of the input.
        Stage.Stopping.ThrowIfCancellationRequested();
        if (Stage.Notices.Dropped > 0)
            _command.WriteWarning(FormattableString.Invariant($"{Stage.Notices.Dropped} more notices are not shown: they came faster than they could be written."));
        _failed.Complete();
        _progress.Complete();
    }

    private bool BeginPost()
    {
        if (!_command.HasPulse)
            _arrivals.Arrived();
        Stage.Stopping.ThrowIfCancellationRequested();
        return Stage.IsIdle;
    }

    private void MakeRoom()
    {
        // What was taken has made room; only where nothing could be is there anything to wait for.
        if (!WriteFinished() && !Stage.Wait(Beat))
            Send(EtlPulse.Beat);
    }

    private void EndPost(IStageInput input, bool idle)
    {
        if (!_command.HasPulse && _arrivals.AreSlow)
            GoOnAtOnce(input, idle);
        WriteFinished();
        if (!_command.HasPulse)
            _arrivals.Left();
    }

    /// <summary>Writes what is finished, without waiting.</summary>
    /// <returns>False when nothing was.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool WriteFinished()
    {
        bool any = false;
        while (TryTake(out Record? record))
        {
            any = true;
            if (record.Error is null)
                _output.Write(record);
            else
                HandleFailed(record);
            if (_progress.IsDue)
                _progress.Show();
        }
        _output.Flush();
        ShowNotices();
        _command.WriteMessages();
        if (_progress.IsDue)
            _progress.Show();
        return any;
    }

    /// <summary>The next finished record. What came out of the stage before it failed is written before the failure.</summary>
    private bool TryTake([NotNullWhen(true)] out Record? record)
    {
        try
        {
            return Stage.TryTake(out record);
        }
        catch (EtlException)
        {
            _output.Flush();
            ShowNotices();
            throw;
        }
    }

    private void HandleFailed(Record record)
    {
        _output.Flush();
        // This may be the end of the run, and what the script had to say comes first.
        _command.WriteMessages();
        _failed.Handle(record);
    }

    public void Dispose()
    {
        try
        {
            Stage.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        finally
        {
            _progress.Dispose();
        }
    }

    /// <summary>A record of a slow foreign source need not wait for the next one. An idle stage waits for it; a busy one has
    /// older records before it, and goes on taking.</summary>
    private void GoOnAtOnce(IStageInput input, bool idle)
    {
        if (idle)
        {
            Settle(input);
            return;
        }
        input.Flush();
        if (WriteFinished())
            Send(EtlPulse.Settle);
    }

    private void Settle(IStageInput input)
    {
        input.Flush();
        long began = _time.GetTimestamp();
        while (_command.GivesBackSoon && !Stage.IsIdle && _time.GetElapsedTime(began) < Patience)
        {
            WriteFinished();
            if (!Stage.IsIdle)
                Stage.Wait(Beat);
        }
        WriteFinished();
        Send(EtlPulse.Settle);
    }

    private void Send(EtlPulse pulse)
    {
        if (_sendsPulse)
            _command.WriteObject(pulse);
    }

    private void ShowNotices()
    {
        while (Stage.Notices.TryTake(out StageNotice? notice))
            Show(notice);
    }

    private void Show(StageNotice notice)
    {
        switch (notice.Level)
        {
            case NoticeLevel.Error:
                _command.WriteInputError(notice.Failure);
                break;
            case NoticeLevel.Warning:
                _command.WriteWarning(notice.Failure.Message);
                break;
            default:
                _command.WriteVerbose(notice.Failure.Message);
                break;
        }
    }
}
