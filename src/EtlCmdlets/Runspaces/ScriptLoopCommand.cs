using System.Management.Automation;
using EtlTools.Engine.Transform;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The one long-lived command of a worker runspace: it stays until the worker's input ends. Not exported.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "EtlScriptLoop")]
internal sealed class ScriptLoopCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public ScriptTransform? Transform { get; set; }

    [Parameter(Mandatory = true)]
    public ChunkTransform? First { get; set; }

    protected override void EndProcessing() => Transform!.Run(First!);
}
