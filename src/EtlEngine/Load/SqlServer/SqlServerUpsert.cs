namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// The statement that writes staged rows, from @from to before @to, to the target, and returns how many it updated and inserted. Without a
/// key it only inserts. Keys are looked up one by one in their order and locked whether they exist or not, so that two loads of the same
/// keys wait for each other instead of both inserting. Only keys and row numbers are sorted; the rest of a row, which may be long, is
/// fetched from the staging table by its number.
/// </summary>
internal sealed class SqlServerUpsert
{
    /// <summary>The columns of the statement's own result; a trigger of the table may return rows before it.</summary>
    public const string Updated = "etl_updated", Inserted = "etl_inserted";

    private readonly SqlServerTable _table;
    private readonly IReadOnlyList<TargetColumn> _columns;
    private readonly LoadOptions _options;
    private readonly bool _skipsRows;
    private readonly List<TargetColumn> _updated;
    private readonly bool _merges;

    /// <param name="table">The target.</param>
    /// <param name="columns">The columns of the rows.</param>
    /// <param name="options">How to load.</param>
    /// <param name="skipsRows">Whether @first, with four bytes for each row of the range, says which rows are not written (0), and for the
    /// others the position in the range, from 1, of the row that provides the key of a new row: of equal keys, the first one is
    /// stored.</param>
    public SqlServerUpsert(SqlServerTable table, IReadOnlyList<TargetColumn> columns, LoadOptions options, bool skipsRows)
    {
        _table = table;
        _columns = columns;
        _options = options;
        _skipsRows = skipsRows;
        // Records without the column of -UpdateWhenNewer are never newer, and without a key no row is known.
        bool updates = table.Key.Count > 0 && (options.UpdateWhenNewer is null || table.Newer(columns, options) is not null);
        _updated = updates ? table.Changed(columns, options) : [];
        // If there is nothing to update, MERGE has nothing to do.
        _merges = options.Specific is SqlServerOptions { UseMerge: true } && _updated.Count > 0;
    }

    public string Text
    {
        get
        {
            // A statement checks unique columns and references at its end. If they matter, or there is a trigger, rows are written one by
            // one, in order, as in the other databases.
            string write = WritesOneByOne
                ? $"""
                DECLARE @at int = @from;
                WHILE @at < @to
                BEGIN
                {Indent(Write)}
                    SET @at += 1;
                END;
                """
                : Write;
            return $"""
                SET NOCOUNT ON;
                DECLARE @updated bigint = 0, @inserted bigint = 0, @known bigint = 0;
                {(_merges ? "DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);\n" : "")}BEGIN TRY
                {Indent(KeepIdentity("ON") + write + KeepIdentity("OFF"))}
                END TRY
                BEGIN CATCH
                    THROW;
                END CATCH;
                SELECT @updated AS [{Updated}], @inserted AS [{Inserted}];
                """;
        }
    }

    private string Target => SqlServerSql.Quote(_table.Name);

    /// <summary>Without a key, rows are only inserted; a unique index refuses the same rows whether they are written at once, in halves or
    /// one by one.</summary>
    private bool WritesOneByOne => _table.Key.Count > 0 ? _table.OrderMatters : _table.IsWatched;

    private string Write =>
        _table.Key.Count == 0 ? Append
        : _merges ? Merge
        : _updated.Count > 0 ? $"{Update}\n{Insert}"
        : CountsKnown ? $"{Known}\nSET @updated += @known;\n{Insert}"
        : LocksKeys ? $"{Known}\n{Insert}"
        : Insert;

    /// <summary>Whether existing rows count as updated although none of their columns is changed.</summary>
    private bool CountsKnown => !_options.InsertOnly && _options.UpdateWhenNewer is null && !_columns.All(_table.IsKey);

    /// <summary>Whether keys are locked in order before rows are inserted. Without an index, the whole table is locked.</summary>
    private bool LocksKeys => _table.HasUniqueKey && !_table.OrderMatters;

