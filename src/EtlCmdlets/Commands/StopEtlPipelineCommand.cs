using System.Management.Automation;
using EtlTools.Cmdlets.Completion;
using EtlTools.Cmdlets.Pipeline;
using EtlTools.Engine;
using EtlTools.Engine.Stages;

namespace EtlTools.Cmdlets;

/// <summary>Tells runs of this process to end: what is in flight is finished and committed, or dropped.</summary>
[Cmdlet(VerbsLifecycle.Stop, "EtlPipeline", SupportsShouldProcess = true)]
[OutputType(typeof(EtlRunInfo))]
public sealed class StopEtlPipelineCommand : EtlCmdlet
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly List<EtlRun> _told = [];
    private volatile bool _stopped;

    /// <summary>The runs. Default: all of the process, whichever session they belong to.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("RunId")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RunCompleter))]
    public Guid[]? Id { get; set; }

    /// <summary>Drops what is not committed.</summary>
    [Parameter]
    public SwitchParameter Drop { get; set; }

    /// <summary>Seconds that a drain may take before the run is dropped. Default: what the run's source says, 25.</summary>
    [Parameter]
    [ValidateRange(0.1, 86400)]
    public double TimeoutSec { get; set; }

    /// <summary>Waits until the runs have ended.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>Writes the runs.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void OnRecord()
    {
        IReadOnlyList<EtlRun> live = LiveRuns.Book.Live;
        foreach (Guid id in Id ?? [])
        {
            if (live.All(run => run.Id != id))
                WriteError(ErrorRecords.Of(new EtlException(FailureCodes.RunNotFound, FailureKind.NotFound, $"-Id: no run {id} is active in this process."), id));
        }
        EtlRun[] chosen = [.. live.Where(run => Id is null || Id.Contains(run.Id))];
        if (Wait && Array.Find(chosen, run => run.ThreadId == Environment.CurrentManagedThreadId) is { } own)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-Wait: the run {own.Id} belongs to a pipeline of this thread, which cannot end before this command does. Leave out -Wait.");
        foreach (EtlRun run in chosen)
        {
            string stages = string.Join(" | ", run.Stages.Select(stage => stage.Name));
            if (!ShouldProcess($"{run.Id} ({stages})", Drop ? "Drop" : "Drain"))
                continue;
            if (Drop)
                run.Shutdown.Drop("Stop-EtlPipeline -Drop");
            else
                run.Shutdown.Drain("Stop-EtlPipeline", TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null);
            _told.Add(run);
        }
    }

    private protected override void OnEnd()
    {
        while (Wait && !_stopped && _told.Any(run => run.Ending is null))
            Thread.Sleep(Look);
        if (PassThru)
            WriteObject(_told.Select(run => new EtlRunInfo(run)), enumerateCollection: true);
    }

    /// <inheritdoc/>
    protected override void StopProcessing() => _stopped = true;
}
