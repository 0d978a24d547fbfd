using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>Is told what happens in a run: never of a record, only of what has a beginning and an end. Any thread; must not
/// throw or wait. A listener has the members that it listens to.</summary>
internal interface IRunEvents
{
    /// <summary>A run begins.</summary>
    void RunBegan(EtlRun run)
    {
    }

    /// <summary>A stage of it begins.</summary>
    void StageBegan(EtlRun run, StageCounters stage)
    {
    }

    /// <summary>A stage has given out all it had.</summary>
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
    /// <param name="isFinal">False when it will be tried again.</param>
    void BatchFailed(EtlRun run, StageCounters stage, int records, TimeSpan elapsed, string code, bool isFinal)
    {
    }

    /// <summary>A breaker of the session has changed.</summary>
    void BreakerChanged(BreakerChange change)
    {
    }

    /// <summary>A run has ended; <see cref="EtlRun.Ending"/> tells how.</summary>
    void RunEnded(EtlRun run);
}
