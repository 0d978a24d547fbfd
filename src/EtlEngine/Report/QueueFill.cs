namespace EtlTools.Engine.Report;

/// <summary>How full the queues of a run were.</summary>
internal static class QueueFill
{
    private const double Full = 0.5;

    /// <summary>Adds to each stage how full it was on average.</summary>
    public static IReadOnlyList<StageReport> Add(IReadOnlyList<StageReport> stages, IReadOnlyList<SampleReport> samples) =>
        [.. stages.Select((stage, i) => stage with { Fill = stage.Capacity > 0 ? Average(stage.Capacity, i, samples) : null })];

    /// <summary>How full a stage was, from 0 to 1.</summary>
    public static double Of(StageCounts counts, int capacity) => Math.Clamp((double)counts.Held / capacity, 0, 1);

    /// <summary>The last stage that was at least half full, or null.</summary>
    public static int? Fullest(IReadOnlyList<StageReport> stages)
    {
        for (int i = stages.Count - 1; i >= 0; i--)
        {
            if (stages[i].Fill >= Full)
                return i;
        }
        return null;
    }

    /// <summary>The first and the last sample are not looked at: at the beginning and at the end every queue is empty.</summary>
    private static double? Average(int capacity, int stage, IReadOnlyList<SampleReport> samples) =>
        samples.Count > 2 ? samples.Skip(1).SkipLast(1).Select(sample => sample.Stages[stage] is { } counts ? Of(counts, capacity) : 0).Average() : null;
}
