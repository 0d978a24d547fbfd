using System.Globalization;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The statements of a load that is one transaction.</summary>
internal static class SqlServerWholeTable
{
    /// <summary>The column of the statement's own result; a trigger of the table may return rows before it.</summary>
    public const string Touched = "etl_touched";

    public const string SaveBatch = "SAVE TRANSACTION [etl_batch];";

    /// <summary>Goes back to the savepoint of the batch, and returns whether the transaction can continue: 1, or otherwise -1 or
    /// 0.</summary>
    public const string GoBackBatch = "IF XACT_STATE() = 1 ROLLBACK TRANSACTION [etl_batch];\nSELECT CAST(XACT_STATE() AS int);";

    /// <summary>How many other tables refer to the table, whose quoted name is @table.</summary>
    public const string References =
        """
        SELECT COUNT(*)
        FROM sys.foreign_keys AS f
        WHERE f.referenced_object_id = OBJECT_ID(@table) AND f.parent_object_id <> f.referenced_object_id AND f.is_disabled = 0;
        """;

    /// <summary>The keys that arrived.</summary>
    private const string Seen = "[#etl_seen]";

    /// <summary>Keeps others from the table, but for those who read row versions. Two who only kept writers away would wait for each
    /// other as soon as both write (https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table). It waits a little for
    /// those who use it, and the loader tries again.</summary>
    /// <param name="table">The table.</param>
    /// <param name="seconds">The statement's time-out, 0 for none.</param>
    public static string Lock(TableName table, int seconds) =>
        $"""
        SET LOCK_TIMEOUT {SqlServerSql.ShortLockWait(seconds)};
        DECLARE @any int;
        SELECT TOP (1) @any = 1 FROM {SqlServerSql.Quote(table)} WITH (TABLOCKX, HOLDLOCK);
        SET LOCK_TIMEOUT -1;
        """;

    /// <summary>DELETE and not TRUNCATE, which needs ALTER, passes over triggers and starts numbers anew
    /// (https://learn.microsoft.com/sql/t-sql/statements/truncate-table-transact-sql).</summary>
    public static string DeleteAll(TableName table) => Counted($"DELETE FROM {SqlServerSql.Quote(table)};");

    public static string CreateSeen(SqlServerTable table) =>
        $"CREATE TABLE {Seen} ({string.Join(", ", table.Key.Select((column, i) => $"{Key(i)} {column.Type.StagingSql}{SqlServerSql.Collate(column)} NULL"))});";

    /// <summary>Adds the keys of the staged rows to it.</summary>
    public static string KeepKeys(SqlServerTable table) => $"INSERT INTO {Seen} SELECT {SqlServerSql.KeyOf(table, "s.")} FROM {SqlServerSql.Staging} AS s;";

    /// <summary>The statements that delete or mark the rows without a record. The last one has the parameters of -MissingScope, and changes
    /// those rows.</summary>
    public static IReadOnlyList<string> TakeOut(SqlServerTable table, LoadOptions options) =>
        table.DeletedColumn(options) is { } marked ? [Unmark(table, marked), Mark(table, marked, options)] : [DeleteMissing(table, options)];

    /// <summary>Deletes the rows without a record.</summary>
    public static string DeleteMissing(SqlServerTable table, LoadOptions options) =>
        Counted($"DELETE t FROM {SqlServerSql.Quote(table.Name)} AS t\nWHERE {Missing(table, options)};");

    /// <summary>Marks the rows that are not marked yet.</summary>
    public static string Mark(SqlServerTable table, TargetColumn column, LoadOptions options)
    {
        DeletedMark mark = MarkOf(column);
        string name = $"t.{SqlServerSql.Quote(column.Name)}";
        string isUnmarked = mark.Clear == "NULL" ? $"{name} IS NULL" : $"({name} IS NULL OR {name} <> {mark.Set})";
        return Counted($"UPDATE t SET {SqlServerSql.Quote(column.Name)} = {mark.Set}\nFROM {SqlServerSql.Quote(table.Name)} AS t\nWHERE {isUnmarked} AND {Missing(table, options)};");
    }

