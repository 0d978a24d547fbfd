using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What can be told about a record before the database sees it.</summary>
internal static class SqliteRowCheck
{
    /// <summary>Checks the first record's columns: what is wrong there is wrong with the call.</summary>
    /// <exception cref="EtlException">The columns do not fit the table.</exception>
    public static void RequireFitting(SqliteMapping mapping, SqliteTable table)
    {
        if (mapping.Unknown is { } unknown)
            throw new EtlException(
                FailureCodes.UnknownColumn, FailureKind.InvalidCall,
                $"{unknown.Message} Leave the column out (Select-Object -ExcludeProperty) or add it to the table. Nothing was loaded into '{table.Name}'.");
        if (mapping.MissingKey is { } key)
            throw KeyMissing(key.Name);
    }

    public static EtlException KeyMissing(string column) => new(
        FailureCodes.KeyColumnMissing, FailureKind.InvalidCall,
        $"-Key names '{column}', which the first record does not have. Nothing was loaded.");

    /// <summary>Checks one record.</summary>
    public static RowFault? Check(Record record, SqliteMapping mapping, Utf8Scratch scratch)
    {
        if (mapping.Unknown is { } unknown)
            return unknown;
        if (mapping.MissingKey is { } missing)
            return KeyIsNull(missing);
        SqliteColumn[] columns = mapping.Columns;
        for (int i = 0; i < columns.Length; i++)
        {
            SqliteColumn column = columns[i];
            string? problem = SqliteConverter.Convert(record, i, column.Kind, scratch, out SqliteValue value);
            if (problem is not null)
                return new RowFault(ErrorCodes.TargetTypeMismatch, $"The column '{column.Name}' ({Describe(column)}) {problem}.", column.Name);
            if (value.Storage != StorageClass.Null)
                continue;
            if (Array.IndexOf(mapping.KeySources, i) >= 0)
                return KeyIsNull(column);
            if (column.NotNull && !column.IsRowidAlias)
                return new RowFault(ErrorCodes.NotNullViolation, $"The column '{column.Name}' takes no null.", column.Name);
        }
        return null;
    }

    private static RowFault KeyIsNull(SqliteColumn column) =>
        new(ErrorCodes.KeyIsNull, $"The key column '{column.Name}' is null or missing.", column.Name);

    private static string Describe(SqliteColumn column) => column.DeclaredType.Length > 0 ? column.DeclaredType : "no type";
}
