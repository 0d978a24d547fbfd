namespace EtlTools.Engine.Report;

/// <summary>Checks whether counts add up.</summary>
internal static class Sums
{
    /// <summary>Checks every stage, and that everything a stage sends arrives at the next one.</summary>
    /// <param name="stages">The stages of a run, in pipeline order.</param>
    /// <param name="state">The run's state.</param>
    public static IReadOnlyList<StageReport> Check(IReadOnlyList<StageReport> stages, string state)
    {
        bool isDone = RunOutcomes.CameToItsEnd(state);
        return [.. stages.Select((stage, i) => stage with { Check = Of(stage.Counts.Came - stage.Counts.Left + LostBehind(i), isDone) })];

        // In a run that ended early, a later stage need not have taken everything that an earlier one sent.
        long LostBehind(int i) =>
            isDone && stages[i].FeedsNext && i + 1 < stages.Count && stages[i].Counts.Came == stages[i].Counts.Left
                ? Math.Abs(stages[i].Counts.Out + stages[i].Counts.Failed + stages[i].Counts.Forwarded - stages[i + 1].Counts.In)
                : 0;
    }

    /// <summary>Checks loads.</summary>
    public static IReadOnlyList<LoadSums> Check(IReadOnlyList<LoadSums> loads, string state) =>
        [.. loads.Select(load => load with { Check = Of(load.NotCommitted, RunOutcomes.CameToItsEnd(state)) })];

    private static SumCheck Of(long missing, bool isDone) => missing == 0 ? SumCheck.Holds : missing > 0 && !isDone ? SumCheck.Unfinished : SumCheck.Broken;
}
