using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that creates records from something outside the pipeline. It stops reading when the run is drained.</summary>
public abstract class EtlDrainingCommand : EtlCommand, IDrainSettings
{
    /// <summary>The longest time to read; then the run is drained. A time span, or seconds. Default: no limit.</summary>
    [Parameter]
    [DurationArgument]
    public TimeSpan MaxDuration { get; set; }

    /// <summary>A file that drains the run when another process creates it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopFilePath { get; set; }

    /// <summary>What SIGTERM does in a process without a user: Drain or Drop. Default: Drain.</summary>
    [Parameter]
    public EtlTerminationAction OnTermination { get; set; }

    /// <summary>The longest time for a drain in seconds, after which the run is dropped. Default 25.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double DrainTimeoutSec { get; set; } = RunShutdown.DefaultTimeout.TotalSeconds;

    private protected override void OnBegin()
    {
        if (GoesOn)
            JoinRun();
    }
}
