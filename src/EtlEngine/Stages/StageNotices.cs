using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace EtlTools.Engine.Stages;

/// <summary>The importance of a notice.</summary>
internal enum NoticeLevel
{
    /// <summary>For users who asked for details.</summary>
    Verbose,

    /// <summary>The run continues as it should, but the user will want to know.</summary>
    Warning,

    /// <summary>A part of the input could not be processed: the run continues and does not succeed.</summary>
    Error,
}

/// <summary>Something that a stage reports to the user and that is not about one record.</summary>
/// <param name="Level">How much it matters.</param>
/// <param name="Failure">What happened; its code becomes the error id.</param>
internal sealed record StageNotice(NoticeLevel Level, EtlException Failure);

/// <summary>
/// The notices of a stage, from any thread to the consumer's. Holds a bounded number; if they arrive faster than they are shown, the rest
/// is only counted.
/// </summary>
internal sealed class StageNotices(PumpSignal signal)
{
    private const int Limit = 1000;

    private readonly ConcurrentQueue<StageNotice> _queue = new();
    private long _dropped;

    /// <summary>The number of notices that were dropped because too many were waiting.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Adds a notice. Any thread.</summary>
    public void Add(NoticeLevel level, EtlException failure)
    {
        if (_queue.Count < Limit)
            _queue.Enqueue(new StageNotice(level, failure));
        else
            Interlocked.Increment(ref _dropped);
        signal.Set();
    }

    /// <summary>The oldest notice not yet shown.</summary>
    public bool TryTake([NotNullWhen(true)] out StageNotice? notice) => _queue.TryDequeue(out notice);
}
