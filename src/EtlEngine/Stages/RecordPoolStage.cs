using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A pool that works on single records. Records are collected into chunks while they arrive fast; a record that arrives slowly, or the last
/// ones before a pause, are handed over at once. The waiting records are bounded in number and in time.
/// </summary>
internal sealed class RecordPoolStage : PoolStage<RecordChunk>, IRecordInput
{
    private readonly ChunkSize _chunkSize;
    private readonly ChunkBuilder _chunks;
    private readonly PendingWork _pending;
    private bool _waitsForWorkers;

    /// <summary>Starts the workers.</summary>
    public RecordPoolStage(string name, StageOptions options, TimeProvider time, PoolWorker<RecordChunk> worker)
        : base(name, Valid(options), time, worker)
    {
        _chunkSize = new ChunkSize(Math.Clamp(options.BufferSize / (2 * options.ThrottleLimit), 1, ChunkSize.Largest));
        _chunks = new ChunkBuilder(Counters, time, ChunkBuilder.DefaultLinger, _chunkSize, TryTakeRoom, EnterWithinCapacity);
        _pending = new PendingWork(options.ThrottleLimit);
    }

    /// <summary>See <see cref="StageCounters.Subject"/>.</summary>
    public string? Subject
    {
        get => Counters.Subject;
        init => Counters.Subject = value;
    }

    /// <inheritdoc/>
    protected override bool CanProceed => base.CanProceed || (_waitsForWorkers && _pending.HasRoom);

    /// <inheritdoc/>
    public bool TryPost(Record record) => _chunks.TryPost(record);

    /// <inheritdoc/>
    public void Flush() => _chunks.Flush();

    /// <inheritdoc/>
    public void CompleteInput()
    {
        Flush();
        EndInput();
    }

    /// <inheritdoc/>
    protected override void OnFinished(RecordChunk chunk, TimeSpan elapsed)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        _chunkSize.Learn(chunk.Input.Count, elapsed);
        _pending.Finish(chunk.Input.Count, elapsed);
    }

    private bool TryTakeRoom(Record record)
    {
        _waitsForWorkers = !_pending.HasRoom;
        if (_waitsForWorkers || !TryReserve(record.Weigh()))
            return false;
        _pending.Take();
        return true;
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _chunks.DisposeAsync().ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }

    private static StageOptions Valid(StageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Validate();
    }
}
