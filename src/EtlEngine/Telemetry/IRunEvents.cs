using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Receives the events of a run: only starts and ends, never single records. Any thread; must not throw or wait. A listener
/// overrides the events that it needs.</summary>
internal interface IRunEvents
{
    /// <summary>A run starts.</summary>
    void RunBegan(EtlRun run)
    {
    }

    /// <summary>A stage of the run starts.</summary>
    void StageBegan(EtlRun run, StageCounters stage)
    {
    }

    /// <summary>A stage has written all its output.</summary>
    void StageEnded(EtlRun run, StageCounters stage)
    {
    }

    /// <summary>A batch was loaded.</summary>
    void BatchLoaded(EtlRun run, StageCounters stage, int records, TimeSpan elapsed)
    {
    }

    /// <summary>A batch was not loaded.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stage">The loader.</param>
    /// <param name="records">The batch's size.</param>
    /// <param name="elapsed">How long it took.</param>
    /// <param name="code">The cause's code.</param>
    /// <param name="isFinal">False if it will be retried.</param>
    void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal)
    {
    }

    /// <summary>A breaker of the session has changed.</summary>
    void BreakerChanged(BreakerChange change)
    {
    }

    /// <summary>A run has ended; see <see cref="EtlRun.Ending"/>.</summary>
    void RunEnded(EtlRun run);
}
