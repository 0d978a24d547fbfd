using EtlTools.Engine.Load.Staged;
using static EtlTools.Engine.Load.AnsiConditions;
using static EtlTools.Engine.Load.AnsiNames;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>The text of statements.</summary>
internal static class PostgresSql
{
    /// <summary>The schema of temporary tables.</summary>
    public const string Temporary = "pg_temp";

    public const string Stage = "pg_temp.etl_batch";

    /// <summary>The keys that arrived.</summary>
    public const string Seen = "pg_temp.etl_seen";

    /// <summary>The rows that existed when a load began.</summary>
    public const string There = "pg_temp.etl_there";

    /// <summary>The staging table's column for the row number in the batch.</summary>
    private const string Row = "etl_row";

    private const string InRange = $"s.{Row} >= $1 AND s.{Row} < $2";
    private const string Without = $" AND NOT EXISTS (SELECT FROM unnest($3::int4[]) AS x WHERE x = s.{Row})";

    public static string CreateTable(PostgresTable table)
    {
        IEnumerable<string> columns = table.Columns.Select(column => $"{Quote(column.Name)} {column.DeclaredType}{(table.IsKey(column) ? " NOT NULL" : "")}");
        return $"CREATE TABLE IF NOT EXISTS {Quote(table.Name)} ({string.Join(", ", columns)}{(table.Key.Count == 0 ? "" : $", PRIMARY KEY ({Quote(table.Key)})")})";
    }

    public static string AddColumn(TableName table, TargetColumn column) =>
        $"ALTER TABLE {Quote(table)} ADD COLUMN IF NOT EXISTS {Quote(column.Name)} {column.DeclaredType}";

    /// <summary>Begins a transaction that waits only a short time for locks; the loader retries, and says so.</summary>
    public const string BeginBriefly = "BEGIN; SET LOCAL lock_timeout = '5s'";

    /// <summary>Begins a transaction in which nobody else uses the table. A longer wait for other users would block everyone who comes
    /// later.</summary>
    public static string Lock(TableName table) => $"{BeginBriefly}; LOCK TABLE {Quote(table)} IN ACCESS EXCLUSIVE MODE";

    /// <summary>Lets the statements of the current transaction wait for locks as long as <see cref="Lock"/> does.</summary>
    public const string WaitBriefly = "SELECT set_config('lock_timeout', '5s', true)";

    /// <summary>Limits waits for locks in the current transaction to half of a statement's time-out, the server's or the client's ($1, in
    /// milliseconds, 0 for none); a lower limit stays.</summary>
    public static string LimitLockWaits =>
        "SELECT set_config('lock_timeout', (min(ms) / 2)::text, true) FROM (VALUES ($1), ((SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout')), "
        + "((SELECT setting::bigint * 2 FROM pg_settings WHERE name = 'lock_timeout'))) AS v (ms) WHERE ms > 0";

    /// <summary>Changes a column to its described type. The collation must be given, or it would be lost.</summary>
    public static string AlterColumn(TableName table, TargetColumn column) =>
        $"ALTER TABLE {Quote(table)} ALTER COLUMN {Quote(column.Name)} TYPE {column.DeclaredType}{(column.Type.Collation is null ? "" : $" COLLATE {column.Type.Collation}")}";

    public static string CreateUniqueIndex(TableName table, IEnumerable<TargetColumn> key) =>
        $"CREATE UNIQUE INDEX ON {Quote(table)} ({Quote(key)})";

    /// <summary>Creates the staging table, which ends with its transaction: behind a pooler, another load then uses the session.</summary>
    /// <param name="table">The target.</param>
    /// <param name="given">The columns that it is for; null for all.</param>
    public static string CreateStage(PostgresTable table, IEnumerable<TargetColumn>? given = null)
    {
        IEnumerable<string> columns = (given ?? table.Columns).Select(column => $", {StagedName(table, column)} {column.Type.StagingSql}");
        return $"CREATE TEMP TABLE {Stage} ({Row} int4 NOT NULL{string.Concat(columns)}) ON COMMIT DROP";
    }

