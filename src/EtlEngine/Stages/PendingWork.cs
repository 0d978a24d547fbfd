namespace EtlTools.Engine.Stages;

/// <summary>
/// How many records may wait for a stage's workers: as many as they do in a short while. So the end of a drain, which lets what is in a
/// stage end, is never far. One producer; any thread may finish.
/// </summary>
internal sealed class PendingWork(int workers)
{
    /// <summary>How long the workers may be at what waits for them; several stages together are still short against a drain's time.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);

    /// <summary>Records for each worker while it is unknown how long one takes.</summary>
    private const int AtFirst = 16;

    /// <summary>Records for each worker at least: one in work, and one that it need not wait for.</summary>
    private const int AtLeast = 2;

    /// <summary>What counts of the chunks before at each new one, so that a change of pace is soon noticed.</summary>
    private const double Memory = 0.9;

    private readonly Lock _lock = new();
    private int _limit = AtFirst * workers;
    private long _taken;
    private long _finished;
    private double _records;
    private double _ticks;

    /// <summary>Whether one more record may wait.</summary>
    public bool HasRoom => _taken - Volatile.Read(ref _finished) < Volatile.Read(ref _limit);

    /// <summary>A record waits now.</summary>
    public void Take() => _taken++;

    /// <summary>A worker has finished records.</summary>
    public void Finish(int records, TimeSpan elapsed)
    {
        lock (_lock)
        {
            _records = (_records * Memory) + records;
            _ticks = (_ticks * Memory) + Math.Max(elapsed.Ticks, 1);
            Volatile.Write(ref _limit, (int)Math.Clamp(Ahead.Ticks * workers * _records / _ticks, AtLeast * workers, int.MaxValue));
            Volatile.Write(ref _finished, _finished + records);
        }
    }
}
