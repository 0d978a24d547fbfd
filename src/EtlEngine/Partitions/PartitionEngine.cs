namespace EtlTools.Engine.Partitions;

/// <summary>The environment variables of an engine that starts the same program n times.</summary>
/// <param name="Name">The engine.</param>
/// <param name="Index">The variable with the number of the process.</param>
internal sealed record PartitionEngine(string Name, string Index)
{
    public static IReadOnlyList<PartitionEngine> All { get; } =
    [
        new("Slurm", "SLURM_ARRAY_TASK_ID")
        {
            First = "SLURM_ARRAY_TASK_MIN", Last = "SLURM_ARRAY_TASK_MAX", Step = "SLURM_ARRAY_TASK_STEP", Count = "SLURM_ARRAY_TASK_COUNT",
            Attempt = "SLURM_RESTART_COUNT",
        },
        new("AwsBatch", "AWS_BATCH_JOB_ARRAY_INDEX") { Count = "AWS_BATCH_JOB_ARRAY_SIZE", Attempt = "AWS_BATCH_JOB_ATTEMPT", FirstAttempt = 1 },
        new("GoogleBatch", "BATCH_TASK_INDEX") { Count = "BATCH_TASK_COUNT", Attempt = "BATCH_TASK_RETRY_ATTEMPT" },
        new("CloudRun", "CLOUD_RUN_TASK_INDEX") { Count = "CLOUD_RUN_TASK_COUNT", Attempt = "CLOUD_RUN_TASK_ATTEMPT" },
        new("GridEngine", "SGE_TASK_ID") { First = "SGE_TASK_FIRST", Last = "SGE_TASK_LAST", Step = "SGE_TASK_STEPSIZE", Base = 1 },
        new("Kubernetes", "JOB_COMPLETION_INDEX"),
    ];

    /// <summary>The variable with the lowest number; null if it is always <see cref="Base"/>.</summary>
    public string? First { get; init; }

    /// <summary>The variable with the highest number, if some numbers in between may be missing.</summary>
    public string? Last { get; init; }

    /// <summary>The variable with the step between numbers.</summary>
    public string? Step { get; init; }

    /// <summary>The variable with the number of processes.</summary>
    public string? Count { get; init; }

    /// <summary>The variable with the number of the attempt.</summary>
    public string? Attempt { get; init; }

    /// <summary>The number of the first attempt.</summary>
    public int FirstAttempt { get; init; }

    /// <summary>The number of the first process in a complete array.</summary>
    public int Base { get; init; }
}
