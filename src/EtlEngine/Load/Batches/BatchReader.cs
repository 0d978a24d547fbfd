using System.Threading.Channels;

namespace EtlTools.Engine.Load;

/// <summary>Collects a writer's batches from its records: by count, where large records count several times, or by the age of their first
/// record.</summary>
internal sealed class BatchReader(ChannelReader<RoutedChunk> input, ITargetSession session, LoadContext load)
{
    private RoutedChunk? _chunk;
    private int _next;
    private Task<bool>? _more;
    private int _lastCount;

    /// <summary>The next batch, or null at the end of the input.</summary>
    public async ValueTask<Batch?> ReadAsync(CancellationToken cancellationToken)
    {
        Batch? batch = null;
        long begunAt = 0;
        while (batch is null || batch.Weight < load.Options.BatchSize)
        {
            if (_chunk is null && !input.TryRead(out _chunk))
            {
                if (await WaitAsync(batch is not null ? load.Options.FlushInterval - load.Time.GetElapsedTime(begunAt) : null, cancellationToken).ConfigureAwait(false))
                    continue;
                break;
            }
            if (batch is null)
                begunAt = _chunk.BegunAt;
            batch ??= new Batch(session.NewRows(), _lastCount);
            if (batch.Count > 0 && batch.Rows.IsFull)
                break;
            Join(batch, _chunk);
        }
        _lastCount = batch?.Count ?? 0;
        return batch;
    }

    private void Join(Batch batch, RoutedChunk chunk)
    {
        int before = batch.Weight;
        while (_next < chunk.Count && batch.Weight < load.Options.BatchSize)
            batch.Add(chunk[_next++]);
        if (_next == chunk.Count)
        {
            chunk.Dispose();
            _chunk = null;
            _next = 0;
        }
        load.Input.Release(batch.Weight - before);
    }

    /// <summary>Waits for input.</summary>
    /// <returns>False when the input or the time is at its end.</returns>
    private async ValueTask<bool> WaitAsync(TimeSpan? atMost, CancellationToken cancellationToken)
    {
        // A wait that ran out of time is taken up again, so that no second one piles up behind it.
        _more ??= input.WaitToReadAsync(cancellationToken).AsTask();
        if (atMost is { } limit && !_more.IsCompleted)
        {
            if (limit <= TimeSpan.Zero)
                return false;
            try
            {
                await _more.WaitAsync(limit, load.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
        bool more = await _more.ConfigureAwait(false);
        _more = null;
        return more;
    }
}
