using System.Management.Automation;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>The end of a block's pipeline where the block may change an object after it has emitted it: each object is taken as it is at that
/// moment. Not exported.</summary>
[Cmdlet(VerbsCommunications.Receive, "EtlOutput")]
internal sealed class ReceiveOutputCommand : PSCmdlet
{
    [Parameter(Mandatory = true)]
    public Action<object?>? Taker { get; set; }

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    protected override void ProcessRecord() => Taker!(InputObject);
}
