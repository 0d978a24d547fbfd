using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>Reads from the database what the target looks like, and checks that it can be loaded into by its key.</summary>
internal static class SqliteTableReader
{
    /// <summary>What makes <see cref="SqliteTable.TakesSeveral"/> false: ON CONFLICT clauses and foreign keys.</summary>
    private static readonly string[] ActsOnRows = ["CONFLICT", "REFERENCES"];

    /// <summary>The table, or null when it does not exist.</summary>
    /// <exception cref="EtlException">It cannot be loaded into.</exception>
    public static SqliteTable? Read(SqliteConnection connection, TableName wanted, IReadOnlyList<string> key)
    {
        string schema = wanted.Schema ?? "main";
        var found = Query(
            connection,
            "SELECT name, type, wr, strict FROM pragma_table_list WHERE schema = $schema COLLATE NOCASE AND name = $name COLLATE NOCASE",
            row => (Name: row.GetString(0), Type: row.GetString(1), WithoutRowid: row.GetBoolean(2), Strict: row.GetBoolean(3)),
            ("$schema", schema), ("$name", wanted.Name));
        if (found.Count == 0)
            return null;
        TableName name = wanted with { Name = found[0].Name };
        bool isView = found[0].Type == "view" && TakesRows(connection, schema, name, needsUpdate: key.Count > 0);
        if (found[0].Type != "table" && !isView)
            throw new EtlException(
                FailureCodes.NotATable, FailureKind.InvalidCall, $"-Table '{name}' is a {found[0].Type}: rows can be loaded into a table only{(found[0].Type == "view" ? ", or into a view with triggers INSTEAD OF INSERT and INSTEAD OF UPDATE" : "")}.");
        List<TargetColumn> columns = ReadColumns(connection, schema, name, found[0].WithoutRowid, found[0].Strict);
        TargetColumn[] keyColumns = [.. key.Select(k => FindKey(columns, k, name))];
        string? partial = FindPartialIndex(connection, schema, name, keyColumns);
        string sql = Query(
            connection, $"SELECT sql FROM {AnsiNames.Quote(schema)}.sqlite_schema WHERE name = $name", row => row.GetString(0), ("$name", name.Name))[0];
        bool hasTriggers = HasTriggers(connection, schema, name);
        return new SqliteTable
        {
            Name = name,
            Columns = columns,
            Key = keyColumns,
            IsView = isView,
            Collations = isView ? [.. keyColumns.Select(_ => "BINARY")] : FindUniqueKey(connection, schema, name, keyColumns) ?? throw NotUnique(name, keyColumns, partial),
            CapitalGuids = FindCapitalGuids(connection, name, columns),
            WithoutRowid = found[0].WithoutRowid,
            IsStrict = found[0].Strict,
            HasDeferredForeignKeys = sql.Contains("DEFERRED", StringComparison.OrdinalIgnoreCase),
            HasChecks = sql.Contains("CHECK", StringComparison.OrdinalIgnoreCase),
            TakesSeveral = !isView && !found[0].WithoutRowid && !Array.Exists(ActsOnRows, word => sql.Contains(word, StringComparison.OrdinalIgnoreCase)) && !hasTriggers
                && ReferencedColumns(connection, schema, name).TrueForAll(column => key.Contains(column, StringComparer.OrdinalIgnoreCase)),
            MayIgnoreRows = hasTriggers || sql.Contains("CONFLICT", StringComparison.OrdinalIgnoreCase),
        };
    }

    private static bool HasTriggers(SqliteConnection connection, string schema, TableName table) => Query(
        connection, $"SELECT 1 FROM {AnsiNames.Quote(schema)}.sqlite_schema WHERE type = 'trigger' AND tbl_name = $name COLLATE NOCASE LIMIT 1", row => row.GetInt32(0), ("$name", table.Name)).Count > 0;

    /// <summary>The columns to which foreign keys of other tables refer. Unlike those of the key, a load may change them, and a later row of
    /// the same statement could put back what an earlier one took away.</summary>
    private static List<string> ReferencedColumns(SqliteConnection connection, string schema, TableName table) => Query(
        connection,
        $"""
        SELECT DISTINCT coalesce(f."to", p.name) FROM {AnsiNames.Quote(schema)}.sqlite_schema AS s JOIN pragma_foreign_key_list(s.name, $schema) AS f
        LEFT JOIN pragma_table_info($name, $schema) AS p ON f."to" IS NULL AND p.pk > 0
        WHERE s.type = 'table' AND f."table" = $name COLLATE NOCASE
        """,
        row => row.IsDBNull(0) ? "" : row.GetString(0), ("$name", table.Name), ("$schema", schema));

    /// <summary>Whether a view has triggers that take what is done to it.</summary>
    private static bool TakesRows(SqliteConnection connection, string schema, TableName view, bool needsUpdate)
    {
        List<string> triggers = Query(
            connection, $"SELECT upper(sql) FROM {AnsiNames.Quote(schema)}.sqlite_schema WHERE type = 'trigger' AND tbl_name = $name COLLATE NOCASE", row => row.GetString(0), ("$name", view.Name));
        bool Has(string what) => triggers.Exists(sql => System.Text.RegularExpressions.Regex.IsMatch(sql, $@"\bINSTEAD\s+OF\s+{what}\b"));
        return Has("INSERT") && (!needsUpdate || Has("UPDATE"));
    }

