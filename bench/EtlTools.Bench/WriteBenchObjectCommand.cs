using System.Management.Automation;

namespace EtlTools.Bench;

/// <summary>The bare pipeline: a compiled command that writes ready-made objects and does nothing else.</summary>
[Cmdlet(VerbsCommunications.Write, "BenchObject")]
public sealed class WriteBenchObjectCommand : PSCmdlet
{
    /// <summary>The objects, written round and round.</summary>
    [Parameter(Mandatory = true)]
    public object[] InputObject { get; set; } = [];

    /// <summary>How many to write.</summary>
    [Parameter(Mandatory = true)]
    public long Count { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        for (long i = 0; i < Count; i++)
            WriteObject(InputObject[i % InputObject.Length]);
    }
}
