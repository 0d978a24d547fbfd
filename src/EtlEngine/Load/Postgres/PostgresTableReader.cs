using Npgsql;
using NpgsqlTypes;

namespace EtlTools.Engine.Load.Postgres;

/// <summary>Reads the target's description from the database, and checks that it can be loaded into by its key.</summary>
internal sealed class PostgresTableReader(NpgsqlConnection connection, LoadOptions options)
{
    private const string FindTable = """
        SELECT c.oid, n.nspname, c.relname, c.relkind::text,
               has_table_privilege(c.oid, 'INSERT') OR has_any_column_privilege(c.oid, 'INSERT'),
               has_table_privilege(c.oid, 'UPDATE') OR has_any_column_privilege(c.oid, 'UPDATE'),
               has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT'),
               EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D'),
               EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'),
               c.relkind = 'r' AND pg_relation_size(c.oid) = 0, has_table_privilege(c.oid, 'SELECT'),
               c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid) AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb'),
               EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 3 = 3)
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE lower(c.relname) = lower($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND CASE WHEN $1 IS NULL THEN pg_table_is_visible(c.oid) ELSE lower(n.nspname) = lower($1) END
        ORDER BY c.relname = $2 DESC, n.nspname = $1 DESC
        """;

    private const string FindColumns = """
        SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull OR d.not_null, a.atthasdef AND a.attgenerated = '',
               a.attidentity::text,
               a.attgenerated <> '' OR ((SELECT c.relkind FROM pg_class AS c WHERE c.oid = a.attrelid) = 'v' AND NOT pg_column_is_updatable(a.attrelid, a.attnum, true)),
               b.oid, b.typname, b.typtype::text, b.typcategory::text, d.typmod, format_type(b.oid, -1),
               coalesce(k.collisdeterministic, true), CASE WHEN k.oid IS NULL OR k.collname = 'default' THEN NULL ELSE k.oid::regcollation::text END,
               CASE WHEN b.typtype = 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum AS e WHERE e.enumtypid = b.oid) END,
               b.oid <> a.atttypid, scale(0::money::numeric), current_setting('server_encoding')
        FROM pg_attribute AS a
        CROSS JOIN LATERAL (
            WITH RECURSIVE r (oid, typmod, not_null) AS (
                SELECT a.atttypid, a.atttypmod, false
                UNION ALL
                SELECT t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE r.typmod END, r.not_null OR t.typnotnull
                FROM r JOIN pg_type AS t ON t.oid = r.oid WHERE t.typtype = 'd')
            SELECT r.oid, r.typmod, r.not_null FROM r JOIN pg_type AS t ON t.oid = r.oid WHERE t.typtype <> 'd') AS d
        JOIN pg_type AS b ON b.oid = d.oid
        LEFT JOIN pg_collation AS k ON k.oid = a.attcollation
        WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY a.attnum
        """;

    private const string FindIndexes = """
        SELECT c.relname, i.indimmediate AND i.indisvalid, i.indisexclusion, i.indexprs IS NOT NULL, pg_get_expr(i.indpred, i.indrelid),
               ARRAY(SELECT a.attname::text FROM unnest(i.indkey[0:i.indnkeyatts - 1]) AS k(n) JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.n)
        FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
        WHERE i.indrelid = $1 AND (i.indisunique OR i.indisexclusion)
        ORDER BY i.indisprimary DESC, i.indpred IS NOT NULL, c.relname
        """;

    private const string FindConstraints = """
        SELECT k.conname, k.contype::text, k.condeferred, k.contype = 'f' AND k.conrelid = k.confrelid,
               ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS n(n, i) JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = n.n ORDER BY n.i),
               ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS n(n, i) JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.n ORDER BY n.i)
        FROM pg_constraint AS k WHERE k.conrelid = $1 OR (k.confrelid = $1 AND k.condeferred)
        """;

    /// <summary>Foreign keys to the table that are checked at the end of a statement, as it then is (NO ACTION).</summary>
    private const string FindReferenced = """
        SELECT k.conname, ARRAY(SELECT a.attname::text FROM unnest(k.confkey) AS n(n) JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = n.n)
        FROM pg_constraint AS k WHERE k.contype = 'f' AND k.confrelid = $1 AND k.confupdtype = 'a'
        """;