    private static List<TargetColumn> ReadColumns(SqliteConnection connection, string schema, TableName table, bool withoutRowid, bool strict)
    {
        const int Generated = 2;
        var rows = Query(
            connection,
            "SELECT name, type, \"notnull\", dflt_value IS NOT NULL, pk, hidden FROM pragma_table_xinfo($name, $schema) ORDER BY cid",
            row => (Name: row.GetString(0), Type: row.GetString(1), NotNull: row.GetBoolean(2), HasDefault: row.GetBoolean(3),
                IsPrimary: row.GetInt32(4) > 0, IsGenerated: row.GetInt32(5) >= Generated),
            ("$name", table.Name), ("$schema", schema));
        // An INTEGER PRIMARY KEY is the rowid unless the database made an index for it (as it does for … DESC).
        bool rowidKey = !withoutRowid && rows.Count(row => row.IsPrimary) == 1 && Query(
            connection, "SELECT 1 FROM pragma_index_list($name, $schema) WHERE origin = 'pk'", row => row.GetInt32(0),
            ("$name", table.Name), ("$schema", schema)).Count == 0;
        return [.. rows.Select(row => new TargetColumn
        {
            Name = row.Name,
            DeclaredType = row.Type,
            Type = SqliteType.Of(row.Type, strict),
            NotNull = row.NotNull || (withoutRowid && row.IsPrimary),
            HasDefault = row.HasDefault,
            IsGenerated = row.IsGenerated,
            IsIdentity = row.IsPrimary && rowidKey,
        })];
    }

    private static TargetColumn FindKey(List<TargetColumn> columns, string name, TableName table) =>
        TargetTable.FindIn(columns, name)
        ?? throw ColumnFaults.KeyUnknown(name, table, columns);

    /// <summary>The collations of the first unique constraint that is on exactly its columns.</summary>
    private static List<string>? FindUniqueKey(SqliteConnection connection, string schema, TableName table, TargetColumn[] key)
    {
        if (key.Length == 0)
            return [];
        if (key is [{ IsIdentity: true }])
            return ["BINARY"];
        var parts = Query(
            connection,
            """
            SELECT list.name, info.name, info.coll
            FROM pragma_index_list($name, $schema) AS list, pragma_index_xinfo(list.name, $schema) AS info
            WHERE list."unique" AND NOT list.partial AND info.key
            """,
            row => (Index: row.GetString(0), Column: row.IsDBNull(1) ? null : row.GetString(1), Collation: row.GetString(2)),
            ("$name", table.Name), ("$schema", schema));
        var index = parts.GroupBy(part => part.Index)
            .FirstOrDefault(group => group.Count() == key.Length && group.All(part => Array.Exists(key, column => column.Name == part.Column)));
        return index is null ? null : [.. key.Select(column => index.First(part => part.Column == column.Name).Collation.ToUpperInvariant())];
    }

    /// <summary>The name of a unique index on the key that is a partial one.</summary>
    private static string? FindPartialIndex(SqliteConnection connection, string schema, TableName table, TargetColumn[] key) => Query(
        connection,
        """
        SELECT list.name, info.name
        FROM pragma_index_list($name, $schema) AS list, pragma_index_xinfo(list.name, $schema) AS info
        WHERE list."unique" AND list.partial AND info.key
        """,
        row => (Index: row.GetString(0), Column: row.IsDBNull(1) ? null : row.GetString(1)),
        ("$name", table.Name), ("$schema", schema))
        .GroupBy(part => part.Index)
        .FirstOrDefault(group => group.Count() == key.Length && group.All(part => Array.Exists(key, column => column.Name == part.Column)))?.Key;

    /// <summary>The text columns whose first GUIDs are written in capitals.</summary>
    private static HashSet<string> FindCapitalGuids(SqliteConnection connection, TableName table, List<TargetColumn> columns)
    {
        const int LookedAt = 20;
        const int LongestList = 100;
        const string Guid = "????????-????-????-????-????????????";
        TargetColumn[] texts = [.. columns.Where(column => SqliteTable.KindOf(column) == ColumnKind.Text && !column.IsGenerated).Take(LongestList)];
        if (texts.Length == 0)
            return [];
        string found = string.Join(", ", texts.Select(column => AnsiNames.Quote(column.Name)).Select(column =>
            (Name: column, IsGuid: $"typeof({column}) = 'text' AND {column} GLOB '{Guid}'"))
            .Select(column => $"max({column.IsGuid} AND {column.Name} <> lower({column.Name})) > max({column.IsGuid} AND {column.Name} <> upper({column.Name}))"));
        string first = $"SELECT {string.Join(", ", texts.Select(column => AnsiNames.Quote(column.Name)))} FROM {AnsiNames.Quote(table)} LIMIT {LookedAt}";
        return Query(connection, $"SELECT {found} FROM ({first})", row => texts.Where((_, i) => !row.IsDBNull(i) && row.GetInt32(i) == 1).Select(column => column.Name).ToHashSet())[0];
    }

    private static EtlException NotUnique(TableName table, TargetColumn[] key, string? partial) => new(
        FailureCodes.KeyNotUnique, FailureKind.InvalidCall,
        $"The table '{table}' has no primary key or unique index on exactly the columns of -Key ({string.Join(", ", key.Select(column => column.Name))}). "
        + (partial is null ? "" : $"The index '{partial}' covers only some of the rows (WHERE): each load would insert the others again. ")
        + $"Choose another -Key, or make the index: {SqliteSql.CreateUniqueIndex(table, key)}");

    private static List<T> Query<T>(
        SqliteConnection connection, string sql, Func<SqliteDataReader, T> read, params (string Name, string Value)[] parameters)
    {
        using SqliteCommand command = connection.CreateCommand();
        // No user input but the schema's quoted name is part of the text.
        command.CommandText = sql;
        foreach ((string name, string value) in parameters)
            command.Parameters.AddWithValue(name, value);
        var rows = new List<T>();
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add(read(reader));
        return rows;
    }
}
