using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>What SQLite makes of a number that is none of its column's: an ordinary column keeps it as it is, and one of a STRICT
/// table cannot be changed, short of making the table anew.</summary>
internal static class SqliteWidening
{
    /// <summary>The columns for whole numbers that have another number in the record, where that is all that stands against it.</summary>
    /// <param name="table">The table.</param>
    /// <param name="record">The record.</param>
    /// <param name="options">How it is loaded.</param>
    /// <param name="scratch">Room for a value.</param>
    /// <param name="wider">The table that takes it, if it is not STRICT.</param>
    public static TargetColumn[] Find(SqliteTable table, Record record, LoadOptions options, Utf8Scratch scratch, out SqliteTable wider)
    {
        var mapping = new SqliteMapping(table, record.Schema, options);
        TargetColumn[] narrow = [.. mapping.Columns.Where((column, i) => !column.IsIdentity && options.MayWiden(column.Name)
            && !column.Type.Accepts(record, mapping.Sources[i]) && Wider(column, i) is not null)];
        TargetType? Wider(TargetColumn column, int i) => column.Type.Wider(record, mapping.Sources[i]).FirstOrDefault(type => type.Accepts(record, mapping.Sources[i]));
        wider = table with
        {
            Columns = [.. table.Columns.Select(column => narrow.Contains(column, ReferenceEqualityComparer.Instance)
                ? column with { Type = Wider(column, Array.IndexOf(mapping.Columns, column))! } : column)],
        };
        return narrow.Length > 0 && SqliteRowCheck.Check(record, new SqliteMapping(wider, record.Schema, options), scratch) is null ? narrow : [];
    }

    /// <summary>What is told of a column at the first such number.</summary>
    public static EtlException Tell(SqliteTable table, TargetColumn column) => table.IsStrict
        ? Widening.Refused(table.Name, column.Name, column.DeclaredType, "REAL", "SQLite does not change the type of a column of a STRICT table. Copy its rows into a new table that has the type")
        : new EtlException(
            FailureCodes.ColumnWidened, FailureKind.InvalidData,
            $"-SchemaChange Evolve lets the column '{column.Name}' ({column.DeclaredType}) of '{table.Name}' take numbers with decimals: SQLite keeps them in it as REAL, and the table stays as it is.");
}
