using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// Makes the workers that run a script block: each a thread and a runspace of its own, made when its first chunk comes
/// and released when the input ends or the stage stops.
/// </summary>
internal sealed class ScriptWorkers
{
    /// <summary>How long a stopping stage waits for a script to end before it leaves the worker behind.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromMilliseconds(700);

    private static readonly string[] Preferences =
        ["ErrorActionPreference", "WarningPreference", "VerbosePreference", "DebugPreference", "InformationPreference"];

    private readonly ScriptBlockAst _block;
    private readonly Dictionary<string, object?> _using;
    private readonly InitialSessionState _session;
    private readonly string _location;
    private readonly RecordRules _rules;
    private readonly StreamMessages _messages;
    private readonly EtlSession _owner = EtlSession.Current;

    public ScriptWorkers(ScriptBlock block, PSCmdlet caller, RecordRules rules, StreamMessages messages)
    {
        _block = FilterBlock.From(block);
        _using = UsingVariables.Read(block, caller);
        _session = SessionFor(caller);
        _location = caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        _rules = rules;
        _messages = messages;
    }

    /// <summary>Runs one worker.</summary>
    public async Task RunAsync(IWorkerPort<RecordChunk> port)
    {
        RecordChunk? first;
        do
        {
            if (!await port.Input.WaitToReadAsync(port.Stopping))
                return;
        }
        while (!port.Input.TryRead(out first));
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() => Work(port, first, ended)) { IsBackground = true, Name = $"EtlTools script {port.Number}" };
        thread.Start();
        await WhenStopping(ended.Task, port.Stopping);
        try
        {
            await ended.Task.WaitAsync(StopGrace, port.Time);
        }
        catch (TimeoutException)
        {
            port.Notices.Add(NoticeLevel.Warning, new EtlException(
                FailureCodes.WorkerAbandoned, FailureKind.Unavailable,
                "A script block did not end when it was told to stop, and was left behind: it is inside a call that cannot be interrupted."));
        }
    }

    private static async Task WhenStopping(Task ended, CancellationToken stopping)
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (stopping.Register(stopped.SetResult))
            await Task.WhenAny(ended, stopped.Task);
    }

    private static InitialSessionState SessionFor(PSCmdlet caller)
    {
        var session = InitialSessionState.CreateDefault2();
        session.LanguageMode = caller.SessionState.LanguageMode;
        string folder = Path.GetDirectoryName(typeof(ScriptWorkers).Assembly.Location)!;
        session.Types.Add(new SessionStateTypeEntry(Path.Combine(folder, "EtlTools.types.ps1xml")));
        session.Commands.Add(new SessionStateCmdletEntry("Invoke-EtlScriptLoop", typeof(ScriptLoopCommand), null) { Visibility = SessionStateEntryVisibility.Public });
        // Nobody reads a worker's progress, and its stream would keep every record of it.
        session.Variables.Add(new SessionStateVariableEntry("ProgressPreference", ActionPreference.SilentlyContinue, null));
        foreach (string name in Preferences)
            session.Variables.Add(new SessionStateVariableEntry(name, caller.SessionState.PSVariable.GetValue(name), null));
        return session;
    }

    private void Work(IWorkerPort<RecordChunk> port, RecordChunk first, TaskCompletionSource ended)
    {
        try
        {
            RunScript(port, first);
            ended.TrySetResult();
        }
        catch (Exception) when (port.Stopping.IsCancellationRequested)
        {
            ended.TrySetCanceled(port.Stopping);
        }
        catch (CmdletInvocationException e) when (e.InnerException is not null)
        {
            ended.TrySetException(e.InnerException);
        }
        catch (Exception e)
        {
            ended.TrySetException(e);
        }
    }

    private void RunScript(IWorkerPort<RecordChunk> port, RecordChunk first)
    {
        using Runspace runspace = RunspaceFactory.CreateRunspace(_session);
        runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
        runspace.Open();
        _owner.Adopt(runspace);
        runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(_location));
        using var shell = PowerShell.Create();
        shell.Runspace = runspace;
        using var transform = new ScriptTransform(port, first, _rules, _block.GetScriptBlock(), new WorkerStreams(shell.Streams, _messages));
        shell.AddScript("param($EtlTransform) Invoke-EtlScriptLoop -Transform $EtlTransform")
            .AddParameter("EtlTransform", transform)
            // Under this name the engine looks up $using: values, in an enclosing script's bound parameters.
            .AddParameter("--%", _using);
        using (port.Stopping.Register(() => shell.BeginStop(null, null)))
            shell.Invoke();
    }
}