    /// <summary>Other names that the server may report for a refused row: constraints of domains, of partitions, and of tables that refer
    /// to this one.</summary>
    private const string FindNames = """
        WITH p (oid) AS (SELECT $1 UNION SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = $1)
        SELECT k.conname::text FROM pg_constraint AS k
        WHERE k.conrelid IN (SELECT oid FROM p) OR k.confrelid = $1 OR k.contypid IN (SELECT a.atttypid FROM pg_attribute AS a WHERE a.attrelid = $1)
        UNION
        SELECT c.relname::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM p) AND (i.indisunique OR i.indisexclusion)
        """;

    /// <summary>The table, or null if it does not exist.</summary>
    /// <exception cref="EtlException">It cannot be loaded into.</exception>
    public async ValueTask<PostgresTable?> ReadAsync(TableName wanted, CancellationToken cancellationToken)
    {
        var found = await QueryAsync(
            FindTable,
            row => (Oid: row.GetFieldValue<uint>(0), Schema: row.GetString(1), Name: row.GetString(2), Kind: row.GetString(3),
                MayInsert: row.GetBoolean(4), MayUpdate: row.GetBoolean(5), MaySelect: row.GetBoolean(6), HasTriggers: row.GetBoolean(7), HasRules: row.GetBoolean(8), IsEmpty: row.GetBoolean(9), MaySelectAll: row.GetBoolean(10),
                HasChildren: row.GetBoolean(11), HasTriggersBefore: row.GetBoolean(12)),
            cancellationToken, Text(wanted.Schema), Text(wanted.Name)).ConfigureAwait(false);
        if (found.Count == 0)
            return null;
        if (found.Count > 1 && found[0].Name != wanted.Name)
            throw Invalid(FailureCodes.TableNotFound, $"-Table '{wanted}' may be any of {string.Join(", ", found.Select(table => $"\"{table.Name}\""))}. Write the name exactly, with quotes.");
        var table = found[0];
        var name = new TableName(table.Schema, table.Name);
        bool isView = table.Kind == "v" && !table.HasRules;
        if (isView)
            await RequireWritableAsync(table.Oid, name, cancellationToken).ConfigureAwait(false);
        else if (table.Kind is not ("r" or "p") || table.HasRules)
            throw Invalid(FailureCodes.NotATable, $"-Table '{name}' is {Describe(table.Kind)}: rows can be loaded by key into a table only.");
        if (table.HasChildren && options.Key.Count > 0)
            throw Invalid(
                FailureCodes.KeyNotUnique,
                $"The table '{name}' has child tables (INHERITS), whose rows no unique index of it covers: a key that a child has would be stored a second time. Load into the child tables, or use -Mode Append or Replace without -Key.");
        string[] lacking = [.. new[] { ("INSERT", table.MayInsert), ("UPDATE", table.MayUpdate || options.InsertOnly || options.Key.Count == 0), ("SELECT", table.MaySelect) }.Where(right => !right.Item2).Select(right => right.Item1)];
        if (lacking.Length > 0)
            throw new EtlException(
                FailureCodes.AccessDenied, FailureKind.PermissionDenied,
                $"The user is not allowed to load into '{name}'. Connect as another user (-Credential), or have its owner run: GRANT {string.Join(", ", lacking)} ON {AnsiNames.Quote(name)} TO the user.");
        List<TargetColumn> columns = await QueryAsync(FindColumns, row => PostgresTypes.ReadColumn(row, options), cancellationToken, Oid(table.Oid)).ConfigureAwait(false);
        TargetColumn Find(string column) => columns.First(c => c.Name == column);
        TargetColumn[] key = [.. options.Key.Select(k =>
            TargetTable.FindIn(columns, k) ?? throw ColumnFaults.KeyUnknown(k, name, columns))];
        var indexes = await QueryAsync(
            FindIndexes,
            row => (Name: row.GetString(0), IsUsable: row.GetBoolean(1), IsExclusion: row.GetBoolean(2), HasExpressions: row.GetBoolean(3),
                Predicate: row.IsDBNull(4) ? null : row.GetString(4), Columns: row.GetFieldValue<string[]>(5)),
            cancellationToken, Oid(table.Oid)).ConfigureAwait(false);
        var constraints = await QueryAsync(
            FindConstraints,
            row => (Name: row.GetString(0), Type: row.GetString(1), IsDeferred: row.GetBoolean(2), IsSelf: row.GetBoolean(3),
                Columns: row.GetFieldValue<string[]>(4), Parents: row.GetFieldValue<string[]>(5)),
            cancellationToken, Oid(table.Oid)).ConfigureAwait(false);
        bool IsOnKey(string[] on) => on.Length == key.Length && key.All(column => on.Contains(column.Name));
        int at = key.Length == 0 ? -1 : indexes.FindIndex(index => index.IsUsable && !index.IsExclusion && !index.HasExpressions && IsOnKey(index.Columns)
            && (index.Predicate is null || PostgresPredicate.HoldsForKey(index.Predicate, key)));
        IReadOnlyList<string> partialColumns = [];
        for (int i = 0; at < 0 && i < indexes.Count; i++)
        {
            if (indexes[i] is not { IsUsable: true, IsExclusion: false, HasExpressions: false, Predicate: { } partial } || key.Length == 0 || !IsOnKey(indexes[i].Columns))
                continue;
            partialColumns = await FindPartialColumnsAsync(table.Oid, indexes[i].Name, partial, key, cancellationToken).ConfigureAwait(false);
            at = partialColumns.Count > 0 ? i : -1;
        }
        if (at < 0 && key.Length > 0 && !isView)
            throw NotUnique(name, key, indexes.Find(index => index.Predicate is not null && IsOnKey(index.Columns)).Name);
        // A unique constraint on the key and more columns cannot be violated if that of the key is not.
        bool otherUnique = indexes.Where((index, i) => i != at)
            .Any(index => index.IsExclusion || index.HasExpressions || index.Predicate is not null || key.Length == 0 || !key.All(column => index.Columns.Contains(column.Name)));
        string? predicate = at < 0 ? null : indexes[at].Predicate;
        SelfReference[] selfReferences = [.. constraints.Where(constraint => constraint.IsSelf)
            .Select(constraint => new SelfReference(constraint.Name, [.. constraint.Columns.Select(Find)], [.. constraint.Parents.Select(Find)]))];
        List<ReferencedColumns> referenced = await QueryAsync(
            FindReferenced, row => new ReferencedColumns(row.GetString(0), [.. row.GetFieldValue<string[]>(1).Select(Find)]), cancellationToken, Oid(table.Oid)).ConfigureAwait(false);
        var columnOf = new Dictionary<string, string?>();
        foreach (string other in await QueryAsync(FindNames, row => row.GetString(0), cancellationToken, Oid(table.Oid)).ConfigureAwait(false))
            columnOf[other] = null;
        foreach ((string constraint, string[] on) in indexes.Select(index => (index.Name, index.Columns)).Concat(constraints.Select(constraint => (constraint.Name, constraint.Columns))))
            columnOf[constraint] = on is [var only] ? only : null;
        return new PostgresTable
        {
            Name = name,
            Columns = columns,
            Key = key,
            IsView = isView,
            MayFillNulls = table.HasTriggersBefore,
            MayIgnoreRows = !isView && table.HasTriggers && key.Length > 0,
            OrderMatters = isView || otherUnique || table.HasTriggers || selfReferences.Length > 0 || predicate is not null,
            EachRowCounts = isView || otherUnique || table.HasTriggers || table.Kind == "p" || constraints.Exists(constraint => constraint.Type is "c" or "f")
                || predicate is not null || columns.Exists(column => column.Type.IsReadByServer || column.IsDomain || column.IsGenerated),
            HasHashableKey = Array.TrueForAll(key, column => column.Type.IsHashable),
            HasChecks = constraints.Any(constraint => constraint.Type == "c"),
            HasDeferredConstraints = constraints.Any(constraint => constraint.IsDeferred),
            IsPartitioned = table.Kind == "p",
            IsEmpty = table.IsEmpty,
            KeyPredicate = predicate is null ? "" : $" WHERE {predicate}",
            MaySelectAll = table.MaySelectAll,
            PartialIndex = partialColumns.Count > 0 ? indexes[at].Name : null,
            PartialColumns = partialColumns,
            ColumnOfConstraint = columnOf,
            SelfReferences = selfReferences,
            Referenced = [.. referenced.Where(reference => !key.All(reference.Columns.Contains))],
        };
    }

    /// <summary>The columns that decide whether a row is in a partial index, if none of them is a key column and a row with their defaults
    /// is in the index; then it is the key of records without these columns. Otherwise none.</summary>
    private async ValueTask<IReadOnlyList<string>> FindPartialColumnsAsync(
        uint table, string index, string predicate, TargetColumn[] key, CancellationToken cancellationToken)
    {
        const string FindUsed = """
            SELECT DISTINCT quote_ident(a.attname), a.attname, format_type(a.atttypid, a.atttypmod), pg_get_expr(f.adbin, f.adrelid)
            FROM pg_depend AS d JOIN pg_class AS c ON c.oid = d.objid JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            LEFT JOIN pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
            WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = $1 AND c.relname = $2 AND c.relkind = 'i'
            """;
        if (PostgresPredicate.WithoutKey(predicate, key) is not { } rest)
            return [];
        var used = await QueryAsync(
            FindUsed, row => (Quoted: row.GetString(0), Name: row.GetString(1), Type: row.GetString(2), Default: row.IsDBNull(3) ? "NULL" : row.GetString(3)),
            cancellationToken, Oid(table), Text(index)).ConfigureAwait(false);
        used.RemoveAll(column => Array.Exists(key, k => k.Name == column.Name));
        if (used.Count == 0)
            return [];
        string defaults = string.Join(", ", used.Select(column => $"CAST({column.Default} AS {column.Type}) AS {column.Quoted}"));
        bool holds = (await QueryAsync($"SELECT coalesce(({rest}), false) FROM (SELECT {defaults}) AS d", row => row.GetBoolean(0), cancellationToken).ConfigureAwait(false))[0];
        return holds ? [.. used.Select(column => column.Name)] : [];
    }

    /// <summary>A view may be updatable by itself, or by INSTEAD OF triggers.</summary>
    private async ValueTask RequireWritableAsync(uint view, TableName name, CancellationToken cancellationToken)
    {
        const int update = 4, insert = 8;
        int can = (await QueryAsync("SELECT pg_relation_is_updatable($1, true)", row => row.GetInt32(0), cancellationToken, Oid(view)).ConfigureAwait(false))[0];
        bool needsUpdate = !options.InsertOnly && options.Key.Count > 0;
        if ((can & insert) == 0 || (needsUpdate && (can & update) == 0))
            throw Invalid(
                FailureCodes.NotATable,
                $"-Table '{name}' is a view that takes no {((can & insert) == 0 ? "INSERT" : "UPDATE")}. Load into the table behind it, or give the view triggers: CREATE TRIGGER ... INSTEAD OF INSERT OR UPDATE ON {AnsiNames.Quote(name)}.");
    }

    private static string Describe(string kind) => kind switch
    {
        "v" => "a view",
        "m" => "a materialized view",
        "f" => "a foreign table",
        _ => "a table with rules",
    };

    private static EtlException NotUnique(TableName table, TargetColumn[] key, string? partial) => Invalid(
        FailureCodes.KeyNotUnique,
        $"The table '{table}' has no primary key or unique index on exactly the columns of -Key ({string.Join(", ", key.Select(column => column.Name))}), or only a deferrable one, which cannot be used. "
        + (partial is null ? "" : $"The index '{partial}' covers only some of the rows (WHERE): each load would insert the others again. ")
        + $"Choose another -Key, or make the index: {PostgresSql.CreateUniqueIndex(table, key)}");

    private static EtlException Invalid(string code, string message) => new(
        code, code == FailureCodes.TableNotFound ? FailureKind.NotFound : FailureKind.InvalidCall, message);

    private static NpgsqlParameter Text(string? value) => new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter Oid(uint value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Oid };

    private async ValueTask<List<T>> QueryAsync<T>(
        string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        var rows = new List<T>();
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using System.Runtime.CompilerServices.ConfiguredAsyncDisposable disposing = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            rows.Add(read(reader));
        return rows;
    }
}