    /// <summary>Whether the server numbers the new rows. INSERT … SELECT … ORDER BY gives the numbers in that order
    /// (https://learn.microsoft.com/sql/t-sql/statements/insert-transact-sql#data-types), which is the records' own.</summary>
    private bool IsNumbered => _table.Columns.Any(column => column.IsIdentity) && !_columns.Any(column => column.IsIdentity);

    /// <summary>The condition for the staged rows; the alias ends with a dot.</summary>
    private string Rows(string alias) =>
        (WritesOneByOne ? $"{alias}[etl_row] = @at" : $"{alias}[etl_row] >= @from AND {alias}[etl_row] < @to")
        + (_skipsRows ? $" AND {First(alias)} > 0" : "");

    private string Match(string staged) => string.Join(" AND ", _table.Key.Select(column => $"t.{SqlServerSql.Quote(column.Name)} = {staged}{Staged(column)}"));

    /// <summary>The rows' numbers and keys in the order of their keys; TOP, whose limit is never reached, preserves the order.</summary>
    private string Sorted(string where = "") =>
        $"(SELECT TOP (@to) n.[etl_row], {Keys("n.")} FROM {SqlServerSql.Staging} AS n WHERE {Rows("n.")}{where} ORDER BY {Keys("n.")}) AS k";

    // Without an index on the key, a look-up for each row would read the whole table each time.
    private string Hints(string hints) => _table.HasUniqueKey ? $"\nOPTION ({hints})" : "";

    private string Assignments => string.Join(", ", _updated.Select(column => $"{SqlServerSql.Quote(column.Name)} = s.{Staged(column)}"));

    private string ColumnList => string.Join(", ", _columns.Select(column => SqlServerSql.Quote(column.Name)));

    /// <summary>The values of a new row: its own, and the key as it was first written.</summary>
    private string Values(string key) => string.Join(", ", _columns.Select(column => (_table.IsKey(column) ? key : "s.") + Staged(column)));

    /// <summary>Joins the row that provides the key.</summary>
    private string JoinFirst(string alias) => !_skipsRows ? "" : $"\nINNER JOIN {SqlServerSql.Staging} AS f ON f.[etl_row] = @from - 1 + {First(alias)}";

    /// <summary>The condition for updating an existing row; empty for always.</summary>
    private string Condition => string.Join(" AND ", new[] { IsNewer, Differs }.Where(condition => condition.Length > 0));

    /// <summary>Whether a value is newer than the stored one: a null never is, and any value is newer than a stored null.</summary>
    private string IsNewer => _table.Newer(_columns, _options) is not { } newer ? "" :
        $"(s.{Staged(newer)} > t.{SqlServerSql.Quote(newer.Name)} OR (t.{SqlServerSql.Quote(newer.Name)} IS NULL AND s.{Staged(newer)} IS NOT NULL))";

    /// <summary>Whether a value differs in its bytes; the server may treat others as equal.</summary>
    private string Differs
    {
        get
        {
            if (!_options.SkipUnchanged)
                return "";
            string differs = $"EXISTS (SELECT {string.Join(", ", _updated.Select(column => column.Type.Comparable($"s.{Staged(column)}")))} "
                + $"EXCEPT SELECT {string.Join(", ", _updated.Select(column => column.Type.Comparable($"t.{SqlServerSql.Quote(column.Name)}")))})";
            // The mark is removed when all keys are known.
            return _table.DeletedColumn(_options) is { } mark ? $"({differs} OR {SqlServerWholeTable.MarkOf(mark).IsMarked($"t.{SqlServerSql.Quote(mark.Name)}")})" : differs;
        }
    }

    private string Update =>
        $"""
        UPDATE t SET {Assignments}
        FROM {Sorted()}
        INNER JOIN {Target} AS t WITH (UPDLOCK, SERIALIZABLE) ON {Match("k.")}
        INNER JOIN {SqlServerSql.Staging} AS s ON s.[etl_row] = k.[etl_row]{(Condition is { Length: > 0 } condition ? $"\nWHERE {condition}" : "")}{Hints("LOOP JOIN, FORCE ORDER")};
        SET @updated += @@ROWCOUNT;
        """;

