namespace EtlTools.Engine.Stages;

/// <summary>
/// How many records a worker gets at once: few if a record is much work, so that all workers have some and none is delayed; many if it is
/// little work, so that waking a thread costs little per record.
/// </summary>
internal sealed class ChunkSize(int max, int initial = 1)
{
    /// <summary>The largest chunk. Beyond this size the cost of a wake-up cannot be measured.</summary>
    public const int Largest = 128;

    /// <summary>The work that a chunk should contain: long compared with the few microseconds of a wake-up, and short compared with a
    /// person's patience.</summary>
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(1);

    private int _current = initial;

    public int Current => Volatile.Read(ref _current);

    /// <summary>Learns from a finished chunk. Any thread; a lost update only delays the adaptation by one chunk.</summary>
    public void Learn(int records, TimeSpan elapsed)
    {
        double perRecord = Math.Max(elapsed.Ticks, 1) / (double)records;
        int ideal = (int)Math.Clamp(Target.Ticks / perRecord, 1, max);
        int current = Current;
        // Grows by doubling and shrinks at once, because a large chunk of slow records does the most harm.
        Volatile.Write(ref _current, ideal > current ? Math.Min(ideal, current * 2) : ideal);
    }
}
