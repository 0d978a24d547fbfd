using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Defines the table for -CreateTable.</summary>
internal static class SqliteTableMaker
{
    /// <summary>A table with the columns of a record, typed by its values, and the key as primary key.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public static SqliteTable Define(TableName name, LoadOptions options, Record first)
    {
        string[] names = [.. first.Schema.Names.Select(options.TargetNameOf)];
        int[] keyIndexes = [.. options.Key.Select(key => Array.FindIndex(names, column => string.Equals(column, key, StringComparison.OrdinalIgnoreCase)))];
        int missing = Array.IndexOf(keyIndexes, -1);
        if (missing >= 0)
            throw ColumnFaults.KeyMissing(options.Key[missing], names);
        // A single INTEGER key is the rowid by another name.
        bool hasRowidKey = keyIndexes is [int only] && TypeOf(first, only) == "INTEGER";
        SqliteColumn[] columns = [.. Enumerable.Range(0, first.Schema.Count).Select(i => new SqliteColumn
        {
            Name = names[i],
            DeclaredType = TypeOf(first, i),
            Kind = ColumnKinds.Of(TypeOf(first, i), strict: false),
            NotNull = keyIndexes.Contains(i),
            IsIdentity = hasRowidKey && i == keyIndexes[0],
        })];
        return new SqliteTable
        {
            Name = name,
            Columns = columns,
            Key = [.. keyIndexes.Select(i => columns[i])],
            Collations = [.. keyIndexes.Select(_ => "BINARY")],
        };
    }

    /// <summary>A column for -ExtraColumn Add.</summary>
    public static SqliteColumn DefineColumn(string name, Record record, int index) =>
        new() { Name = name, DeclaredType = TypeOf(record, index), Kind = ColumnKinds.Of(TypeOf(record, index), strict: false) };

    /// <summary>A null tells nothing, so its column gets no type: SQLite then keeps every later value just as it comes.</summary>
    private static string TypeOf(Record record, int index) => record.TryGetUnreadUtf8(index, out _) ? "TEXT" : record[index] switch
    {
        null or DBNull => "",
        bool or sbyte or byte or short or ushort or int or uint or long or ulong => "INTEGER",
        float or double => "REAL",
        byte[] => "BLOB",
        _ => "TEXT",
    };
}
