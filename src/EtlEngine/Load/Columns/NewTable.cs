using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The columns of a table that -CreateTable makes of a record.</summary>
/// <param name="Columns">A column for each of the record's, not null where it is one of the key's.</param>
/// <param name="Key">The key's, in the order of the call.</param>
internal sealed record NewTable(TargetColumn[] Columns, TargetColumn[] Key)
{
    /// <param name="options">The key, and the names that columns have in the table.</param>
    /// <param name="record">The record.</param>
    /// <param name="typeOf">The type for the record's value at a place, and whether it is a part of the key.</param>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public static NewTable Define(LoadOptions options, Record record, Func<int, bool, TargetType> typeOf)
    {
        string[] names = [.. record.Schema.Names.Select(options.TargetNameOf)];
        int[] keys = [.. options.Key.Select(key => Array.FindIndex(names, name => string.Equals(name, key, StringComparison.OrdinalIgnoreCase)))];
        int missing = Array.IndexOf(keys, -1);
        if (missing >= 0)
            throw ColumnFaults.KeyMissing(options.Key[missing], names);
        TargetColumn[] columns = [.. names.Select((name, i) => Column(name, typeOf(i, keys.Contains(i))) with { NotNull = keys.Contains(i) })];
        return new NewTable(columns, [.. keys.Select(i => columns[i])]);
    }

    /// <summary>A new column of a type.</summary>
    public static TargetColumn Column(string name, TargetType type) => new() { Name = name, DeclaredType = type.Sql, Type = type };
}
