using EtlTools.Engine.Files;

namespace EtlTools.Engine.Stages;

/// <summary>Drains a run automatically: after a time limit, or when another process creates a file.</summary>
internal sealed class DrainTriggers : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    private readonly ITimer? _limit;
    private readonly ITimer? _look;

    /// <summary>Starts to watch.</summary>
    /// <param name="run">The run.</param>
    /// <param name="maxDuration">How long the source may read from now on; null for no limit.</param>
    /// <param name="stopFile">The full path of the file; null for none. It is looked for twice a second.</param>
    /// <exception cref="EtlException">The file can never be there.</exception>
    public DrainTriggers(EtlRun run, TimeSpan? maxDuration, string? stopFile)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (stopFile is not null)
            FilePath.RequirePlace(stopFile, "-StopFilePath", FailureCodes.InvalidParameter);
        if (maxDuration is { } limit)
            _limit = run.Time.CreateTimer(_ => run.Shutdown.Drain("-MaxDuration has passed"), null, limit, Timeout.InfiniteTimeSpan);
        if (stopFile is null)
            return;
        Look(run, stopFile);
        _look = run.Time.CreateTimer(_ => Look(run, stopFile), null, LookEvery, LookEvery);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _limit?.Dispose();
        _look?.Dispose();
    }

    private static void Look(EtlRun run, string stopFile)
    {
        if (File.Exists(stopFile))
            run.Shutdown.Drain("the file of -StopFilePath exists");
    }
}
