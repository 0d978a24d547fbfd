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
        // Unwrapped, as a source's new records are.
        object[] ready = [.. InputObject.Select(item => item is PSObject wrapped ? wrapped.BaseObject : item)];
        for (long i = 0; i < Count; i++)
            WriteObject(ready[i % ready.Length]);
    }
}
