namespace EtlTools.Engine.Records;

/// <summary>The records of a source that failed in a command and went to the error stream, which no dead letter keeps. A load in another
/// pipeline, as inside a function, cannot know of them otherwise. Any thread.</summary>
internal sealed class SourceLosses
{
    /// <summary>How many rows are remembered; the rest is counted.</summary>
    private const int MaxRows = 10_000;

    private readonly Lock _lock = new();
    private readonly List<(SourcePosition Position, string Stage)> _lost = [];
    private long _count;

    /// <summary>The number of records.</summary>
    public long Count => Volatile.Read(ref _count);

    public void Add(SourcePosition position, string stage)
    {
        lock (_lock)
        {
            if (_lost.Count < MaxRows)
                _lost.Add((position, stage));
            Volatile.Write(ref _count, _count + 1);
        }
    }

    /// <summary>What was lost does not tell one source from another.</summary>
    public override bool Equals(object? obj) => obj is SourceLosses;

    public override int GetHashCode() => 0;

    /// <summary>The records from a number on that are remembered, in the order in which they failed.</summary>
    public IReadOnlyList<(SourcePosition Position, string Stage)> From(int index)
    {
        lock (_lock)
            return _lost[index..];
    }
}
