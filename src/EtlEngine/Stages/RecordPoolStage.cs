using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A pool that works on records one by one. Records are gathered into chunks while they come fast; a record that comes
/// slowly, and what a pausing source leaves behind, is handed over at once.
/// </summary>
public sealed class RecordPoolStage : PoolStage<RecordChunk>, IRecordInput
{
    private readonly ChunkSize _chunkSize;
    private readonly Gatherer _gatherer;

    /// <summary>Starts the workers.</summary>
    public RecordPoolStage(string name, StageOptions options, TimeProvider time, PoolWorker<RecordChunk> worker)
        : base(name, options.Validate(), worker)
    {
        ArgumentNullException.ThrowIfNull(time);
        _chunkSize = new ChunkSize(Math.Clamp(options.BufferSize / (2 * options.ThrottleLimit), 1, ChunkSize.Largest));
        _gatherer = new Gatherer(Counters, time, Gatherer.DefaultLinger, _chunkSize, () => TryReserve(1), EnterWithinCapacity);
    }

    /// <summary>Tells how long a worker took for a chunk, so that the next ones are of a fitting size.</summary>
    public void Learn(int records, TimeSpan elapsed) => _chunkSize.Learn(records, elapsed);

    /// <inheritdoc/>
    public bool TryPost(Record record) => _gatherer.TryPost(record);

    /// <inheritdoc/>
    public void Flush() => _gatherer.Flush();

    /// <inheritdoc/>
    public void CompleteInput()
    {
        Flush();
        EndInput();
    }

    /// <inheritdoc/>
    protected override async ValueTask ReleaseAsync()
    {
        await _gatherer.DisposeAsync().ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }
}
