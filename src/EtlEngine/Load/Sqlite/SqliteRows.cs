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
        SqliteTable table = target.Definition!;
        if (_mappings is null || !ReferenceEquals(_table, table))
        {
            _table = table;
            _mappings = new MappingCache<SqliteMapping>(schema => new SqliteMapping(table, schema, target.Options));
        }
        return SqliteRowCheck.Check(record, _mappings.Of(record.Schema), _scratch);
    }

    public void Dispose()
    {
        // It keeps nothing of a batch.
    }
}
