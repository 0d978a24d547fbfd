namespace EtlTools.Engine.Report;

/// <summary>How full the queues of a run were.</summary>
internal static class QueueFill
{
    private const double Full = 0.5;

    /// <summary>Adds the average fill of each stage.</summary>
    public static IReadOnlyList<StageReport> Add(IReadOnlyList<StageReport> stages, IReadOnlyList<SampleReport> samples) =>
        [.. stages.Select((stage, i) => stage with { Fill = stage.Capacity > 0 ? Average(stage.Capacity, i, samples) : null })];

    /// <summary>The fill of a stage, from 0 to 1.</summary>
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

    /// <summary>The first and the last sample are ignored, because every queue is empty then.</summary>
    private static double? Average(int capacity, int stage, IReadOnlyList<SampleReport> samples) =>
        samples.Count > 2 ? samples.Skip(1).SkipLast(1).Select(sample => sample.Stages[stage] is { } counts ? Of(counts, capacity) : 0).Average() : null;
}
