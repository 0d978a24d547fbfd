using System.Threading.Channels;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>Collects batches from the stage's input: by count, or by the age of their first record.</summary>
internal sealed class BatchReader(
    ChannelReader<RecordChunk> input, LoadOptions options, TimeProvider time, Func<Record, RowFault?> check, Action<int> joined)
{
    private RecordChunk? _chunk;
    private int _next;
    private Task<bool>? _more;

    /// <summary>The next batch, or null at the end of the input.</summary>
    public async ValueTask<Batch?> ReadAsync(CancellationToken cancellationToken)
    {
        var batch = new Batch();
        long begunAt = 0;
        while (batch.Count < options.BatchSize)
        {
            if (_chunk is null && !input.TryRead(out _chunk))
            {
                if (await WaitAsync(batch.Count > 0 ? options.FlushInterval - time.GetElapsedTime(begunAt) : null, cancellationToken).ConfigureAwait(false))
                    continue;
                break;
            }
            if (batch.Count == 0)
                begunAt = _chunk.BegunAt;
            Join(batch, _chunk);
        }
        return batch.Count > 0 ? batch : null;
    }

    private void Join(Batch batch, RecordChunk chunk)
    {
        int count = Math.Min(chunk.Input.Count - _next, options.BatchSize - batch.Count);
        for (int i = 0; i < count; i++)
        {
            Record record = chunk.Input[_next++];
            batch.Add(record, record.Error is null ? check(record) : null);
        }
        if (_next == chunk.Input.Count)
        {
            _chunk = null;
            _next = 0;
        }
        joined(count);
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
                await _more.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
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
