using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Hashes keys by the bytes that PostgreSQL compares. One thread.</summary>
internal sealed class PostgresKeyHash
{
    private readonly PostgresBuffer _buffer = new();
    private readonly Utf8Scratch _scratch = new();
    private PostgresType[] _types = [];
    private StagedTable? _table;
    private StagedPlans? _plans;

    public int Of(Record record, StagedTable table, LoadOptions options)
    {
        if (!ReferenceEquals(table, _table))
        {
            (_table, _plans) = (table, new StagedPlans(table, options));
            _types = [.. table.Key.Select(column => (PostgresType)column.Type)];
        }
        ColumnMapping mapping = _plans!.Of(record.Schema).Mapping;
        if (mapping.Unknown is not null || mapping.MissingKey is not null)
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
}
