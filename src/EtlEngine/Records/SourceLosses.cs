using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Records;

/// <summary>The records of a source that failed in a command and went to the error stream, which no dead letter keeps. A load in another
/// pipeline, as inside a function, cannot know of them otherwise. Any thread.</summary>
internal sealed class SourceLosses
{
    /// <summary>How many rows are remembered; the rest is counted.</summary>
    private const int MaxRows = 10_000;

    private readonly Lock _lock = new();
    private readonly List<Loss> _lost = [];
    private readonly Dictionary<StageCounters, long> _counts = new(ReferenceEqualityComparer.Instance);
    private long _count;

    /// <summary>The number of records.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The number of records that a stage has not lost itself.</summary>
    public long CountBefore(StageCounters stage)
    {
        lock (_lock)
            return _count - _counts.GetValueOrDefault(stage);
    }

    public void Add(Loss loss)
    {
        lock (_lock)
        {
            if (_lost.Count < MaxRows)
                _lost.Add(loss);
            _counts[loss.By] = _counts.GetValueOrDefault(loss.By) + 1;
            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>What was lost does not tell one source from another.</summary>
    public override bool Equals(object? obj) => obj is SourceLosses;

    public override int GetHashCode() => 0;

    /// <summary>The records from a number on that are remembered, in the order in which they failed.</summary>
    public IReadOnlyList<Loss> From(int index)
    {
        lock (_lock)
            return _lost[index..];
    }

    /// <summary>A lost record.</summary>
    /// <param name="Position">Its position.</param>
    /// <param name="Stage">The stage in which it failed.</param>
    /// <param name="By">The stage that wrote it to the error stream.</param>
    public readonly record struct Loss(SourcePosition Position, string Stage, StageCounters By);
}
