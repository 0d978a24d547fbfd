using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Makes the runspaces of workers: the caller's language mode, preferences and location, and what it asked for.</summary>
internal sealed class WorkerSession
{
    private const string Silent = nameof(ActionPreference.SilentlyContinue);

    private readonly InitialSessionState _state;
    private readonly WorkerSetup _setup;
    private readonly Dictionary<string, object?> _using;
    private readonly string _location;
    private readonly Version? _strictMode;
    private readonly EtlSession _owner = EtlSession.Current;

    public WorkerSession(PSCmdlet caller, WorkerSetup setup, Dictionary<string, object?> usingValues)
    {
        _setup = setup;
        _using = usingValues;
        _location = caller.SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        _strictMode = StrictMode.Of(caller.SessionState);
        _state = InitialSessionState.CreateDefault2();
        _state.LanguageMode = setup.LanguageMode;
        string folder = Path.GetDirectoryName(typeof(WorkerSession).Assembly.Location)!;
        _state.Types.Add(new SessionStateTypeEntry(Path.Combine(folder, "EtlTools.types.ps1xml")));
        _state.Commands.Add(new SessionStateCmdletEntry("Invoke-EtlScriptLoop", typeof(ScriptLoopCommand), null) { Visibility = SessionStateEntryVisibility.Public });
        _state.Commands.Add(new SessionStateCmdletEntry("Receive-EtlOutput", typeof(ReceiveOutputCommand), null) { Visibility = SessionStateEntryVisibility.Public });
        SetPreferences(caller);
    }

    /// <summary>A runspace that is yet to be opened.</summary>
    public WorkerRunspace NewRunspace()
    {
        var host = new WorkerHost();
        return new WorkerRunspace(RunspaceFactory.CreateRunspace(host, _state), host);
    }

    /// <summary>Opens a runspace and prepares it.</summary>
    /// <param name="worker">The runspace.</param>
    /// <param name="tell">Takes what modules and the initialization write to the other streams. Null for later runspaces, which would say the same again.</param>
    /// <param name="stopping">Stops it.</param>
    /// <exception cref="EtlException">A module or the initialization failed.</exception>
    public void Open(WorkerRunspace worker, Action<object>? tell, CancellationToken stopping)
    {
        Runspace runspace = worker.Runspace;
        try
        {
            runspace.ThreadOptions = PSThreadOptions.UseCurrentThread;
            runspace.Open();
            _owner.Adopt(runspace);
            runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(_location));
            if (_strictMode is { Major: > 0 })
                Run(worker, "Set-StrictMode", shell => shell.AddCommand("Set-StrictMode").AddParameter("Version", _strictMode), tell: null, stopping);
            RunBlock(worker, "-Function", _setup.Functions, tell, stopping);
            foreach (string module in _setup.Modules)
                Run(worker, $"-ImportModule '{module}'", shell => shell.AddCommand("Import-Module").AddParameter("Name", module).AddParameter("DisableNameChecking"), tell, stopping);
            RunBlock(worker, "-InitializationScript", _setup.Initialization, tell, stopping);
        }
        catch
        {
            worker.Dispose();
            throw;
        }
    }

    /// <summary>Runs a block in the runspace's own scope and language mode.</summary>
    private void RunBlock(WorkerRunspace worker, string what, ScriptBlockAst? block, Action<object>? tell, CancellationToken stopping)
    {
        if (block is null)
            return;
        // PowerShell ends a script that exits as if it had come to its end.
        const string step = ". $args[0]; $args[1]";
        object end = new();
        Collection<PSObject> output = Run(
            worker, what,
            shell => shell.AddScript(step, useLocalScope: false).AddArgument(FilterBlock.OfOneWorker(block)).AddArgument(end).AddParameter("--%", _using),
            tell, stopping);
        if (!ReferenceEquals(output.LastOrDefault()?.BaseObject, end))
            throw new EtlException(FailureCodes.WorkerSetupFailed, FailureKind.InvalidCall, $"{what} was left with exit, break or continue. To leave it early, use return; to end the run, use throw.");
    }

    private static Collection<PSObject> Run(WorkerRunspace worker, string what, Action<PowerShell> command, Action<object>? tell, CancellationToken stopping)
    {
        using var shell = PowerShell.Create();
        shell.Runspace = worker.Runspace;
        if (tell is not null)
            WorkerStreams.ListenToMessages(shell.Streams, worker.Host, tell);
        command(shell);
        Collection<PSObject> output = [];
        ErrorRecord? error = null;
        using (stopping.Register(() => WorkerRunspace.Stop(shell)))
        {
            try
            {
                output = shell.Invoke();
                error = shell.Streams.Error.FirstOrDefault();
            }
            catch (RuntimeException e) when (!stopping.IsCancellationRequested)
            {
                error = e.ErrorRecord;
            }
        }
        stopping.ThrowIfCancellationRequested();
        if (error is null)
            return output;
        throw new EtlException(
            FailureCodes.WorkerSetupFailed, FailureKind.InvalidCall, ScriptFailure.Describe(what, error.Exception, error), error.Exception)
        { Detail = error.Exception.Message };
    }

    /// <summary>A worker writes what the caller will show; whether and how it is shown is then the caller's own affair.</summary>
    private void SetPreferences(PSCmdlet caller)
    {
        // What is not shown may yet be kept, by -WarningVariable.
        Add("WarningPreference", ActionPreference.Continue);
        Add("InformationPreference", ActionPreference.Continue);
        Set("ProgressPreference", caller, "ProgressAction");
        Set("VerbosePreference", caller, "Verbose");
        Set("DebugPreference", caller, "Debug");
        // An error harms its record even where the session does not want to see errors.
        bool stops = caller.SessionState.PSVariable.GetValue("ErrorActionPreference")?.ToString() == nameof(ActionPreference.Stop);
        Add("ErrorActionPreference", stops ? ActionPreference.Stop : ActionPreference.Continue);
        // A dry run of the caller is one here.
        AddFlag("WhatIfPreference", caller);
        // Whether a program's exit code is an error.
        AddFlag("PSNativeCommandUseErrorActionPreference", caller);
    }

    private void Set(string preference, PSCmdlet caller, string parameter)
    {
        string chosen = caller.MyInvocation.BoundParameters.TryGetValue(parameter, out object? bound)
            ? bound is SwitchParameter given ? (given ? "" : Silent) : bound?.ToString() ?? ""
            : caller.SessionState.PSVariable.GetValue(preference)?.ToString() ?? "";
        bool isQuiet = chosen is Silent or nameof(ActionPreference.Ignore);
        Add(preference, isQuiet ? ActionPreference.SilentlyContinue : ActionPreference.Continue);
    }

    private void AddFlag(string preference, PSCmdlet caller) =>
        _state.Variables.Add(new SessionStateVariableEntry(preference, LanguagePrimitives.IsTrue(caller.SessionState.PSVariable.GetValue(preference)), null));

    private void Add(string preference, ActionPreference value) =>
        _state.Variables.Add(new SessionStateVariableEntry(preference, value, null));
}
