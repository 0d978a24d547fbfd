using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Report;

/// <summary>Determines the outcome of a run.</summary>
internal static class RunOutcomes
{
    /// <summary>The outcome of a run.</summary>
    /// <param name="state">A name of <see cref="RunState"/>, or Lost.</param>
    /// <param name="succeeded">Whether every record is where it should be.</param>
    public static RunOutcome Of(string state, bool succeeded) => state switch
    {
        nameof(RunState.Failed) => RunOutcome.Failed,
        nameof(RunState.Dropped) => RunOutcome.Dropped,
        nameof(RunState.Running) or nameof(RunState.Draining) => RunOutcome.Running,
        nameof(RunState.Completed) or nameof(RunState.Drained) or nameof(RunState.StoppedEarly) when !succeeded => RunOutcome.RecordsFailed,
        nameof(RunState.Completed) => RunOutcome.Succeeded,
        nameof(RunState.Drained) => RunOutcome.Drained,
        nameof(RunState.StoppedEarly) => RunOutcome.StoppedEarly,
        _ => RunOutcome.Lost,
    };

    /// <summary>Whether everything that a run read has been processed.</summary>
    public static bool CameToItsEnd(string state) => state is nameof(RunState.Completed) or nameof(RunState.Drained);
}
