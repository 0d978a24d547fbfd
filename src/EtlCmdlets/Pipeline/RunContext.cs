using System.Management.Automation;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Files;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What the Etl commands of one pipeline share. The last command owns it.</summary>
internal sealed class RunContext
{
    private readonly Dictionary<string, SharedDeadLetter> _deadLetters = new(FilePath.Comparer);
    private readonly Dictionary<string, string> _filesInUse = new(FilePath.Comparer);

    private readonly SessionTelemetry _telemetry;
    private int _users;
    private bool _isCompleted;
    private volatile bool _isStopped;
    private ErrorRecord? _error;
    private string? _toldFailure;

    public RunContext()
    {
        Session = EtlSession.Current;
        _telemetry = Session.Telemetry;
        Run = new EtlRun(TimeProvider.System)
        {
            Redactor = Session.Redactor,
            Events = _telemetry.Events,
            Tags = _telemetry.Options.Tags,
        };
        Bars = new ProgressBoard<StageProgress>(Run.Time);
    }

    public EtlRun Run { get; }

    /// <summary>What all pipelines of the session share.</summary>
    public EtlSession Session { get; }

    /// <summary>The number of input parts, such as one file of several, that could not be read.</summary>
    public int InputErrors { get; private set; }

    /// <summary>Whether the user was warned of a -PipelineVariable that runs ahead.</summary>
    public bool HasToldOfVariable { get; set; }

    /// <summary>The progress bars of the run's stages.</summary>
    public ProgressBoard<StageProgress> Bars { get; }

    /// <summary>Counts an input part that could not be read.</summary>
    public void AddInputError()
    {
        InputErrors++;
        Run.MissPart("a part of the input could not be read");
    }

    /// <summary>The error that ended a source's input early; the last command ends the run with it.</summary>
    public EtlException? Ending
    {
        get;
        set
        {
            field = value;
            if (value is not null)
                Run.MissPart("the source ended with an error");
        }
    }

    /// <summary>Returns what the run's loader has done; null without a loader. If the failing command is in the loader's own pipeline, the
    /// loader is ended first. An error in a nested pipeline may still be caught.</summary>
    public Func<EtlCommand, EtlLoadResult>? EndLoader { get; set; }

    /// <summary>Registers files to which failed records must not be appended.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="what">What the run uses them for.</param>
    /// <exception cref="EtlException">One of them is a dead-letter file of the run.</exception>
    public void UseFiles(IEnumerable<string> paths, string what)
    {
        foreach (string path in paths)
            _filesInUse.TryAdd(FilePath.Real(path), what);
        foreach (string path in _deadLetters.Keys)
            RefuseFileInUse(path);
    }

    /// <summary>The dead-letter file at a path, shared by the commands of the run that name it.</summary>
    /// <param name="path">The full path.</param>
    /// <param name="maxBytes">The size from which the file is renamed; null if this command gives none.</param>
    /// <exception cref="EtlException">The file cannot be created there, or another command gives another size.</exception>
    public DeadLetterWriter OpenDeadLetter(string path, long? maxBytes)
    {
        RefuseFileInUse(path);
        string file = FilePath.Real(path);
        if (!_deadLetters.TryGetValue(file, out SharedDeadLetter? shared))
        {
            _deadLetters[file] = shared = new SharedDeadLetter(new DeadLetterWriter(path, Run.Id, Run.Time, Run.Redactor, ValueUnwrapper.Simplify));
            Run.Add(shared.Writer);
        }
        shared.LimitTo(maxBytes, path);
        shared.Users++;
        return shared.Writer;
    }

    /// <summary>Releases a dead-letter file; the last user closes it.</summary>
    public void CloseDeadLetter(DeadLetterWriter writer)
    {
        (string file, SharedDeadLetter shared) = _deadLetters.Single(open => ReferenceEquals(open.Value.Writer, writer));
        if (--shared.Users > 0)
            return;
        _deadLetters.Remove(file);
        writer.Dispose();
    }

    /// <summary>The result of the run's loader, once there is one.</summary>
    public EtlLoadResult? Result { get; set; }

    /// <summary>True while every record that was read has arrived where it should.</summary>
    public bool HasLostNothing => InputErrors == 0 && Ending is null && Run.Stages.All(stage => stage.Failed == 0);

    /// <summary>Adds a command to the run.</summary>
    public void Enter()
    {
        if (_users++ > 0)
            return;
        LiveRuns.Begin(Run);
        Session.Book.Begin(Run);
        Run.Events.RunBegan(Run);
        if (!HostKind.IsAttended)
            LiveRuns.HeedTermination(Run, drop: false);
    }