    /// <summary>Removes the mark from rows that arrived again.</summary>
    public static string Unmark(SqlServerTable table, TargetColumn column)
    {
        DeletedMark mark = MarkOf(column);
        return Counted($"UPDATE t SET {SqlServerSql.Quote(column.Name)} = {mark.Clear}\nFROM {SqlServerSql.Quote(table.Name)} AS t\nWHERE {mark.IsMarked($"t.{SqlServerSql.Quote(column.Name)}")} AND {HasCome(table)};");
    }

    /// <summary>How a column marks a row as deleted.</summary>
    /// <exception cref="EtlException">The column cannot do that.</exception>
    public static DeletedMark MarkOf(TargetColumn column) => FindMark(column) ?? throw DeletedMark.Refuse(column);

    /// <summary>How a column marks a row as deleted; null if it cannot.</summary>
    public static DeletedMark? FindMark(TargetColumn column) => column.Type switch
    {
        SqlServerPlain { Sql: "bit" } => new DeletedMark("1", "0"),
        _ when column.Type.Sql is "tinyint" or "smallint" or "int" or "bigint" => new DeletedMark("1", "0"),
        SqlServerDate or SqlServerDateTime or SqlServerDateTime2 or SqlServerDateTimeOffset when !column.NotNull => new DeletedMark("SYSUTCDATETIME()", "NULL"),
        _ => null,
    };

    /// <summary>Compares the values of -MissingScope with their columns, without reading rows.</summary>
    public static string TryScope(SqlServerTable table, LoadOptions options) =>
        $"SELECT 1 FROM {SqlServerSql.Quote(table.Name)} AS t WHERE {string.Join(" AND ", ScopeConditions(table, options).Append("1 = 0"))};";

    /// <summary>Finds a row outside of -MissingScope whose key arrived. A comparison with a null is neither true nor false.</summary>
    public static string FindOutside(SqlServerTable table, LoadOptions options) =>
        $"SELECT TOP (1) 1 FROM {SqlServerSql.Quote(table.Name)} AS t\nWHERE CASE WHEN {string.Join(" AND ", ScopeConditions(table, options))} THEN 1 ELSE 0 END = 0 AND {HasCome(table)};";

    /// <summary>The columns of -MissingScope with their values and positions.</summary>
    public static IEnumerable<(int Place, TargetColumn Column, object? Value)> Scope(SqlServerTable table, LoadOptions options) =>
        options.MissingScope.Select((pair, i) => (i, table.Find(pair.Key)!, pair.Value));

    public static string ScopeParameter(int place) => string.Create(CultureInfo.InvariantCulture, $"@scope{place}");

    private static string Missing(SqlServerTable table, LoadOptions options) =>
        string.Join(" AND ", ScopeConditions(table, options).Append($"NOT {HasCome(table)}"));

    private static IEnumerable<string> ScopeConditions(SqlServerTable table, LoadOptions options) => Scope(table, options).Select(scope =>
        scope.Value is null or DBNull ? $"t.{SqlServerSql.Quote(scope.Column.Name)} IS NULL"
        : $"t.{SqlServerSql.Quote(scope.Column.Name)} = CAST({ScopeParameter(scope.Place)} AS {scope.Column.Type.Sql})");

    private static string HasCome(SqlServerTable table) =>
        $"EXISTS (SELECT 1 FROM {Seen} AS s WHERE {string.Join(" AND ", table.Key.Select((column, i) => $"s.{Key(i)} = t.{SqlServerSql.Quote(column.Name)}"))})";

    private static string Key(int place) => SqlServerSql.Quote(string.Create(CultureInfo.InvariantCulture, $"k{place}"));

    private static string Counted(string statement) =>
        $"""
        SET NOCOUNT ON;
        DECLARE @touched bigint;
        {statement}
        SET @touched = ROWCOUNT_BIG();
        SELECT @touched AS [{Touched}];
        """;
}
