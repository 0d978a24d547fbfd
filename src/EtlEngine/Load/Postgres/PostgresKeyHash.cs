using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Hashes keys by the bytes by which PostgreSQL compares them. One thread.</summary>
internal sealed class PostgresKeyHash
{
    private readonly PostgresBuffer _buffer = new();
    private readonly Utf8Scratch _scratch = new();
    private PostgresType[] _types = [];
    private StagedTable? _table;
    private StagedPlans? _plans;

    /// <summary>Finds the share of a key, by a hash that is the same everywhere and differs from that of <see cref="Of"/>.</summary>
    public bool TryFindShare(Record record, StagedTable table, LoadOptions options, int count, out int share)
    {
        share = 0;
        if (!TryMap(record, table, options, out ColumnMapping mapping))
            return false;
        var hash = new KeyHash();
        Span<byte> text = stackalloc byte[PostgresType.KeyTextBytes];
        for (int i = 0; i < _types.Length; i++)
        {
            _buffer.CutTo(0);
            if (_types[i].Write(_buffer, _scratch, record, mapping.Sources[mapping.KeySources[i]], out bool isNull) is not null || isNull)
                return false;
            hash.Add(_types[i].KeyText(_buffer[4.._buffer.Length].Span, text));
        }
        share = hash.ShareOf(count);
        return true;
    }

    public int Of(Record record, StagedTable table, LoadOptions options)
    {
        if (!TryMap(record, table, options, out ColumnMapping mapping))
            return 0;
        var hash = new HashCode();
        for (int i = 0; i < _types.Length; i++)
        {
            _buffer.CutTo(0);
            if (_types[i].Write(_buffer, _scratch, record, mapping.Sources[mapping.KeySources[i]], out bool isNull) is not null || isNull)
                return 0;
            hash.AddBytes(_types[i].Hashed(_buffer[4.._buffer.Length].Span));
        }
        return hash.ToHashCode();
    }

    private bool TryMap(Record record, StagedTable table, LoadOptions options, out ColumnMapping mapping)
    {
        if (!ReferenceEquals(table, _table))
        {
            (_table, _plans) = (table, new StagedPlans(table, options));
            _types = [.. table.Key.Select(column => (PostgresType)column.Type)];
        }
        mapping = _plans!.Of(record.Schema).Mapping;
        return mapping.Unknown is null && mapping.MissingKey is null;
    }
}
