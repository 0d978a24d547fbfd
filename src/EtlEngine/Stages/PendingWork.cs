namespace EtlTools.Engine.Stages;

/// <summary>
/// Limits how many records may wait for a stage's workers: as many as they process in a short time. So a drain, which finishes the records
/// in a stage, never takes long. One producer; any thread may finish.
/// </summary>
internal sealed class PendingWork(int workers)
{
    /// <summary>How long the workers may need for the waiting records; even several stages together stay well below the time of a
    /// drain.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(2);

    /// <summary>The number of records for each worker while it is unknown how long one takes.</summary>
    private const int AtFirst = 16;

    /// <summary>The smallest number of records for each worker: one in work, and one that is ready.</summary>
    private const int AtLeast = 2;

    /// <summary>The weight of earlier chunks at each new one; a change of pace must be noticed soon.</summary>
    private const double Memory = 0.9;

    private readonly Lock _lock = new();
    private int _limit = AtFirst * workers;
    private long _taken;
    private long _finished;
    private double _records;
    private double _ticks;

    /// <summary>Whether one more record may wait.</summary>
    public bool HasRoom => _taken - Volatile.Read(ref _finished) < Volatile.Read(ref _limit);

    /// <summary>A record is waiting.</summary>
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
