using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>
/// A command that hosts one bounded stage. It opens the stage and moves records between it and the pipeline. However it ends, it cancels
/// the stage and awaits its workers.
/// </summary>
public abstract class EtlCommand : EtlCmdlet, IDisposable
{
    private readonly Lock _lock = new();
    private Neighbour? _next;
    private bool _nextIsKnown;
    private RunContext? _context;
    private StagePump? _pump;
    private DeadLetterWriter? _deadLetter;
    private CancellationTokenRegistration _dropping;
    private CancellationTokenRegistration _draining;
    private DrainTriggers? _triggers;
    private bool _entered;
    private bool _stopped;
    private bool _disposed;

    /// <summary>A file for failed records that are not passed to a later Etl command; one JSON line each.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public virtual string? DeadLetterPath { get; set; }

    /// <summary>The size in bytes from which a dead-letter file is renamed and a new one started. Default: no limit.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long DeadLetterMaxBytes { get; set; }

    /// <summary>The number of workers. Default: one for each processor, at most 8.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = StageOptions.DefaultThrottleLimit;

    /// <summary>The largest number of records that the command holds. Default 10000.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BufferSize { get; set; } = StageOptions.DefaultBufferSize;

    /// <summary>The next Etl command of the pipeline, if there is one.</summary>
    internal Neighbour? Next
    {
        get
        {
            if (!_nextIsKnown)
            {
                _next = Neighbours.Next(this);
                _nextIsKnown = true;
            }
            return _next;
        }
    }

    /// <summary>How many Etl commands follow this one.</summary>
    internal int Depth => Next is { } next ? next.Command.Depth + 1 : 0;

    /// <summary>What the commands of this pipeline share.</summary>
    internal RunContext Context => _context ??= Next?.Command.Context ?? new RunContext();

    /// <summary>The Etl command directly before this one, which sets it. It sends a pulse while its source is silent.</summary>
    internal EtlCommand? Previous { get; private set; }

    internal bool HasPulse => Previous is not null;

    /// <summary>Whether all output records have the same columns, so that a column missing in the first one must be a typing
    /// error.</summary>
    internal virtual bool HasFixedColumns => false;

    /// <summary>Whether failed records may be passed on to the next Etl command.</summary>
    internal virtual bool ForwardsFailures => true;

    /// <summary>Whether the next command receives everything that this one writes, failed records included.</summary>
    internal bool FeedsNext =>
        ForwardsFailures && Next is { IsDirect: true } next && (DeadLetterPath is null || next.Command.DeadLetterPath is not null);

    /// <summary>Whether this command or a later one has a dead letter.</summary>
    private bool LeadsToDeadLetter => DeadLetterPath is not null || Next?.Command.LeadsToDeadLetter == true;

    /// <summary>Whether each input record gives exactly one output record, in order, so that its number identifies it.</summary>
    internal virtual bool KeepsNumbers => true;

    /// <summary>Whether the stage's output follows its input soon, so that it can be waited for.</summary>
    internal virtual bool GivesBackSoon => true;

