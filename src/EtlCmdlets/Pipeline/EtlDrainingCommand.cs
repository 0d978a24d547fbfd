using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that makes records of what lies outside the pipeline. It stops reading when the run drains.</summary>
public abstract class EtlDrainingCommand : EtlCommand, IDrainSettings
{
    /// <summary>How long to read; then the run drains. A time span, or seconds. Default: to the end of the input.</summary>
    [Parameter]
    [DurationArgument]
    public TimeSpan MaxDuration { get; set; }

    /// <summary>A file that another process makes to have the run drained.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StopFilePath { get; set; }

    /// <summary>What SIGTERM does in a process that runs by itself: Drain or Drop. Default: Drain.</summary>
    [Parameter]
    public EtlTerminationAction OnTermination { get; set; }

    /// <summary>Seconds that a drain may take before the run is dropped. Default 25.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double DrainTimeoutSec { get; set; } = RunShutdown.DefaultTimeout.TotalSeconds;

    private protected override void OnBegin()
    {
        if (GoesOn)
            JoinRun();
    }
}
