using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>A command that makes records of what lies outside the pipeline. It stops reading when the run drains.</summary>
public abstract class EtlSourceCommand : EtlCommand
{
    private DrainTriggers? _triggers;
    private CancellationTokenRegistration _draining;

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

    /// <summary>Reads to the end, or to where it is told to stop.</summary>
    private protected void RunSource(Func<RecordStage> open)
    {
        JoinRun();
        RunShutdown shutdown = Context.Run.Shutdown;
        shutdown.Timeout = TimeSpan.FromSeconds(DrainTimeoutSec);
        if (!HostKind.IsAttended)
            LiveRuns.HeedTermination(Context.Run, OnTermination == EtlTerminationAction.Drop);
        _triggers = new DrainTriggers(Context.Run, MaxDuration > TimeSpan.Zero ? MaxDuration : null, StopFilePath is null ? null : FullPath(StopFilePath));
        if (shutdown.Draining.IsCancellationRequested)
        {
            shutdown.CutShort();
            WriteWarning($"{MyInvocation.MyCommand.Name} read nothing: {shutdown.Reason}.");
            return;
        }
        OpenStage(open);
        _draining = shutdown.Draining.Register(Pump.Stage.Drain);
        CompletePump();
    }

    private protected override void OnDisposing()
    {
        _draining.Dispose();
        _triggers?.Dispose();
    }
}
