using EtlTools.Engine.Records;

namespace EtlTools.Engine.Stages;

/// <summary>
/// A pool that works on records one by one. Records are gathered into chunks while they come fast; a record that comes
/// slowly, and what a pausing source leaves behind, is handed over at once.
/// </summary>
public sealed class RecordPoolStage : PoolStage<RecordChunk>, IRecordInput
{
    private const int MaxChunkSize = 128;

    private readonly Lock _gathering = new();
    private readonly ChunkSize _chunkSize;
    private readonly ITimer _linger;
    private RecordChunk _open = new();
    private bool _openIsAged;

    /// <summary>Starts the workers.</summary>
    public RecordPoolStage(string name, StageOptions options, TimeProvider time, PoolWorker<RecordChunk> worker)
        : base(name, Valid(options), time, worker)
    {
        _chunkSize = new ChunkSize(Math.Clamp(options.BufferSize / (2 * options.ThrottleLimit), 1, MaxChunkSize));
        _linger = time.CreateTimer(_ => FlushAged(), null, Gathering.Linger, Gathering.Linger);
    }

    /// <inheritdoc/>
    public bool TryPost(Record record)
    {
        lock (_gathering)
        {
            if (!TryReserve(1))
            {
                FlushOpen();
                return false;
            }
            Counters.AddIn();
            _open.Input.Add(record);
            if (_open.Input.Count >= _chunkSize.Current)
                FlushOpen();
            return true;
        }
    }

    /// <inheritdoc/>
    public void Flush()
    {
        lock (_gathering)
            FlushOpen();
    }

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
        await _linger.DisposeAsync().ConfigureAwait(false);
        await base.ReleaseAsync().ConfigureAwait(false);
    }

    private static StageOptions Valid(StageOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Validate();
    }

    private void FlushAged()
    {
        lock (_gathering)
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
        EnterWithinCapacity(_open);
        _open = new RecordChunk();
    }
}
