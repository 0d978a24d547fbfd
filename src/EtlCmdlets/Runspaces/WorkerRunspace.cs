using System.Management.Automation.Runspaces;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>A worker's runspace, and its host.</summary>
internal sealed record WorkerRunspace(Runspace Runspace, WorkerHost Host) : IDisposable
{
    public void Dispose() => Runspace.Dispose();
}
