using System.Management.Automation;
using System.Management.Automation.Runspaces;
using EtlTools.Shell.Hosting;
using EtlTools.Shell.Pester;

namespace EtlTools.Shell;

/// <summary>One runspace with its host; runs pipelines in it as pwsh runs a file, a command or a line typed at the prompt.</summary>
internal sealed class Session : IDisposable
{
    private readonly ShellHost _host;
    private readonly Runspace _runspace;
    private readonly Lock _gate = new();
    private Pipeline? _running;
    private bool _interrupted;

    public Session(ShellMode mode)
    {
        _host = new ShellHost();
        Console.CancelKeyPress += OnCancelKey;

        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        if (mode == ShellMode.Pester)
            PesterLanguage.AddTo(state);
        _runspace = RunspaceFactory.CreateRunspace(_host, state);
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _runspace.Open();
        Runspace.DefaultRunspace = _runspace;
    }

    public ShellHost Host => _host;

    public int RunFile(string path, IReadOnlyList<CommandParameter> arguments)
    {
        if (!File.Exists(path))
        {
            Console.Error.WriteLine($"The argument '{path}' is not the name of a script file.");
            return ExitCodes.WrongCall;
        }

        var script = new Command(Path.GetFullPath(path), isScript: false, useLocalScope: false);
        EngineInternals.RethrowExitOfNextScript(_runspace);
        return Run(script, arguments).ExitCode;
    }

    public int RunCommand(string text)
    {
        PipelineResult result = Run(text);
        if (result.Ended != PipelineEnd.Completed)
            return result.ExitCode;
        return _host.ExitCode ?? (Evaluate("$global:?") == "True" ? 0 : ExitCodes.Failed);
    }

    public int RunPester(IReadOnlyList<CommandParameter> arguments)
    {
        // A run that did not come to its end has passed nothing, whatever a test's `exit` said.
        int exitCode = Run(new Command(PesterLanguage.RunnerCommand), arguments).ExitCode;
        return _host.ExitCode is null ? ExitCodes.Failed : exitCode;
    }

    /// <summary>Runs one line of the prompt; what it leaves behind is the session's state and the host's exit code.</summary>
    public void RunLine(string text)
    {
        // Ctrl+C while the line was typed was not meant for it.
        lock (_gate)
            _interrupted = false;
        Run(text);
    }

    public string Evaluate(string script)
    {
        using Pipeline pipeline = _runspace.CreatePipeline(script);
        return string.Concat(pipeline.Invoke());
    }

    public void Dispose()
    {
        Console.CancelKeyPress -= OnCancelKey;
        _runspace.Dispose();
    }

    private PipelineResult Run(Command command, IReadOnlyList<CommandParameter> arguments)
    {
        foreach (CommandParameter argument in arguments)
            command.Parameters.Add(argument);
        using Pipeline pipeline = _runspace.CreatePipeline();
        pipeline.Commands.Add(command);
        return Run(pipeline);
    }

    private PipelineResult Run(string text)
    {
        // Only a pipeline of the history leaves its $? behind.
        using Pipeline pipeline = _runspace.CreatePipeline(text, addToHistory: true);
        return Run(pipeline);
    }

    private PipelineResult Run(Pipeline pipeline)
    {
        pipeline.Commands[0].MergeMyResults(PipelineResultTypes.Error, PipelineResultTypes.Output);
        PipelineResult result = Invoke(pipeline);
        if (result.Failure is not null)
            Report(result.Failure);
        _host.ShellUI.EndProgress();
        return result with { ExitCode = ExitCodeOf(result) };
    }

    private PipelineResult Invoke(Pipeline pipeline)
    {
        pipeline.Commands.Add("Out-Default");
        lock (_gate)
        {
            if (_interrupted)
                return new PipelineResult(PipelineEnd.Interrupted);
            _running = pipeline;
        }

        try
        {
            pipeline.Invoke();
            return new PipelineResult(pipeline.PipelineStateInfo.State == PipelineState.Stopped ? PipelineEnd.Interrupted : PipelineEnd.Completed);
        }
        catch (PipelineStoppedException)
        {
            return new PipelineResult(PipelineEnd.Interrupted);
        }
        catch (RuntimeException e)
        {
            return new PipelineResult(PipelineEnd.Failed, e);
        }
        finally
        {
            lock (_gate)
            {
                _running = null;
                _interrupted = false;
            }
        }
    }

    private void Report(RuntimeException failure)
    {
        using Pipeline pipeline = _runspace.CreatePipeline();
        pipeline.Input.Write(EngineInternals.OnErrorStream(failure.ErrorRecord));
        if (Invoke(pipeline).Failure is { } e)
            Console.Error.WriteLine(e.Message);
    }

    private int ExitCodeOf(PipelineResult result) => result.Ended switch
    {
        PipelineEnd.Interrupted => ExitCodes.Interrupted,
        PipelineEnd.Failed => ExitCodes.Failed,
        _ => _host.ExitCode ?? 0,
    };

    private void OnCancelKey(object? sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = true;
        lock (_gate)
        {
            _interrupted = true;
            _running?.StopAsync();
        }
    }

    private enum PipelineEnd
    {
        Completed,
        Failed,
        Interrupted,
    }

    private sealed record PipelineResult(PipelineEnd Ended, RuntimeException? Failure = null, int ExitCode = 0);
}
