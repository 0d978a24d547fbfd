using System.Runtime.CompilerServices;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What can be told about a record before the database sees it.</summary>
internal static class SqliteRowCheck
{
    /// <summary>Checks one record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static RowFault? Check(Record record, SqliteMapping mapping, Utf8Scratch scratch)
    {
        if (mapping.Unknown is { } unknown)
            return unknown;
        if (mapping.MissingKey is { } missing)
            return ColumnFaults.KeyIsNull(missing);
        TargetColumn[] columns = mapping.Columns;
        for (int i = 0; i < columns.Length; i++)
        {
            TargetColumn column = columns[i];
            string? problem = SqliteConverter.Convert(record, mapping.Sources[i], mapping.Forms[i], scratch, out SqliteValue value);
            if (problem is not null)
                return ColumnFaults.DoesNotFit(column, problem, record, mapping.Sources[i]);
            if (value.Storage != StorageClass.Null)
                continue;
            if (Array.IndexOf(mapping.KeySources, i) >= 0)
                return ColumnFaults.KeyIsNull(column);
            if (column.NotNull && !column.IsIdentity)
                return ColumnFaults.IsNull(column);
        }
        return null;
    }
}
