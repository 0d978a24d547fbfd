using System.Threading.Channels;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>Records on their way into the loader: the pipeline thread posts them, and the writer pool takes them in chunks. Bounded by <see
/// cref="LoadOptions.BufferSize"/>.</summary>
internal sealed class LoadInput : IAsyncDisposable
{
    private readonly PumpSignal _signal;
    private readonly RecordCapacity _capacity;
    private readonly Channel<RecordChunk> _queue;
    private readonly ChunkBuilder _chunks;
    private volatile int _refused;

    public LoadInput(LoadOptions options, TimeProvider time, StageCounters counters, PumpSignal signal)
    {
        _signal = signal;
        _capacity = new RecordCapacity(options.BufferSize);
        // A chunk holds at least one record, so the queue never holds more chunks than there is room for records.
        _queue = Channel.CreateBounded<RecordChunk>(new BoundedChannelOptions(options.BufferSize) { SingleReader = true });
        int chunk = Math.Clamp(options.BufferSize / 4, 1, Math.Min(ChunkSize.Largest, options.BatchSize));
        var linger = TimeSpan.FromTicks(Math.Clamp(options.FlushInterval.Ticks / 4, TimeSpan.TicksPerMillisecond, ChunkBuilder.DefaultLinger.Ticks));
        _chunks = new ChunkBuilder(counters, time, linger, new ChunkSize(chunk, chunk), record => _capacity.TryAcquire(record.Weigh()), Enter);
    }

    public ChannelReader<RecordChunk> Chunks => _queue.Reader;

    /// <summary>Whether there is room again after a record was refused because there was none.</summary>
    public bool HasRoomAgain => _refused > 0 && _capacity.HasRoomFor(_refused);

    /// <summary>Whether the last record was refused, because there is no room for it. Any thread.</summary>
    public bool IsFull => _refused > 0;

    /// <summary>Adds a record, if there is room.</summary>
    public bool TryPost(Record record)
    {
        bool posted = _chunks.TryPost(record);
        _refused = posted ? 0 : record.Weight;
        return posted;
    }

    /// <summary>Hands over the collected records.</summary>
    public void Flush() => _chunks.Flush();

    /// <summary>No more records will arrive.</summary>
    public void Complete()
    {
        Flush();
        _queue.Writer.TryComplete();
    }

    /// <summary>Records have joined a batch, which makes room for others. Any thread.</summary>
    /// <param name="weight">The weight of all of them.</param>
    public void Release(int weight)
    {
        _capacity.Release(weight);
        _signal.Set();
    }

    public ValueTask DisposeAsync() => _chunks.DisposeAsync();

    private void Enter(RecordChunk chunk)
    {
        if (!_queue.Writer.TryWrite(chunk))
            throw new InvalidOperationException("The loader took more chunks than it has room for records.");
    }
}
