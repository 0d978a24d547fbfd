using System.Buffers;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>A record on its way to a writer.</summary>
/// <param name="Record">The record, good or failed.</param>
/// <param name="Sequence">Its number in the stage's input, from 0.</param>
/// <param name="Sibling">How many records of the same position came right before it: a script may make several of one row.</param>
/// <param name="Before">How far the source is loaded when all records before this one are; null without a watermark, or
/// where nothing is.</param>
/// <param name="Fault">Why the target does not take a good record, where that is known already.</param>
internal readonly record struct RoutedRecord(Record Record, long Sequence, int Sibling, Checkpoint? Before, RowFault? Fault);

/// <summary>Records for one writer, in order. Its array is the pool's again when the writer has them all.</summary>
/// <param name="capacity">How many there can be.</param>
internal sealed class RoutedChunk(int capacity) : IDisposable
{
    private readonly RoutedRecord[] _records = ArrayPool<RoutedRecord>.Shared.Rent(capacity);

    public int Count { get; private set; }

    public ref readonly RoutedRecord this[int index] => ref _records[index];

    /// <summary>When the first record came in, as the clock's time stamp.</summary>
    public required long BegunAt { get; init; }

    public void Add(in RoutedRecord record) => _records[Count++] = record;

    public void Dispose() => ArrayPool<RoutedRecord>.Shared.Return(_records, clearArray: true);
}