    /// <summary>Removes a command that was disposed; the last one ends the run.</summary>
    public void Leave(EtlCommand command)
    {
        if (--_users > 0)
            return;
        RunState state = State();
        if (state is RunState.Dropped or RunState.Failed or RunState.StoppedEarly)
            Result ??= EndLoader?.Invoke(command);
        Run.Finish(EndingOf(state));
        LiveRuns.End(Run);
        Session.Book.End(Run);
        Run.Events.RunEnded(Run);
        Session.History.Add(new EtlRunInfo(Run, Result));
        Run.Dispose();
        if (state == RunState.Dropped && _error is null && Result is { } result)
            TellOfStop(command, result);
        if (TakeTelemetryFailure() is { } failure)
            Warn(command, failure);
    }

    /// <summary>Why the log or the metrics file could not be written, unless that was told; null if they could.</summary>
    public string? TakeTelemetryFailure() => _telemetry.TakeFailure() is { } failure && failure != _toldFailure ? _toldFailure = failure : null;

    /// <summary>The last command has completed.</summary>
    public void Complete() => _isCompleted = true;

    /// <summary>The pipeline was stopped, for example by Ctrl+C.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>The error that ends the run. Its target is the result so far, or the failing record if nothing was loaded.</summary>
    public ErrorRecord EndingError(EtlCommand command, Exception exception, string id, ErrorCategory category, object? target = null)
    {
        Result = EndLoader?.Invoke(command);
        return _error = ErrorRecords.ForUser(new ErrorRecord(exception, id, category, Result ?? target), Session.Redactor);
    }

    /// <summary>The error that ends the run after a failure of the engine.</summary>
    public ErrorRecord EndingError(EtlCommand command, EtlException failure) =>
        EndingError(command, failure, failure.Code, ErrorRecords.CategoryOf(failure.Kind));

    private RunState State()
    {
        if (_isCompleted && _error is null)
            return Run.StoppedEarly ? RunState.StoppedEarly : Run.Shutdown.IsCutShort ? RunState.Drained : RunState.Completed;
        if (_isStopped || (Run.Shutdown.Dropping.IsCancellationRequested && _error is not null))
            return RunState.Dropped;
        return Run.StoppedEarly && _error is null ? RunState.StoppedEarly : RunState.Failed;
    }

    private RunEnding EndingOf(RunState state)
    {
        bool succeeded = state switch
        {
            RunState.Completed or RunState.Drained => Result?.Succeeded ?? HasLostNothing,
            // Not if records had reached the loader and are not in the table, as after exit in a script.
            RunState.StoppedEarly => HasLostNothing && Result is null or { NotCommitted: 0, LostBefore: 0 },
            _ => false,
        };
        string? message = _error is not null ? _error.Exception.Message
            : state == RunState.Dropped ? "The pipeline was stopped, as by Ctrl+C."
            : state == RunState.Failed ? "The pipeline was ended outside of the Etl commands: by an error, break, continue or exit."
            : Run.Shutdown.Reason;
        return new RunEnding(state, succeeded, _error?.FullyQualifiedErrorId, message);
    }

    /// <summary>Reports what a stopped load has done.</summary>
    private void TellOfStop(EtlCommand command, EtlLoadResult result)
    {
        string letters = result.DeadLettered > 0 ? FormattableString.Invariant($", and {result.DeadLettered:N0} failed records are in the dead letter") : "";
        Warn(command, FormattableString.Invariant(
            $"The load into table {result.Table} was stopped. {result.Loaded:N0} records are committed{letters}; the rest is not loaded. Run the same command again to complete it."));
    }

    /// <summary>Shows a warning after the end of the pipeline, which accepts no more output.</summary>
    private void Warn(EtlCommand command, string text) => HostScreen.Show(command, screen => screen.WriteWarningLine(Run.Redactor.Redact(text)));

    private void RefuseFileInUse(string path)
    {
        if (_filesInUse.TryGetValue(FilePath.Real(path), out string? what))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DeadLetterPath: '{path}' is {what}. Name another one.");
    }

    private sealed class SharedDeadLetter(DeadLetterWriter writer)
    {
        private long? _maxBytes;

        public DeadLetterWriter Writer { get; } = writer;

        public int Users { get; set; }

        public void LimitTo(long? maxBytes, string path)
        {
            if (maxBytes is not { } limit || limit == _maxBytes)
                return;
            if (_maxBytes is { } other)
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                    FormattableString.Invariant($"-DeadLetterMaxBytes is {limit} here, and {other} in another command of the pipeline that writes '{path}'. Give both the same, or only one of them."));
            _maxBytes = limit;
            Writer.LimitTo(limit);
        }
    }
}
