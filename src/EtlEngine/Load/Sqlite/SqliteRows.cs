using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Checks rows as they join a batch; they are bound as they are when it is written. One for all batches of a session.</summary>
internal sealed class SqliteRows(SqliteTarget target) : IRowBuffer
{
    private readonly Utf8Scratch _scratch = new();
    private SqliteTable? _table;
    private MappingCache<SqliteMapping>? _mappings;

    public bool IsFull => false;

    public RowFault? Add(int row, Record record)
    {
        if (_mappings is null || !ReferenceEquals(_table, target.Definition))
        {
            _table = target.Definition!;
            _mappings = MappingsTo(_table);
        }
        return SqliteRowCheck.Check(record, _mappings.Of(record.Schema), _scratch);
    }

    public void Dispose()
    {
        // It keeps nothing of a batch.
    }

    private MappingCache<SqliteMapping> MappingsTo(SqliteTable table) => new(schema => new SqliteMapping(table, schema, target.Options));
}
