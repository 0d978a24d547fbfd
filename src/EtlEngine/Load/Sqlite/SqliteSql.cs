using static EtlTools.Engine.Load.AnsiConditions;
using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>The text of statements.</summary>
internal static class SqliteSql
{
    /// <summary>The keys that arrived.</summary>
    public const string Seen = "temp.etl_seen";

    /// <summary>The schema of temporary tables.</summary>
    public const string Temporary = "temp";

    public static string CreateTable(SqliteTable table)
    {
        IEnumerable<string> columns = table.Columns.Select(column =>
            $"{Quote(column.Name)} {column.DeclaredType}".TrimEnd() + (table.IsKey(column) ? " NOT NULL" : ""));
        return $"CREATE TABLE {Quote(table.Name)} ({string.Join(", ", columns)}{(table.Key.Count == 0 ? "" : $", PRIMARY KEY ({Quote(table.Key)})")})";
    }

    public static string CreateUniqueIndex(TableName table, IEnumerable<TargetColumn> key)
    {
        List<TargetColumn> columns = [.. key];
        string index = Quote(string.Join('_', columns.Select(column => column.Name).Prepend(table.Name).Prepend("ux")));
        if (table.Schema is not null)
            index = $"{Quote(table.Schema)}.{index}";
        return $"CREATE UNIQUE INDEX {index} ON {Quote(table.Name)} ({Quote(columns)})";
    }

    public static string AddColumn(SqliteTable table, TargetColumn column) =>
        $"ALTER TABLE {Quote(table.Name)} ADD COLUMN {Quote(column.Name)} {column.DeclaredType}".TrimEnd();

    /// <summary>What the database has; generated columns take no values.</summary>
    public static CatalogSql Catalog { get; } = new(
        "SELECT NULL, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' ESCAPE '@' ORDER BY name",
        "SELECT name FROM pragma_table_xinfo(@name, coalesce(@schema, 'main')) WHERE hidden = 0 ORDER BY cid");

    public static WatermarkSql Watermarks(TableName table)
    {
        table.RequireLasting(Temporary);
        string quoted = Quote(table);
        return new WatermarkSql(
            quoted,
            $"CREATE TABLE IF NOT EXISTS {quoted} ({WatermarkStore.Columns("TEXT", "TEXT", "INTEGER")})",
            $"SELECT 1 FROM {Quote(table.Schema ?? "main")}.sqlite_schema WHERE name = {Text(table.Name)} COLLATE NOCASE");
    }

    /// <summary>Inserts rows or, where their keys are there, updates the other columns.</summary>
    public static string Upsert(SqliteTable table, IReadOnlyList<TargetColumn> columns, LoadOptions options, int rows = 1)
    {
        // A record whose only column is a rowid that it leaves to the table.
        if (columns.Count == 0)
            return $"INSERT INTO {Quote(table.Name)} DEFAULT VALUES";
        List<TargetColumn> others = table.Changed(columns, options);
        string values = string.Join(", ", Enumerable.Range(0, rows).Select(row => $"({string.Join(", ", Enumerable.Range((row * columns.Count) + 1, columns.Count).Select(i => $"?{i}"))})"));
        string action = others.Count == 0
            ? "DO NOTHING"
            : $"DO UPDATE SET {string.Join(", ", others.Select(column => $"{Quote(column.Name)} = excluded.{Quote(column.Name)}"))}"
                + (Condition(table, columns, options, others) is { } condition ? $" WHERE {condition}" : "");
        string conflict = table.Key.Count == 0 || table.IsView ? "" : $" ON CONFLICT ({Quote(table.Key)}) {action}";
        return $"INSERT INTO {Quote(table.Name)} ({Quote(columns)}) VALUES {values}{conflict}";
    }

    /// <summary>Finds a row of this key. Parameters as for <see cref="Upsert"/>.</summary>
    public static string Find(SqliteTable table, List<TargetColumn> columns) => $"SELECT 1 FROM {Quote(table.Name)} WHERE {Match(table, columns)}";

    /// <summary>Updates the row of this key, or, without other columns, finds it. Parameters as for <see cref="Upsert"/>.</summary>
    public static string Update(SqliteTable table, List<TargetColumn> columns, LoadOptions options)
    {
        string Assign(TargetColumn column) => $"{Quote(column.Name)} = ?{columns.IndexOf(column) + 1}";
        List<TargetColumn> others = table.Changed(columns, options);
        string where = Match(table, columns);
        return others.Count == 0
            ? $"SELECT 1 FROM {Quote(table.Name)} WHERE {where}"
            : $"UPDATE {Quote(table.Name)} SET {string.Join(", ", others.Select(Assign))} WHERE {where}";
    }

