using System.Management.Automation;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The one long-lived command of a worker runspace: it stays until the worker's input ends. Not exported.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlScriptLoop")]
internal sealed class ScriptLoopCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    [Parameter(Mandatory = true)]
    public ScriptTransform? Transform { get; set; }

    [Parameter(Mandatory = true)]
    public ChunkTransform? First { get; set; }

    public void Dispose() => _stopping.Dispose();

    protected override void EndProcessing() => Transform!.Run(First!, _stopping.Token);

    /// <summary>When PowerShell exits, it stops the pipelines of all runspaces and waits for them, also for those whose stage nobody
    /// stops.</summary>
    protected override void StopProcessing() => Leaving.Cancel(_stopping);
}
