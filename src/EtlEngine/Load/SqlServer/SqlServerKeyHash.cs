using EtlTools.Engine.Load.Staged;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Hashes keys so that keys that are equal on the server have equal hashes. One thread.</summary>
internal sealed class SqlServerKeyHash
{
    private SqlServerType[] _types = [];
    private StagedTable? _table;
    private MappingCache<ColumnMapping>? _mappings;

    public int Of(Record record, StagedTable table, LoadOptions options)
    {
        if (!ReferenceEquals(table, _table))
            Take(table, options);
        ColumnMapping mapping = _mappings!.Of(record.Schema);
        var hash = new HashCode();
        for (int i = 0; i < _types.Length; i++)
        {
            if (mapping.KeySources[i] < 0)
                continue;
            _types[i].Convert(record[mapping.Sources[mapping.KeySources[i]]], out object? value);
            hash.Add(_types[i].Hash(value));
        }
        return hash.ToHashCode();
    }

    private void Take(StagedTable table, LoadOptions options)
    {
        _table = table;
        _types = [.. table.Key.Select(column => (SqlServerType)column.Type)];
        _mappings = new MappingCache<ColumnMapping>(schema => new ColumnMapping(table, schema, options));
    }
}
