using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Defines the table for -CreateTable, and columns for -ExtraColumn Add.</summary>
internal static class SqlServerTableMaker
{
    /// <summary>Bytes that the key of a clustered index holds at most.</summary>
    private const int KeyBytes = 900;

    /// <summary>A table with the columns of a record, typed by its values, and the key as primary key.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public static SqlServerTable Define(TableName name, LoadOptions options, Record first)
    {
        string[] names = [.. Enumerable.Range(0, first.Schema.Count).Select(i => options.TargetNameOf(first.Schema[i]))];
        SqlServerColumn[] columns = [.. names.Select((column, i) => DefineColumn(column, first, i, options.Key))];
        SqlServerColumn[] key = [.. options.Key.Select(column =>
            Array.Find(columns, known => string.Equals(known.Name, column, StringComparison.OrdinalIgnoreCase)) ?? throw ColumnFaults.KeyMissing(column, names))];
        return new SqlServerTable { Name = name, Columns = columns, Key = key };
    }

    /// <summary>A column for a record's value.</summary>
    public static SqlServerColumn DefineColumn(string name, Record record, int index, IReadOnlyList<string>? key = null)
    {
        bool isKey = key?.Contains(name, StringComparer.OrdinalIgnoreCase) == true;
        SqlServerType type = TypeOf(record.TryGetUnreadUtf8(index, out _) ? "" : record[index], isKey ? KeyBytes / 2 / key!.Count : -1);
        return new SqlServerColumn { Name = name, DeclaredType = type.Sql, Type = type, NotNull = isKey };
    }

    /// <summary>Wide enough for later values of the kind: the first tells no more.</summary>
    private static SqlServerType TypeOf(object? value, int textLength)
    {
        const int anyLength = -1, digits = 38, decimals = 10, ticks = 7;
        return value switch
        {
            bool => SqlServerType.Of("bit", 1, 0, 0),
            sbyte or byte or short or ushort or int or uint or long => SqlServerType.Of("bigint", 8, 0, 0),
            decimal or ulong or Int128 or UInt128 or System.Numerics.BigInteger => SqlServerType.Of("decimal", 17, digits, decimals),
            float or double or Half => SqlServerType.Of("float", 8, 0, 0),
            DateTime => SqlServerType.Of("datetime2", 8, 0, ticks),
            DateTimeOffset => SqlServerType.Of("datetimeoffset", 10, 0, ticks),
            DateOnly => SqlServerType.Of("date", 3, 0, 0),
            TimeOnly => SqlServerType.Of("time", 5, 0, ticks),
            Guid => SqlServerType.Of("uniqueidentifier", 16, 0, 0),
            byte[] => SqlServerType.Of("varbinary", anyLength, 0, 0),
            _ => SqlServerType.Of("nvarchar", textLength < 0 ? anyLength : textLength * 2, 0, 0),
        };
    }
}
