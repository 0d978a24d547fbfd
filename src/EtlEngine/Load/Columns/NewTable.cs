using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The columns of a table that -CreateTable creates from a record.</summary>
/// <param name="Columns">A column for each of the record's; key columns do not allow null.</param>
/// <param name="Key">The key columns, in the order of the call.</param>
internal sealed record NewTable(TargetColumn[] Columns, TargetColumn[] Key)
{
    /// <param name="options">The key, and the names of the columns in the table.</param>
    /// <param name="record">The record.</param>
    /// <param name="typeOf">The type for a value of the record, and whether it is part of the key.</param>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public static NewTable Define(LoadOptions options, Record record, Func<int, bool, TargetType> typeOf)
    {
        string[] names = [.. record.Schema.Names.Select(options.TargetNameOf)];
        int[] keys = [.. options.Key.Select(key => Array.FindIndex(names, name => string.Equals(name, key, StringComparison.OrdinalIgnoreCase)))];
        int missing = Array.IndexOf(keys, -1);
        if (missing >= 0)
            throw ColumnFaults.KeyMissing(options.Key[missing], names);
        RequireNames(options, names);
        TargetColumn[] columns = [.. names.Select((name, i) => Column(name, typeOf(i, keys.Contains(i)), options) with { NotNull = keys.Contains(i) })];
        return new NewTable(columns, [.. keys.Select(i => columns[i])]);
    }

    /// <summary>A new column, with the type that the call gives it, or else one that fits its values.</summary>
    public static TargetColumn Column(string name, TargetType type, LoadOptions options) =>
        new() { Name = name, DeclaredType = options.ColumnTypes.GetValueOrDefault(name) ?? type.Sql, Type = type };

    private static void RequireNames(LoadOptions options, string[] names)
    {
        if (names.GroupBy(name => name).FirstOrDefault(group => group.Count() > 1)?.Key is { } twice)
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"Two columns of the record would both be the column '{twice}' of the new table. Give one of them another name with -ColumnMap. Nothing was created.");
        if (options.ExtraColumn != ExtraColumn.Add && options.ColumnTypes.Keys.FirstOrDefault(name => !names.Contains(name, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw new EtlException(
                FailureCodes.UnknownColumn, FailureKind.InvalidCall, $"-ColumnType names '{unknown}', which the new table would not have.{NearName.Hint(unknown, names)} Nothing was created.");
    }
}