    /// <summary>Creates the table of the keys that arrived, with the target's types and collations.</summary>
    public static string CreateSeen(PostgresTable table) =>
        $"CREATE TEMP TABLE etl_seen ON COMMIT DROP AS SELECT {string.Join(", ", table.Key.Select((column, i) => $"{Quote(column.Name)} AS k{i}"))} FROM {Quote(table.Name)} WITH NO DATA";

    /// <summary>Creates the table of the rows that exist when a load begins: their keys and versions.</summary>
    public static string CreateThere(PostgresTable table) =>
        $"CREATE TEMP TABLE etl_there ON COMMIT DROP AS SELECT {ThereColumns(table)} FROM {Quote(table.Name)} AS t WITH NO DATA";

    /// <summary>Fills it. Has the parameters of -MissingScope.</summary>
    public static string KeepThere(PostgresTable table, LoadOptions options) =>
        $"INSERT INTO {There} SELECT {ThereColumns(table)} FROM {Quote(table.Name)} AS t WHERE {string.Join(" AND ", Scope(table, options).DefaultIfEmpty("true"))}";

    /// <summary>Adds the keys of the staged rows to those that arrived.</summary>
    public static string KeepKeys(PostgresTable table) =>
        $"INSERT INTO {Seen} SELECT {string.Join(", ", table.Key.Select(column => Staged("s", table, column)))} FROM {Stage} AS s";

    /// <summary>The statements that delete or mark the rows without a record. The last one has the parameters of -MissingScope, and changes
    /// those rows.</summary>
    public static IReadOnlyList<string> TakeOut(PostgresTable table, LoadOptions options)
    {
        List<string> conditions = [.. Scope(table, options), .. KeyPredicate(table)];
        if (options.Mode != LoadMode.Replace)
            conditions.Add(IsStillThere(table));
        return new MissingRows(table.Name, Seen, IsSeen(table), conditions).TakeOut(table.DeletedColumn(options), MarkOf);
    }

    /// <summary>Finds a row outside of -MissingScope whose key arrived. Has the parameters of -MissingScope.</summary>
    public static string FindOutside(PostgresTable table, LoadOptions options) =>
        new MissingRows(table.Name, Seen, string.Join(" AND ", KeyPredicate(table).Prepend(IsSeen(table))), [.. Scope(table, options)]).FindOutside;

    private static string IsSeen(PostgresTable table) => string.Join(" AND ", table.Key.Select((column, i) => $"t.{Quote(column.Name)} = s.k{i}"));

    /// <summary>The condition of a partial index: rows outside of it have no key.</summary>
    private static IEnumerable<string> KeyPredicate(PostgresTable table) => table.KeyPredicate.Length == 0 ? [] : [$"({table.KeyPredicate[" WHERE ".Length..]})"];

    private static IEnumerable<string> Scope(PostgresTable table, LoadOptions options) =>
        options.MissingScope.Keys.Select((name, i) => $"t.{Quote(table.Find(name)!.Name)} IS NOT DISTINCT FROM CAST(${i + 1} AS {table.Find(name)!.DeclaredType})");

    /// <summary>Whether a row t existed when the load began, and nobody has written it since.</summary>
    private static string IsStillThere(PostgresTable table) =>
        $"EXISTS (SELECT 1 FROM {There} AS h WHERE {string.Join(" AND ", table.Key.Select((column, i) => $"h.k{i} = t.{Quote(column.Name)}"))}{(HasVersions(table) ? " AND h.version = t.xmin" : "")})";

    private static string ThereColumns(PostgresTable table) =>
        string.Join(", ", table.Key.Select((column, i) => $"t.{Quote(column.Name)} AS k{i}")) + (HasVersions(table) ? ", t.xmin AS version" : "");

    /// <summary>A view has no row versions, and a right on some columns does not cover them.</summary>
    private static bool HasVersions(PostgresTable table) => !table.IsView && table.MaySelectAll;

    /// <summary>How a column marks a row as deleted.</summary>
    /// <exception cref="EtlException">The column cannot do that.</exception>
    private static DeletedMark MarkOf(TargetColumn column) => FindMark(column) ?? throw DeletedMark.Refuse(column);

