using System.Threading.Channels;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Gives the records of the input to the writers: numbered, each key always to the same writer, so that its order holds. Fits
/// the table to columns that it has not seen before.
/// </summary>
internal sealed class Router(
    ChannelReader<RecordChunk> input, ITarget target, SourcePositionTracker positions, CommittedPrefix? prefix, Func<int, ChannelWriter<RoutedChunk>> writerOf,
    Func<Record, CancellationToken, ValueTask<RowFault?>> fit, Func<Record, RowFault?>? admit)
{
    /// <summary>Schemas remembered as fitting; beyond it all are looked at again as they come.</summary>
    private const int MaxSchemas = 64;

    private readonly HashSet<Schema> _fitting = new(ReferenceEqualityComparer.Instance);
    private Schema? _lastSchema;
    private long _sequence;

    /// <summary>The writers that there are: one until the table is known.</summary>
    public int Writers { get; set; } = 1;

    /// <summary>Routes the input to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await input.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (input.TryRead(out RecordChunk? chunk))
                await RouteAsync(chunk, cancellationToken).ConfigureAwait(false);
        }
        foreach (Checkpoint? end in positions.Ends)
            prefix?.Ended(end);
    }

    private async ValueTask RouteAsync(RecordChunk chunk, CancellationToken cancellationToken)
    {
        var parts = new RoutedChunk?[1];
        foreach (Record record in chunk.Input)
        {
            RowFault? fault = record.Error is null ? admit?.Invoke(record) : null;
            if (record.Error is null && fault is null && !ReferenceEquals(record.Schema, _lastSchema))
                fault = await FitAsync(record, cancellationToken).ConfigureAwait(false);
            positions.Take(record, out int sibling, out Checkpoint? before);
            int writer = Writers > 1 && record.Error is null && fault is null ? (int)((uint)target.HashKey(record) % (uint)Writers) : 0;
            prefix?.Dispatched(writer, _sequence, before);
            if (parts.Length < Writers)
                Array.Resize(ref parts, Writers);
            (parts[writer] ??= new RoutedChunk((chunk.Input.Count + Writers - 1) / Writers) { BegunAt = chunk.BegunAt }).Records.Add(new RoutedRecord(record, _sequence++, sibling, before, fault));
        }
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] is { } part)
                await writerOf(i).WriteAsync(part, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<RowFault?> FitAsync(Record record, CancellationToken cancellationToken)
    {
        if (!_fitting.Contains(record.Schema))
        {
            RowFault? fault = await fit(record, cancellationToken).ConfigureAwait(false);
            if (fault is not null)
                return fault;
            if (_fitting.Count == MaxSchemas)
                _fitting.Clear();
            _fitting.Add(record.Schema);
        }
        _lastSchema = record.Schema;
        return null;
    }
}
