using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>
/// Decides which records belong to this share. A good record belongs by its key, so that all records of a key are in one share, in order. A
/// failed record, which may have no key, belongs by its row number, so that its letter is written once.
/// </summary>
internal sealed class ShareFilter(Partition partition, ITarget target, RecordSelection? selection = null)
{
    private SourceInfo? _source;
    private int _pinned = -1;
    private bool _isChecked;

    /// <summary>Whether a record is this share's.</summary>
    /// <param name="record">The record.</param>
    /// <param name="unfit">Why the target does not accept the record, if that is known.</param>
    /// <param name="sequence">Its number in the input.</param>
    public bool Takes(Record record, RowFault? unfit, long sequence)
    {
        if (record.Error is not null || unfit is not null || !target.TryFindShare(record, partition.Count, out int share))
            return selection is not null || (record.HasPosition ? record.Position.Row : sequence) % partition.Count == partition.Index;
        if (share != partition.Index && selection is not null)
            throw Misplaced(record);
        return share == partition.Index;
    }

    /// <summary>Throws if the table, now that it exists, cannot be loaded in shares.</summary>
    public void Require()
    {
        if (!_isChecked)
            RequireAble(target);
        _isChecked = true;
    }

    /// <summary>Pins the source of a record in the plan, before its first record is loaded.</summary>
    public ValueTask PinAsync(Record record, CancellationToken cancellationToken)
    {
        SourceInfo? source = record.HasPosition && record.Error is not { HasOvertaken: true } ? record.Position.Source : null;
        return source is null || ReferenceEquals(source, _source) ? ValueTask.CompletedTask : PinAsync(source, cancellationToken);
    }

    /// <summary>Throws if the order between records with different keys may affect the table, or if keys cannot be distinguished
    /// here.</summary>
    public static void RequireAble(ITarget target)
    {
        if (!target.IsMissing && target.MaxWriters == 1)
            throw new EtlException(
                FailureCodes.PartitionImpossible, FailureKind.InvalidCall,
                $"The table '{target.Table}' cannot be loaded in shares: the order between records of different keys may decide what it holds (another unique index, a trigger, a foreign key to itself, a view, a partial index), or its key is compared by more than its bytes. Leave out -Partition and load it by one process.");
    }

    /// <summary>Records that were left out with another hash than the loader's may be in no share.</summary>
    private EtlException Misplaced(Record record) => new(
        FailureCodes.PartitionMismatch, FailureKind.InvalidData,
        $"{(record.HasPosition ? $"{record.Position}: the" : "A")} key belongs to another share than the one that Select-EtlPartition found: a transform changed the key, or the text of the source and the type in '{target.Table}' distinguish keys differently (007 and 7, 1.50 and 1.5, a date as 03.02.2026). Convert the columns of the key in the source (-Type), or leave out Select-EtlPartition. Nothing of the open batch was loaded.");

    private async ValueTask PinAsync(SourceInfo source, CancellationToken cancellationToken)
    {
        if (_source?.IsSameAs(source) != true)
            _pinned = await target.PinSourceAsync(source, _pinned, cancellationToken).ConfigureAwait(false);
        _source = source;
    }
}
