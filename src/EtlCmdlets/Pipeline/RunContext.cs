using System.Management.Automation;
using EtlTools.Engine;
using EtlTools.Engine.Load;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>What the Etl commands of one pipeline share. The last of them owns it.</summary>
internal sealed class RunContext
{
    private static readonly StringComparer PathComparer = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private readonly Dictionary<string, SharedDeadLetter> _deadLetters = new(PathComparer);
    private readonly HashSet<string> _inputs = new(PathComparer);

    public EtlRun Run { get; } = new(TimeProvider.System);

    /// <summary>What all pipelines of the session share.</summary>
    public EtlSession Session { get; } = EtlSession.Current;

    /// <summary>True when a part of the input, such as one file of several, could not be read.</summary>
    public bool HasInputErrors { get; set; }

    /// <summary>Says what the run's loader has done; null without one. Where the command at fault is of the loader's own
    /// pipeline it ends the loader first: an error in a nested one may yet be caught.</summary>
    public Func<EtlCommand, EtlLoadResult>? EndLoader { get; set; }

    /// <summary>Takes note of files that a command of the run reads.</summary>
    /// <exception cref="EtlException">One of them is a dead-letter file of the run.</exception>
    public void UseInputs(IEnumerable<string> paths)
    {
        _inputs.UnionWith(paths.Select(RealPath));
        foreach (string path in _deadLetters.Keys)
            RefuseInput(path);
    }

    /// <summary>The dead-letter file at a path, shared by the commands of the run that name it.</summary>
    /// <exception cref="EtlException">The file cannot be there.</exception>
    public DeadLetterWriter OpenDeadLetter(string path)
    {
        RefuseInput(path);
        if (!_deadLetters.TryGetValue(path, out SharedDeadLetter? shared))
        {
            _deadLetters[path] = shared = new SharedDeadLetter(new DeadLetterWriter(path, Run.Id, Run.Time));
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

    /// <summary>The error that ends the run, with the result of what was done as its target.</summary>
    public ErrorRecord EndingError(EtlCommand command, Exception exception, string id, ErrorCategory category) =>
        new(exception, id, category, EndLoader?.Invoke(command));

    /// <summary>The error that ends the run for a failure of the engine.</summary>
    public ErrorRecord EndingError(EtlCommand command, EtlException failure) =>
        EndingError(command, failure, failure.Code, ErrorRecords.CategoryOf(failure.Kind));

    // Failed records would be appended to the file that is being read.
    private void RefuseInput(string path)
    {
        if (_inputs.Contains(RealPath(path)))
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-DeadLetterPath: '{path}' is a file that the pipeline reads. Name another one.");
    }

    private static string RealPath(string path) =>
        File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path) : Path.GetFullPath(path);

    private sealed class SharedDeadLetter(DeadLetterWriter writer)
    {
        public DeadLetterWriter Writer { get; } = writer;

        public int Users { get; set; }
    }
}