    internal bool FailFast =>
        MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? action) && action is ActionPreference.Stop;

    private protected StagePump Pump => _pump ?? throw new InvalidOperationException("The stage is not open.");

    private protected bool IsOpen => _pump is not null;

    private protected StageOptions SizeOfStage => new() { ThrottleLimit = ThrottleLimit, BufferSize = BufferSize };

    /// <summary>The file that -DeadLetterPath names, or null.</summary>
    private protected DeadLetterWriter? DeadLetter =>
        DeadLetterPath is null ? null : _deadLetter ??= Context.OpenDeadLetter(DeadLetterFullPath = FullPath(DeadLetterPath, "-DeadLetterPath"), DeadLetterMaxBytes > 0 ? DeadLetterMaxBytes : null);

    /// <summary>Its full path, once it is opened.</summary>
    private protected string? DeadLetterFullPath { get; private set; }

    /// <summary>The dead letter to which the pump writes failed records that are not passed on.</summary>
    private protected virtual DeadLetterWriter? DeadLetterOfPump => DeadLetter;

    /// <summary>Starts the stage. The command must be in its pipeline by now.</summary>
    /// <param name="open">Creates the stage.</param>
    private protected void OpenStage(Func<RecordStage> open)
    {
        if (Next is { IsDirect: true } next)
            next.Command.Previous = this;
        JoinRun();
        // The steps that can fail come first, while there is no stage to be released.
        DeadLetterWriter? deadLetter = DeadLetterOfPump;
        var pump = new StagePump(this, open(), deadLetter);
        Context.Run.Add(pump.Stage.Counters, Depth, FeedsNext);
        lock (_lock)
        {
            _pump = pump;
            if (_stopped)
                pump.Stage.Cancel();
        }
        _dropping = Context.Run.Shutdown.Dropping.Register(pump.Stage.Cancel);
        if (Plan is { } plan)
            WriteVerbose(plan);
        if (!Context.HasToldOfVariable && Neighbours.VariableAround(this) is { } ahead)
        {
            Context.HasToldOfVariable = true;
            WriteWarning($"The -PipelineVariable of {ahead} runs ahead: {MyInvocation.MyCommand.Name} holds records back, and commands behind it find the value of a later one. Keep what you need in a column.");
        }
    }

    /// <summary>Runs the command as a source: to the end of its input, or until the run is drained.</summary>
    private protected void RunSource(IDrainSettings settings, Func<RecordStage> open)
    {
        if (TryBeginSource(settings, open))
            CompletePump();
    }

    /// <summary>Begins to read as a source.</summary>
    /// <returns>False if the run is already draining; nothing is read then.</returns>
    private protected bool TryBeginSource(IDrainSettings settings, Func<RecordStage> open)
    {
        JoinRun();
        RunShutdown shutdown = Context.Run.Shutdown;
        shutdown.Timeout = TimeSpan.FromSeconds(settings.DrainTimeoutSec);
        if (!HostKind.IsAttended)
            LiveRuns.HeedTermination(Context.Run, settings.OnTermination == EtlTerminationAction.Drop);
        string? stopFile = settings.StopFilePath is { } path ? FullPath(path, "-StopFilePath") : null;
        _triggers = new DrainTriggers(Context.Run, settings.MaxDuration > TimeSpan.Zero ? settings.MaxDuration : null, stopFile);
        if (shutdown.Draining.IsCancellationRequested)
        {
            shutdown.CutShort();
            WriteWarning($"{MyInvocation.MyCommand.Name} read nothing: {shutdown.Reason}.");
            return false;
        }
        OpenStage(open);
        _draining = shutdown.Draining.Register(Pump.Stage.Drain);
        return true;
    }

    /// <summary>Makes the command part of its run, which lasts until all of its commands are disposed.</summary>
    private protected void JoinRun()
    {
        if (_entered)
            return;
        _entered = true;
        Context.Enter();
        foreach (object place in ResumePlaces)
            Context.Run.ResumeFrom((place as EtlWatermark)?.Watermark);
        if (LeavesOut is { } why)
            Context.Run.GoOn(why);
    }

    /// <summary>Whether the command is a source that continues from a watermark or leaves a part out. It then joins its run at once,
    /// because a loader that needs the whole source must know it when it opens.</summary>
    private protected bool GoesOn => LeavesOut is not null || ResumePlaces.Any();

    /// <summary>Which part of its source the command leaves out, as a clause; null if it reads all of it.</summary>
    private protected virtual string? LeavesOut => null;

    private IEnumerable<object> ResumePlaces =>
        MyInvocation.BoundParameters.TryGetValue("ResumeFrom", out object? from) ? (from as object?[] ?? [from]).Select(ValueUnwrapper.Unwrap).OfType<object>() : [];

    /// <summary>What the command is about to do, for -Verbose; null for nothing.</summary>
    private protected virtual string? Plan => null;

    /// <summary>Passes a failed record to the next Etl command. Other commands in between do not see it.</summary>
    /// <returns>False if the record stays here: there is no next Etl command, or this one's own dead letter keeps it.</returns>
    internal bool TryForward(Record failed)
    {
        if (FeedsNext)
        {
            WriteObject(new EtlRecord(failed));
            return true;
        }
        if (!ForwardsFailures || Next is not { IsDirect: false, HandOver: { } handOver } next)
            return false;
        bool isOwn = ReferenceEquals(failed.Error!.FailedIn, Pump.Stage.Counters);
        if (DeadLetterPath is not null && (isOwn || !next.Command.LeadsToDeadLetter))
            return false;
        failed.Overtake();
        handOver(new EtlRecord(failed));
        return true;
    }

    private bool IsDropped => Context.Run.Shutdown.Dropping.IsCancellationRequested;

    /// <summary>A later command that needs no more input, such as Select-Object -First, ends the earlier ones in the same way as the
    /// user.</summary>
    private protected sealed override void OnStopped()
    {
        if (!_stopped && !Neighbours.IsStoppedByUser(this))
            Context.Run.StopEarly();
    }

    private protected sealed override EtlException? EndingOf(Exception exception) => exception switch
    {
        OperationCanceledException when _stopped => null,
        OperationCanceledException when IsDropped => new EtlException(
            FailureCodes.RunDropped, FailureKind.Stopped,
            $"The run was dropped: {Context.Run.Shutdown.Reason}. Committed records stay, the rest is not loaded; run it again to complete it."),
        _ => base.EndingOf(exception),
    };

    private protected sealed override ErrorRecord EndingError(EtlException failure) => Context.EndingError(this, failure);

    /// <summary>Writes the stage's output to its end.</summary>
    private protected void CompletePump()
    {
        Pump.Complete();
        Context.Run.End(Pump.Stage.Counters);
        // What ended a source's input will happen again in the run that continues.
        if (Pump.Stage.IsCutShort)
            Context.Run.Shutdown.CutShort();
        else
            Context.Ending ??= Pump.Stage.Ending;
        if (Next is not null)
            return;
        EndAsSource();
        if (Context.Run.FindImbalance() is { } imbalance)
            throw new EtlException(FailureCodes.CountsDoNotAddUp, FailureKind.InvalidData, $"The counts of the run do not add up. {imbalance}");
        Context.Complete();
        if (Context.TakeTelemetryFailure() is { } failure)
            WriteWarning(failure);
    }

    /// <summary>Called by the last command. If the source's input ended early with an error, the run ends with it, after everything that
    /// was read before has been processed and committed.</summary>
    private protected void EndAsSource()
    {
        if (Next is null && Context.Ending is { } ending)
            throw ending;
    }

    /// <summary>Reports a part of the input that could not be read. The run continues, but does not succeed.</summary>
    internal void WriteInputError(EtlException failure)
    {
        Context.AddInputError();
        if (FailFast)
            throw failure;
        WriteError(ErrorRecords.Of(failure));
    }

    /// <summary>Writes the workers' messages to the other streams. Called on the pipeline thread, after records were written.</summary>
    internal virtual void WriteMessages()
    {
    }

    /// <summary>The full path of a file that a parameter names.</summary>
    private protected string FullPath(string path, string parameter) => SessionPath.Full(SessionState.Path, path, parameter);

    /// <summary>Cancels the stage. Called from another thread, whatever the pipeline thread is doing.</summary>
    protected sealed override void StopProcessing()
    {
        lock (_lock)
        {
            _stopped = true;
            if (_entered)
                Context.Stop();
            _pump?.Stage.Cancel();
        }
        OnStopping();
    }

    /// <summary>Cancels work that is not in a stage yet.</summary>
    private protected virtual void OnStopping()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_entered && Neighbours.IsStoppedByUser(this))
            Context.Stop();
        // All steps run, even if an earlier one fails.
        Exception? failure = null;
        Release(OnDisposing);
        Release(() => _triggers?.Dispose());
        Release(_draining.Dispose);
        Release(_dropping.Dispose);
        Release(() => _pump?.Dispose());
        Release(OnDisposed);
        if (_deadLetter is { } letters)
            Release(() => Context.CloseDeadLetter(letters));
        if (_entered)
            Release(() => Context.Leave(this));
        GC.SuppressFinalize(this);
        // PowerShell shows an exception that leaves Dispose as it is.
        if (failure is not null)
            throw ErrorRecords.FailureOf(failure).ForUser(text => Context.Session.Redactor.Redact(text));

        void Release(Action step)
        {
            try
            {
                step();
            }
            catch (Exception e)
            {
                failure ??= e;
            }
        }
    }

    /// <summary>Releases what the stage's workers used.</summary>
    private protected virtual void OnDisposed()
    {
    }

    /// <summary>Releases what the command itself holds, before the stage is disposed.</summary>
    private protected virtual void OnDisposing()
    {
    }
}