    /// <summary>How a column marks a row as deleted; null if it cannot.</summary>
    public static DeletedMark? FindMark(TargetColumn column) => column.Type.Sql switch
    {
        "boolean" => new DeletedMark("true", "false"),
        "smallint" or "integer" or "bigint" => new DeletedMark("1", "0"),
        string time when !column.NotNull && (time == "date" || time.StartsWith("timestamp", StringComparison.Ordinal)) => new DeletedMark("now()", "NULL"),
        _ => null,
    };

    public static string Copy(PostgresTable table, IEnumerable<TargetColumn> columns) =>
        $"COPY {Stage} ({Row}{string.Concat(columns.Select(column => $", {StagedName(table, column)}"))}) FROM STDIN (FORMAT BINARY)";

    public static string CopyToTable(PostgresTable table, IEnumerable<TargetColumn> columns) =>
        $"COPY {Quote(table.Name)} ({Quote(columns)}) FROM STDIN (FORMAT BINARY)";

    /// <summary>The number of the session; none if a trigger was created, or the key's unique index dropped, since the table was
    /// read.</summary>
    public static string FindBackend(PostgresTable table)
    {
        string oid = $"{Text(Quote(table.Name))}::regclass";
        string hasNoTrigger = $"NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = {oid} AND NOT t.tgisinternal AND t.tgenabled <> 'D')";
        if (table.Key.Count == 0)
            return $"SELECT pg_backend_pid() WHERE {hasNoTrigger}";
        string keyColumns = "SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey[0:i.indnkeyatts - 1]) "
            + $"AND a.attname IN ({string.Join(", ", table.Key.Select(column => Text(column.Name)))})";
        string isKey = FormattableString.Invariant($"i.indnkeyatts = {table.Key.Count} AND ({keyColumns}) = {table.Key.Count}");
        return $"SELECT pg_backend_pid() WHERE {hasNoTrigger} AND EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = {oid} AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND {isKey})";
    }

    /// <summary>Lets the server convert the parts of the keys of a range that are staged as text.</summary>
    public static string ReadKeys(PostgresTable table, IEnumerable<TargetColumn> read, RowRange range) => FormattableString.Invariant(
        $"SELECT {string.Join(", ", read.Select(column => $"count({Staged("s", table, column)})"))} FROM {Stage} AS s WHERE s.{Row} >= {range.Start} AND s.{Row} < {range.End}");

    /// <summary>Removes rows from the staging table.</summary>
    public static string DropStaged => $"DELETE FROM {Stage} WHERE {Row} = ANY($1)";

    /// <summary>Pairs of neighbours with the same key.</summary>
    public static string Duplicates(PostgresTable table)
    {
        string key = string.Join(", ", table.Key.Select(column => column.Type.KeyFromStage($"s.{StagedName(table, column)}")));
        return $"SELECT * FROM (SELECT {Row}, lead({Row}) OVER (PARTITION BY {key} ORDER BY {Row}) AS next FROM {Stage} AS s) AS p WHERE next IS NOT NULL";
    }

    /// <summary>Writes the rows of a range, and returns how many were written, and how many of these are new.</summary>
    public static string Upsert(PostgresTable table, StagedPlan plan, LoadOptions options, bool without)
    {
        string range = InRange + (without ? Without : "");
        string insert = Insert(table, plan, options, range, isInOrder: table.IsSentInOrder && !without && !table.UpdatesFirst(plan.Columns));
        string counted = !table.TellsInserts ? "SELECT count(*), NULL::bigint FROM w" : "SELECT count(*), count(*) FILTER (WHERE is_new) FROM w";
        if (!table.UpdatesFirst(plan.Columns))
            return $"WITH w AS ({insert}) {counted}";
        List<TargetColumn> changed = table.Changed(plan.Columns, options);
        string match = Match(table);
        string Value(TargetColumn column) => Staged("s", table, column);
        string differs = changed.Count == 0 ? "false" : Condition(table, plan, options, changed, column => $"({Value(column)})") ?? "true";
        string found = $"SELECT s.{Row}, false AS is_new, ({differs}) AS is_written FROM {Stage} AS s JOIN {Quote(table.Name)} AS t ON {match} WHERE {range}";
        string update = changed.Count == 0 ? "" : $", c AS (UPDATE {Quote(table.Name)} AS t SET {string.Join(", ", changed.Select(column => $"{Quote(column.Name)} = {Value(column)}"))} "
            + $"FROM {Stage} AS s WHERE {range} AND {match} AND ({differs}))";
        return $"WITH u AS ({found}){update}, w AS ({insert}), a AS (SELECT is_new FROM u WHERE is_written UNION ALL SELECT is_new FROM w) "
            + counted.Replace("FROM w", "FROM a", StringComparison.Ordinal);
    }

