namespace EtlTools.Engine.Stages;

/// <summary>
/// How many records to hand to a worker at once: few when a record is much work, so that all workers have some and none
/// is held back; many when it is little, so that waking a thread costs little per record.
/// </summary>
internal sealed class ChunkSize(int max, int initial = 1)
{
    /// <summary>The largest chunk of records: beyond it the wake-up costs nothing that could be measured.</summary>
    public const int Largest = 128;

    /// <summary>The work that a chunk should be: long against the few microseconds of a wake-up, short against a person's
    /// patience.</summary>
    private static readonly TimeSpan Target = TimeSpan.FromMilliseconds(1);

    private int _current = initial;

    public int Current => Volatile.Read(ref _current);

    /// <summary>Learns from a finished chunk. Any thread: a lost update only delays the adaption by one chunk.</summary>
    public void Learn(int records, TimeSpan elapsed)
    {
        double perRecord = Math.Max(elapsed.Ticks, 1) / (double)records;
        int ideal = (int)Math.Clamp(Target.Ticks / perRecord, 1, max);
        int current = Current;
        // Grow by doubling, shrink at once: one mistaken large chunk of slow records is what hurts.
        Volatile.Write(ref _current, ideal > current ? Math.Min(ideal, current * 2) : ideal);
    }
}
