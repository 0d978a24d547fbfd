using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>A worker's runspace, and its host.</summary>
internal sealed record WorkerRunspace(Runspace Runspace, WorkerHost Host) : IDisposable
{
    public void Dispose() => Runspace.Dispose();

    /// <summary>Stops a script without waiting for it. PowerShell's own BeginStop waits on a thread that keeps the process alive.</summary>
    public static void Stop(PowerShell shell) => RunInBackground(shell.Stop);

    /// <summary>Gives up a runspace whose script cannot be stopped. When PowerShell exits, it waits for every runspace that is open, but for none
    /// that is being closed.</summary>
    public void LeaveBehind() => RunInBackground(Runspace.Dispose);

    private static void RunInBackground(Action action) =>
        _ = Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
