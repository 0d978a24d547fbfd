namespace EtlTools.Engine.Records;

/// <summary>
/// Knows for a source whose records may share positions, as rows with equal watermark columns do, which positions are complete. If the
/// source is cut short, further records of the last position may have been left out.
/// </summary>
internal sealed class SharedPositions
{
    private long _completeUpTo = -1;

    /// <summary>No more records come at the position of this row, nor before it.</summary>
    public void Complete(long row) => Volatile.Write(ref _completeUpTo, row);

    /// <summary>Whether all records at the position of this row have been read.</summary>
    public bool IsComplete(long row) => row <= Volatile.Read(ref _completeUpTo);
}