    /// <summary>Whether the table has no row of the key of a row of a range.</summary>
    public static string LacksKeys(PostgresTable table) =>
        $"SELECT EXISTS (SELECT FROM {Stage} AS s WHERE {InRange}{Without} AND NOT EXISTS (SELECT FROM {Quote(table.Name)} AS t WHERE {Match(table)}))";

    private static string Match(PostgresTable table) =>
        string.Join(" AND ", table.Key.Select(column => $"t.{Quote(column.Name)} = {column.Type.KeyFromStage($"s.{StagedName(table, column)}")}"));

    /// <summary>The first row of a range whose parent is neither in the table nor earlier in the range.</summary>
    public static string EarlyChild(PostgresTable table, SelfReference reference)
    {
        string given = string.Join(" AND ", reference.Children.Select(child => $"c.{StagedName(table, child)} IS NOT NULL"));
        string Same(Func<TargetColumn, string> parent) => string.Join(" AND ", reference.Parents.Select((column, i) => $"{parent(column)} = {Staged("c", table, reference.Children[i])}"));
        return $"SELECT min(c.{Row}) FROM {Stage} AS c WHERE {InRange.Replace("s.", "c.", StringComparison.Ordinal)} AND NOT c.{Row} = ANY($3) AND {given} "
            + $"AND NOT EXISTS (SELECT FROM {Quote(table.Name)} AS t WHERE {Same(column => column.Type.FromStage($"t.{Quote(column.Name)}"))}) "
            + $"AND NOT EXISTS (SELECT FROM {Stage} AS p WHERE p.{Row} >= $1 AND p.{Row} <= c.{Row} AND NOT p.{Row} = ANY($3) AND {Same(column => Staged("p", table, column))})";
    }

    /// <summary>Whether a row of a range takes over a value that an earlier one gives up. At the end of the statement, rows that refer to the
    /// value would find it.</summary>
    public static string TakesOver(PostgresTable table, ReferencedColumns referenced)
    {
        string All(Func<TargetColumn, string> condition) => string.Join(" AND ", referenced.Columns.Select(condition));
        return $"SELECT EXISTS (SELECT FROM {Stage} AS s JOIN {Quote(table.Name)} AS t ON {Match(table)} "
            + $"JOIN {Stage} AS o ON o.{Row} > s.{Row} AND o.{Row} < $2 AND NOT o.{Row} = ANY($3) AND {All(column => $"{Staged("o", table, column)} = t.{Quote(column.Name)}")} "
            + $"WHERE {InRange} AND NOT s.{Row} = ANY($3) AND NOT ({All(column => $"t.{Quote(column.Name)} IS NOT DISTINCT FROM {Staged("s", table, column)}")}))";
    }

    /// <summary>The columns that the user may see; computed columns accept no values.</summary>
    public static CatalogSql Catalog { get; } = new(
        """
        SELECT CASE WHEN pg_table_is_visible(c.oid) THEN NULL ELSE n.nspname END, c.relname
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_')
        ORDER BY NOT pg_table_is_visible(c.oid), n.nspname, c.relname
        """,
        """
        SELECT a.attname
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE lower(c.relname) = lower(@name) AND c.relkind IN ('r', 'p')
          AND CASE WHEN @schema IS NULL THEN pg_table_is_visible(c.oid) ELSE lower(n.nspname) = lower(@schema) END
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        ORDER BY c.relname = @name DESC, a.attnum
        """);