    /// <summary>Counts the existing rows if none of their columns is changed, and locks all keys.</summary>
    private string Known =>
        $"""
        SELECT @known = COUNT(*)
        FROM {Sorted()}
        INNER JOIN {Target} AS t WITH (UPDLOCK, SERIALIZABLE) ON {Match("k.")}{Hints("LOOP JOIN, FORCE ORDER")};
        """;

    private string IsNew(string staged) => $" AND NOT EXISTS (SELECT 1 FROM {Target} AS t WITH (UPDLOCK, SERIALIZABLE) WHERE {Match(staged)})";

    private string Append =>
        $"""
        INSERT INTO {Target} ({ColumnList})
        SELECT {Values("s.")}
        FROM {SqlServerSql.Staging} AS s
        WHERE {Rows("s.")}
        ORDER BY s.[etl_row];
        SET @inserted += @@ROWCOUNT;
        """;

    private string Insert => IsNumbered
        ? $"""
        INSERT INTO {Target} ({ColumnList})
        SELECT {Values(_skipsRows ? "f." : "s.")}
        FROM {SqlServerSql.Staging} AS s{JoinFirst("s.")}
        WHERE {Rows("s.")}{IsNew("s.")}
        ORDER BY {(_skipsRows ? "f" : "s")}.[etl_row]{Hints("LOOP JOIN")};
        SET @inserted += @@ROWCOUNT;
        """
        : $"""
        INSERT INTO {Target} ({ColumnList})
        SELECT {Values(_skipsRows ? "f." : "k.")}
        FROM {Sorted(IsNew("n."))}
        INNER JOIN {SqlServerSql.Staging} AS s ON s.[etl_row] = k.[etl_row]{JoinFirst("k.")}{Hints("LOOP JOIN, FORCE ORDER")};
        SET @inserted += @@ROWCOUNT;
        """;

    private string Merge =>
        $"""
        DELETE FROM @done;
        MERGE INTO {Target} WITH (HOLDLOCK) AS t
        USING (
            SELECT {Keys("k.")}, {string.Join(", ", MergedRest)}
            FROM {Sorted()}
            INNER JOIN {SqlServerSql.Staging} AS s ON s.[etl_row] = k.[etl_row]{JoinFirst("k.").Replace("\n", "\n    ", StringComparison.Ordinal)}
        ) AS s
        ON {Match("s.")}
        WHEN MATCHED{(Condition is { Length: > 0 } condition ? $" AND {condition}" : "")} THEN UPDATE SET {Assignments}
        WHEN NOT MATCHED BY TARGET THEN INSERT ({ColumnList}) VALUES ({string.Join(", ", _columns.Select(column => _skipsRows && _table.IsKey(column) ? $"s.{OfFirst(column)}" : $"s.{Staged(column)}"))})
        OUTPUT $action INTO @done ([action]){Hints("LOOP JOIN")};
        SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
        """;

    private IEnumerable<string> MergedRest =>
        _columns.Where(column => !_table.IsKey(column)).Select(column => $"s.{Staged(column)}")
            .Concat(_skipsRows ? _table.Key.Select(column => $"f.{Staged(column)} AS {OfFirst(column)}") : []);

    private string Keys(string prefix) => SqlServerSql.KeyOf(_table, prefix);

    private static string First(string alias) => $"CAST(SUBSTRING(@first, 4 * ({alias}[etl_row] - @from) + 1, 4) AS int)";

    private string Staged(TargetColumn column) => SqlServerSql.StagingName(_table, column);

    private string OfFirst(TargetColumn column) => SqlServerSql.Quote($"f{_table.IndexOf(column)}");

    /// <summary>Empty unless the rows have values for the identity column.</summary>
    private string KeepIdentity(string state) =>
        !_columns.Any(column => column.IsIdentity) ? ""
        : state == "ON" ? $"SET IDENTITY_INSERT {Target} ON;\n"
        : $"\nSET IDENTITY_INSERT {Target} OFF;";

    private static string Indent(string text) => "    " + text.Replace("\n", "\n    ", StringComparison.Ordinal);
}
