using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// Collects records into chunks while they arrive fast. A chunk that does not fill up is handed over after a short while by its own timer,
/// so it does not wait for a pipeline thread that is blocked in an idle source.
/// </summary>
internal sealed class ChunkBuilder : IAsyncDisposable
{
    /// <summary>A chunk that is not full after one to two of these periods is handed over as it is.</summary>
    public static readonly TimeSpan DefaultLinger = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly StageCounters _counters;
    private readonly TimeProvider _time;
    private readonly ChunkSize _size;
    private readonly Func<Record, bool> _tryReserve;
    private readonly Action<RecordChunk> _enter;
    private readonly ITimer _timer;
    private RecordChunk _open = new();
    private bool _openIsAged;

    /// <param name="counters">Counts the records that arrive.</param>
    /// <param name="time">The clock.</param>
    /// <param name="linger">How long a chunk that is not full waits, once to twice.</param>
    /// <param name="size">The number of records in a chunk.</param>
    /// <param name="tryReserve">Reserves room for a record.</param>
    /// <param name="enter">Hands over a chunk whose room was reserved.</param>
    public ChunkBuilder(
        StageCounters counters, TimeProvider time, TimeSpan linger, ChunkSize size, Func<Record, bool> tryReserve, Action<RecordChunk> enter)
    {
        _counters = counters;
        _time = time;
        _size = size;
        _tryReserve = tryReserve;
        _enter = enter;
        _timer = time.CreateTimer(_ => FlushAged(), null, linger, linger);
    }

    /// <summary>Adds a record if there is room; if there is none, hands over the collected ones.</summary>
    public bool TryPost(Record record)
    {
        lock (_lock)
        {
            if (!_tryReserve(record))
            {
                FlushOpen();
                return false;
            }
            _counters.AddIn();
            if (_open.Input.Count == 0)
                _open.BegunAt = _time.GetTimestamp();
            _open.Add(record);
            if (_open.Weight >= _size.Current)
                FlushOpen();
            return true;
        }
    }

    /// <summary>Hands over the collected records.</summary>
    public void Flush()
    {
        lock (_lock)
            FlushOpen();
    }

    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void FlushAged()
    {
        lock (_lock)
        {
            if (_openIsAged)
                FlushOpen();
            else
                _openIsAged = _open.Input.Count > 0;
        }
    }

    private void FlushOpen()
    {
        _openIsAged = false;
        if (_open.Input.Count == 0)
            return;
        _enter(_open);
        _open = new RecordChunk();
    }
}
