using System.Management.Automation;
using EtlTools.Engine;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Telemetry;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What the Etl commands of one pipeline share. The last of them owns it.</summary>
internal sealed class RunContext
{
    private static readonly StringComparer PathComparer = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private readonly Dictionary<string, SharedDeadLetter> _deadLetters = new(PathComparer);
    private readonly Dictionary<string, string> _filesInUse = new(PathComparer);

    private int _users;
    private bool _isCompleted;
    private volatile bool _isStopped;
    private ErrorRecord? _error;

    public RunContext()
    {
        Session = EtlSession.Current;
        Run = new EtlRun(TimeProvider.System)
        {
            Redactor = Session.Redactor,
            Events = Session.Telemetry.Events,
            Tags = Session.Telemetry.Options.Tags,
        };
        Bars = new ProgressBoard<StageProgress>(Run.Time);
    }

    public EtlRun Run { get; }

    /// <summary>What all pipelines of the session share.</summary>
    public EtlSession Session { get; }

    /// <summary>How many parts of the input, such as one file of several, could not be read.</summary>
    public int InputErrors { get; private set; }

    /// <summary>The progress bars of the run's stages.</summary>
    public ProgressBoard<StageProgress> Bars { get; }

    /// <summary>Counts a part of the input that could not be read.</summary>
    public void AddInputError()
    {
        InputErrors++;
        Run.MissPart("a part of the input could not be read");
    }

    /// <summary>What ended a source's input before its end; the last command ends the run with it.</summary>
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

    /// <summary>Says what the run's loader has done; null without one. Where the command at fault is of the loader's own
    /// pipeline it ends the loader first: an error in a nested one may yet be caught.</summary>
    public Func<EtlCommand, EtlLoadResult>? EndLoader { get; set; }

    /// <summary>Takes note of files that failed records must not be appended to.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="what">What they are to the run.</param>
    /// <exception cref="EtlException">One of them is a dead-letter file of the run.</exception>
    public void UseFiles(IEnumerable<string> paths, string what)
    {
        foreach (string path in paths)
            _filesInUse.TryAdd(RealPath(path), what);
        foreach (string path in _deadLetters.Keys)
            RefuseFileInUse(path);
    }

    /// <summary>The dead-letter file at a path, shared by the commands of the run that name it.</summary>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public DeadLetterWriter OpenDeadLetter(string path, long? maxBytes)
    {
        RefuseFileInUse(path);
        if (!_deadLetters.TryGetValue(path, out SharedDeadLetter? shared))
        {
            _deadLetters[path] = shared = new SharedDeadLetter(new DeadLetterWriter(path, Run.Id, Run.Time, maxBytes, Run.Redactor, ValueUnwrapper.Simplify));
            Run.Add(shared.Writer);
        }
        shared.Users++;
        return shared.Writer;
    }

    /// <summary>Gives a dead-letter file back; the last user closes it.</summary>
    public void CloseDeadLetter(string path)
    {
        if (_deadLetters.TryGetValue(path, out SharedDeadLetter? shared) && --shared.Users == 0)
        {
            _deadLetters.Remove(path);
            shared.Writer.Dispose();
        }
    }

    /// <summary>The result of the run's loader, once there is one.</summary>
    public EtlLoadResult? Result { get; set; }

    /// <summary>True while every record that was read is where it should be.</summary>
    public bool HasLostNothing => InputErrors == 0 && Ending is null && Run.Stages.All(stage => stage.Failed == 0);

    /// <summary>A command takes part in the run.</summary>
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

    /// <summary>A command has been disposed; with the last one the run ends.</summary>
    public void Leave(EtlCommand command)
    {
        if (--_users > 0)
            return;
        RunState state = State();
        if (state is RunState.Dropped or RunState.Failed)
            Result ??= EndLoader?.Invoke(command);
        Run.Finish(EndingOf(state));
        LiveRuns.End(Run);
        Session.Book.End(Run);
        Run.Events.RunEnded(Run);
        Session.History.Add(new EtlRunInfo(Run, Result));
        Run.Dispose();
        if (state == RunState.Dropped && _error is null && Result is { } result)
            TellOfStop(command, result);
    }

    /// <summary>The last command has come to its end.</summary>
    public void Complete() => _isCompleted = true;

    /// <summary>Ctrl+C, or what ends a pipeline like it.</summary>
    public void Stop() => _isStopped = true;

    /// <summary>The error that ends the run, with the result of what was done as its target; where nothing was loaded, the record
    /// at fault.</summary>
    public ErrorRecord EndingError(EtlCommand command, Exception exception, string id, ErrorCategory category, object? target = null)
    {
        Result = EndLoader?.Invoke(command);
        return _error = ErrorRecords.ForUser(new ErrorRecord(exception, id, category, Result ?? target), Session.Redactor);
    }

    /// <summary>The error that ends the run for a failure of the engine.</summary>
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
        bool succeeded = state is RunState.Completed or RunState.Drained or RunState.StoppedEarly && (Result?.Succeeded ?? HasLostNothing);
        string? message = _error is not null ? Log(_error)
            : state == RunState.Dropped ? "The pipeline was stopped, as by Ctrl+C."
            : state == RunState.Failed ? "An error outside of the Etl commands ended the pipeline."
            : Run.Shutdown.Reason;
        return new RunEnding(state, succeeded, _error?.FullyQualifiedErrorId, message);
    }

    /// <summary>Says what a stopped load has done. A pipeline that is stopped takes no more output, so the host shows it.</summary>
    private void TellOfStop(EtlCommand command, EtlLoadResult result)
    {
        string letters = result.DeadLettered > 0 ? FormattableString.Invariant($", and {result.DeadLettered:N0} failed records are in the dead letter") : "";
        command.Host.UI.WriteWarningLine(Run.Redactor.Redact(FormattableString.Invariant(
            $"The load into table {result.Table} was stopped. {result.Loaded:N0} records are committed{letters}; the rest is not loaded. Run the same command again to complete it.")));
    }

    /// <summary>A record's error may end with a script block's own text, which is for no log.</summary>
    private static string Log(ErrorRecord error) => error.Exception is EtlRecordException ? $"A record failed: {error.FullyQualifiedErrorId}." : error.Exception.Message;

    private void RefuseFileInUse(string path)
    {
        if (_filesInUse.TryGetValue(RealPath(path), out string? what))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DeadLetterPath: '{path}' is {what}. Name another one.");
    }

    private static string RealPath(string path) =>
        File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path) : Path.GetFullPath(path);

    private sealed class SharedDeadLetter(DeadLetterWriter writer)
    {
        public DeadLetterWriter Writer { get; } = writer;

        public int Users { get; set; }
    }
}