    public static WatermarkSql Watermarks(TableName table)
    {
        table.RequireLasting(Temporary);
        string quoted = Quote(table);
        return new WatermarkSql(
            quoted,
            $"CREATE TABLE IF NOT EXISTS {quoted} ({WatermarkStore.Columns("text", "text", "bigint")})",
            $"SELECT 1 WHERE to_regclass({Text(quoted)}) IS NOT NULL");
    }

    private static string Insert(PostgresTable table, StagedPlan plan, LoadOptions options, string range, bool isInOrder)
    {
        string overriding = plan.Columns.Any(column => column.KeepsValue) ? " OVERRIDING SYSTEM VALUE" : "";
        string values = string.Join(", ", plan.Columns.Select(column => Staged("s", table, column)));
        string notUpdated = table.UpdatesFirst(plan.Columns) ? $" AND NOT EXISTS (SELECT FROM u WHERE u.{Row} = s.{Row})" : "";
        // Two loads of the same keys lock them in the same order, so they wait for each other instead of causing a deadlock. The staging
        // table is created in its transaction, so COPY appends the rows, and a scan returns them in that order.
        string order = isInOrder ? "" : table.OrderMatters ? $" ORDER BY s.{Row}" : table.Key.Count > 0 ? $" ORDER BY {string.Join(", ", table.Key.Select(column => InOrder(table, column)))}" : "";
        string isNew = !table.TellsInserts ? "NULL::boolean" : "t.xmax = 0";
        return $"INSERT INTO {Quote(table.Name)} AS t ({Quote(plan.Columns)}){overriding} SELECT {values} FROM {Stage} AS s WHERE {range}{notUpdated}{order} "
            + (table.Key.Count == 0 || table.IsView ? "RETURNING true AS is_new" : $"ON CONFLICT ({Quote(table.Key)}){table.KeyPredicate} {Action(table, plan, options)} RETURNING {isNew} AS is_new");
    }

    /// <summary>A staged key value for sorting; texts by their bytes, because any order will do.</summary>
    private static string InOrder(PostgresTable table, TargetColumn column) => $"{column.Type.KeyFromStage($"s.{StagedName(table, column)}")}{(column.Type is PostgresText ? " COLLATE \"C\"" : "")}";

    private static string Action(PostgresTable table, StagedPlan plan, LoadOptions options)
    {
        List<TargetColumn> changed = table.Changed(plan.Columns, options);
        if (changed.Count == 0)
            return "DO NOTHING";
        string set = string.Join(", ", changed.Select(column => $"{Quote(column.Name)} = excluded.{Quote(column.Name)}"));
        string? condition = Condition(table, plan, options, changed, column => $"excluded.{Quote(column.Name)}");
        return $"DO UPDATE SET {set}{(condition is null ? "" : $" WHERE {condition}")}";
    }

    /// <summary>The condition for updating an existing row; null for always.</summary>
    private static string? Condition(PostgresTable table, StagedPlan plan, LoadOptions options, List<TargetColumn> changed, Func<TargetColumn, string> newValue)
    {
        IEnumerable<string> reasons = changed.Select(column => $"{column.Type.Comparable($"t.{Quote(column.Name)}")} IS DISTINCT FROM {column.Type.Comparable(newValue(column))}");
        // The mark is removed when all keys are known.
        if (table.DeletedColumn(options) is { } mark)
            reasons = reasons.Append(MarkOf(mark).IsMarked($"t.{Quote(mark.Name)}"));
        string? differs = options.SkipUnchanged ? string.Join(" OR ", reasons) : null;
        if (options.UpdateWhenNewer is null)
            return differs;
        string newer = table.Newer(plan.Columns, options) is { } column ? IsNewer(newValue(column), $"t.{Quote(column.Name)}") : "false";
        return differs is null ? newer : $"{newer} AND ({differs})";
    }

    private static string StagedName(PostgresTable table, TargetColumn column) => $"c{table.IndexOf(column)}";

    /// <summary>A staged value as the column's own type.</summary>
    private static string Staged(string row, PostgresTable table, TargetColumn column) => column.Type.FromStage($"{row}.{StagedName(table, column)}");
}
