using System.Buffers;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>A record on its way to a writer.</summary>
/// <param name="Record">The record, good or failed.</param>
/// <param name="Sequence">Its number in the stage's input, from 0.</param>
/// <param name="Sibling">How many records came directly before it at the same position; a script may make several of one row.</param>
/// <param name="Before">The watermark when all earlier records are loaded; null without a watermark, or if nothing is.</param>
/// <param name="Fault">Why the target does not accept a good record, if that is already known.</param>
internal readonly record struct RoutedRecord(Record Record, long Sequence, int Sibling, Checkpoint? Before, RowFault? Fault);

/// <summary>Records for one writer, in order. The writer returns the array to the pool when it has taken them all.</summary>
/// <param name="capacity">The largest number of records.</param>
internal sealed class RoutedChunk(int capacity) : IDisposable
{
    private readonly RoutedRecord[] _records = ArrayPool<RoutedRecord>.Shared.Rent(capacity);

    public int Count { get; private set; }

    public ref readonly RoutedRecord this[int index] => ref _records[index];

    /// <summary>The clock's time stamp when the first record arrived.</summary>
    public required long BegunAt { get; init; }

    public void Add(in RoutedRecord record) => _records[Count++] = record;

    public void Dispose() => ArrayPool<RoutedRecord>.Shared.Return(_records, clearArray: true);
}
