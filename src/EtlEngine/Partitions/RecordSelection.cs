using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Partitions;

/// <summary>
/// Leaves out records of other shares, directly after the source: a good record by the hash of its key, and a failed one by its row number,
/// as the loader does. The loader checks each record again. One thread.
/// </summary>
internal sealed class RecordSelection(Partition partition, IReadOnlyList<string> key)
{
    private readonly Dictionary<(string Path, string Fingerprint), Record> _ends = [];
    private readonly Utf8Scratch _scratch = new();
    private SourceInfo? _source;
    private Record? _last;
    private long _sequence;

    public Partition Partition => partition;

    public IReadOnlyList<string> Key => key;

    /// <summary>The last record of each source, in any share, in the order of the sources. Only after the input has ended.</summary>
    public IReadOnlyCollection<Record> Ends
    {
        get
        {
            Keep();
            return _ends.Values;
        }
    }

    /// <summary>Whether the record is this share's.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public bool Takes(Record record)
    {
        See(record);
        long row = record.HasPosition ? record.Position.Row : _sequence;
        _sequence++;
        if (record.Error is not null)
            return row % partition.Count == partition.Index;
        var hash = new KeyHash();
        foreach (string name in key)
        {
            int index = record.Schema.IndexOf(name);
            if (index < 0)
                throw new EtlException(FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-Key: there is no column '{name}'.{NearName.Hint(name, record.Schema.Names)}");
            if (!TryAdd(ref hash, record, index))
                return row % partition.Count == partition.Index;
        }
        return hash.ShareOf(partition.Count) == partition.Index;
    }

    private bool TryAdd(ref KeyHash hash, Record record, int index)
    {
        if (!record.TryGetUnreadUtf8(index, out ReadOnlySpan<byte> utf8))
        {
            object? value = record[index];
            if (value is byte[] bytes)
                utf8 = bytes;
            else if (value is null or DBNull || KeyText.Of(value) is not { } text || !_scratch.TryEncode(text, out utf8))
                return false;
        }
        hash.Add(utf8);
        return true;
    }

    private void See(Record record)
    {
        if (!record.HasPosition || record.Error is { HasOvertaken: true } || record.IsUnfinished)
            return;
        if (!ReferenceEquals(record.Position.Source, _source))
            Keep();
        _source = record.Position.Source;
        _last = record;
    }

    private void Keep()
    {
        if (_last is { } last)
            _ends[(last.Position.Source.Path, last.Position.Source.Fingerprint)] = last;
    }
}
