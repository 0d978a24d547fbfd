using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Passes events on to several listeners.</summary>
internal sealed class RunEvents(IReadOnlyList<IRunEvents> listeners) : IRunEvents
{
    /// <summary>Listens to nothing.</summary>
    public static IRunEvents None { get; } = new RunEvents([]);

    /// <inheritdoc/>
    public void RunBegan(EtlRun run) => Tell(listener => listener.RunBegan(run));

    /// <inheritdoc/>
    public void StageBegan(EtlRun run, StageCounters stage) => Tell(listener => listener.StageBegan(run, stage));

    /// <inheritdoc/>
    public void StageEnded(EtlRun run, StageCounters stage) => Tell(listener => listener.StageEnded(run, stage));

    /// <inheritdoc/>
    public void BatchLoaded(EtlRun run, StageCounters stage, int records, TimeSpan elapsed) =>
        Tell(listener => listener.BatchLoaded(run, stage, records, elapsed));

    /// <inheritdoc/>
    public void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal) =>
        Tell(listener => listener.BatchFailed(run, stage, records, elapsed, code, isFinal));

    /// <inheritdoc/>
    public void BreakerChanged(BreakerChange change) => Tell(listener => listener.BreakerChanged(change));

    /// <inheritdoc/>
    public void RunEnded(EtlRun run) => Tell(listener => listener.RunEnded(run));

    private void Tell(Action<IRunEvents> what)
    {
        foreach (IRunEvents listener in listeners)
            what(listener);
    }
}
