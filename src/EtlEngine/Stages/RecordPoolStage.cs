using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A pool that works on records one by one. Records are gathered into chunks while they come fast; a record that comes
/// slowly, and what a pausing source leaves behind, is handed over at once.
/// </summary>
internal sealed class RecordPoolStage : PoolStage<RecordChunk>, IRecordInput
{
    private readonly ChunkSize _chunkSize;
    private readonly ChunkBuilder _chunks;

    /// <summary>Starts the workers.</summary>
    public RecordPoolStage(string name, StageOptions options, TimeProvider time, PoolWorker<RecordChunk> worker)
        : base(name, Valid(options), time, worker)
    {
        _chunkSize = new ChunkSize(Math.Clamp(options.BufferSize / (2 * options.ThrottleLimit), 1, ChunkSize.Largest));
        _chunks = new ChunkBuilder(Counters, time, ChunkBuilder.DefaultLinger, _chunkSize, () => TryReserve(1), EnterWithinCapacity);
    }

    /// <summary>See <see cref="StageCounters.Subject"/>.</summary>
    public string? Subject
    {
        get => Counters.Subject;
        init => Counters.Subject = value;
    }

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