    /// <summary>Finds a row of this key that is to stay as it is. Values are compared byte by byte, because texts that a collation takes for
    /// equal may differ. Parameters as for <see cref="Upsert"/>.</summary>
    public static string Stays(SqliteTable table, List<TargetColumn> columns, LoadOptions options)
    {
        string Parameter(TargetColumn column) => $"?{columns.IndexOf(column) + 1}";
        var reasons = new List<string>();
        if (options.SkipUnchanged)
            reasons.Add($"({string.Join(" AND ", table.Changed(columns, options).Select(column => $"{Quote(column.Name)} IS {Parameter(column)} COLLATE BINARY").Concat(IsMarked(table, options).Select(marked => $"{marked} IS NOT TRUE")))})");
        if (options.UpdateWhenNewer is not null)
            reasons.Add(table.Newer(columns, options) is { } newer ? $"NOT {IsNewer(Parameter(newer), Quote(newer.Name))}" : "1");
        return $"SELECT 1 FROM {Quote(table.Name)} WHERE {Match(table, columns)} AND ({string.Join(" OR ", reasons)})";
    }

    /// <summary>Creates the table of the keys that arrived.</summary>
    public static string CreateSeen(SqliteTable table)
    {
        IEnumerable<string> columns = table.Key.Select((column, i) => $"k{i} {(column.DeclaredType.Length == 0 ? "" : Quote(column.DeclaredType))} COLLATE {Quote(table.Collations[i])}");
        return $"CREATE TEMP TABLE etl_seen ({string.Join(", ", columns)}, PRIMARY KEY ({string.Join(", ", table.Key.Select((_, i) => $"k{i}"))})) WITHOUT ROWID";
    }

    /// <summary>Adds a key to it.</summary>
    public static string KeepKey(SqliteTable table) => $"INSERT OR IGNORE INTO {Seen} VALUES ({string.Join(", ", table.Key.Select((_, i) => $"?{i + 1}"))})";

    /// <summary>The statements that delete or mark the rows without a record. The last one has the parameters of -MissingScope, and changes
    /// those rows.</summary>
    public static IReadOnlyList<string> TakeOut(SqliteTable table, LoadOptions options) => Missing(table, options).TakeOut(table.DeletedColumn(options), MarkOf);

    /// <summary>Finds a row outside of -MissingScope whose key arrived. Has the parameters of -MissingScope.</summary>
    public static string FindOutside(SqliteTable table, LoadOptions options) => Missing(table, options).FindOutside;

    private static MissingRows Missing(SqliteTable table, LoadOptions options) => new(
        table.Name, Seen, string.Join(" AND ", table.Key.Select((column, i) => $"t.{Quote(column.Name)} COLLATE {Quote(table.Collations[i])} = s.k{i}")),
        [.. options.MissingScope.Keys.Select((name, i) => $"t.{Quote(table.Find(name)!.Name)} IS ?{i + 1}")]);

    /// <summary>How a column says that a row is deleted.</summary>
    /// <exception cref="EtlException">It cannot.</exception>
    private static DeletedMark MarkOf(TargetColumn column) => FindMark(column) ?? throw DeletedMark.Refuse(column);

    /// <summary>How a column says that a row is deleted; null where it cannot.</summary>
    public static DeletedMark? FindMark(TargetColumn column) => SqliteTable.KindOf(column) switch
    {
        ColumnKind.Integer or ColumnKind.AnyNumber or ColumnKind.Boolean => new DeletedMark("1", "0"),
        ColumnKind.Text or ColumnKind.Numeric or ColumnKind.Any when !column.NotNull => new DeletedMark("strftime('%Y-%m-%d %H:%M:%S', 'now')", "NULL"),
        _ => null,
    };

    /// <summary>The condition that -DeletedColumn has marked a row, whose mark is removed when all keys are known; none without the parameter.</summary>
    private static IEnumerable<string> IsMarked(SqliteTable table, LoadOptions options) =>
        table.DeletedColumn(options) is { } mark ? [MarkOf(mark).IsMarked(Quote(mark.Name))] : [];

    private static string Match(SqliteTable table, List<TargetColumn> columns) => string.Join(" AND ", table.Key.Select((key, i) =>
        $"{Quote(key.Name)} COLLATE {Quote(table.Collations[i])} = ?{columns.IndexOf(key) + 1}"));

    /// <summary>When a row that is there is updated; null for always.</summary>
    private static string? Condition(SqliteTable table, IReadOnlyList<TargetColumn> columns, LoadOptions options, List<TargetColumn> changed)
    {
        string? differs = options.SkipUnchanged ? string.Join(" OR ", changed.Select(column => $"{Quote(column.Name)} IS NOT excluded.{Quote(column.Name)} COLLATE BINARY").Concat(IsMarked(table, options))) : null;
        if (options.UpdateWhenNewer is null)
            return differs;
        string newer = table.Newer(columns, options) is { } column ? IsNewer($"excluded.{Quote(column.Name)}", Quote(column.Name)) : "0";
        return differs is null ? newer : $"{newer} AND ({differs})";
    }
}
