using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Hashes keys by the bytes that PostgreSQL compares. One thread.</summary>
internal sealed class PostgresKeyHash
{
    private readonly PostgresBuffer _buffer = new();
    private readonly PostgresEncoder _encoder = new();
    private PostgresTable? _table;
    private StagedPlans<PostgresColumn>? _plans;

    public int Of(Record record, PostgresTable table, LoadOptions options)
    {
        if (!ReferenceEquals(table, _table))
            (_table, _plans) = (table, new StagedPlans<PostgresColumn>(table, options));
        ColumnMapping<PostgresColumn> mapping = _plans!.Of(record.Schema).Mapping;
        if (mapping.Unknown is not null || mapping.MissingKey is not null)
            return 0;
        var hash = new HashCode();
        foreach (int key in mapping.KeySources)
        {
            _buffer.CutTo(0);
            PostgresColumn column = mapping.Columns[key];
            if (_encoder.Write(_buffer, column, record, mapping.Sources[key], out bool isNull) is not null || isNull)
                return 0;
            hash.AddBytes(Comparable(column, _buffer[4.._buffer.Length].Span));
        }
        return hash.ToHashCode();
    }

    private static ReadOnlySpan<byte> Comparable(PostgresColumn column, ReadOnlySpan<byte> value) => column.Kind switch
    {
        PostgresKind.Char => value.TrimEnd((byte)' '),
        // Weight and sign come first, then the number of decimals to show, which says nothing of the number; the digits do.
        PostgresKind.Numeric => value[8..],
        _ => value,
    };
}
