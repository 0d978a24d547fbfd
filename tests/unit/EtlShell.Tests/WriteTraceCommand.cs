using System.Management.Automation;

namespace EtlTools.Shell.Tests;

/// <summary>Writes three numbers, and tells on the console which of its methods are called.</summary>
[Cmdlet(VerbsCommunications.Write, "Trace")]
public sealed class WriteTraceCommand : PSCmdlet, IDisposable
{
    public void Dispose() => Console.Out.WriteLine("Dispose");

    protected override void BeginProcessing() => Console.Out.WriteLine("Begin");

    protected override void ProcessRecord()
    {
        for (int i = 1; i <= 3; i++)
            WriteObject(i);
    }

    protected override void EndProcessing() => Console.Out.WriteLine("End");

    protected override void StopProcessing() => Console.Out.WriteLine("Stop");
}
