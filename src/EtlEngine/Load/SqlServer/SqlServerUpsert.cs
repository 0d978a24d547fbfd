namespace EtlTools.Engine.Load.SqlServer;

/// <summary>
/// The statement that writes staged rows, from @from to before @to, to the target, and answers how many it updated and
/// inserted. Keys are looked up one by one in their order and locked whether they are there or not, so that two loaders of
/// the same keys wait for each other instead of inserting both.
/// </summary>
internal sealed class SqlServerUpsert
{
    private readonly SqlServerTable _table;
    private readonly IReadOnlyList<TargetColumn> _columns;
    private readonly LoadOptions _options;
    private readonly SqlServerOptions _specific;
    private readonly bool _skipsRows;
    private readonly List<TargetColumn> _updated;

    /// <param name="table">The target.</param>
    /// <param name="columns">The columns that the rows have.</param>
    /// <param name="options">How to load.</param>
    /// <param name="skipsRows">Whether @skip, a byte for each row of the range, tells which are not to be written.</param>
    public SqlServerUpsert(SqlServerTable table, IReadOnlyList<TargetColumn> columns, LoadOptions options, bool skipsRows)
    {
        _table = table;
        _columns = columns;
        _options = options;
        _specific = options.Specific as SqlServerOptions ?? new SqlServerOptions();
        _skipsRows = skipsRows;
        _updated = table.Changed(columns, options);
    }

    public string Text
    {
        get
        {
            // A statement checks unique columns and references when it ends. Where they matter, or a trigger looks on, rows are
            // written one by one, in order, as they are in the other databases.
            string write = _table.OrderMatters
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
                DECLARE @updated bigint = 0, @inserted bigint = 0;
                {(_specific.UseMerge ? "DECLARE @done TABLE ([action] nvarchar(10) NOT NULL);\n" : "")}BEGIN TRY
                {Indent(KeepIdentity("ON") + write + KeepIdentity("OFF"))}
                END TRY
                BEGIN CATCH
                    THROW;
                END CATCH;
                SELECT @updated, @inserted;
                """;
        }
    }

    private string Target => SqlServerSql.Quote(_table.Name);

    private string Write =>
        _specific.UseMerge ? Merge
        : _updated.Count > 0 ? $"{Update}\n{Insert}"
        : _options.InsertOnly || _columns.All(_table.IsKey) ? Insert
        : $"{Known}\n{Insert}";

    /// <summary>Which staged rows, by the alias that a dot ends.</summary>
    private string Rows(string alias) =>
        (_table.OrderMatters ? $"{alias}[etl_row] = @at" : $"{alias}[etl_row] >= @from AND {alias}[etl_row] < @to")
        + (_skipsRows ? $" AND SUBSTRING(@skip, {alias}[etl_row] - @from + 1, 1) = 0x00" : "");

    private string Match => string.Join(" AND ", _table.Key.Select(column => $"t.{SqlServerSql.Quote(column.Name)} = s.{Staged(column)}"));

    /// <summary>The rows in the order of their keys; TOP, which is never reached, makes the order hold.</summary>
    private string Sorted =>
        $"(SELECT TOP (@to) {string.Join(", ", _columns.Select(Staged))} FROM {SqlServerSql.Staging} WHERE {Rows("")} ORDER BY {SqlServerSql.KeyOf(_table, "")}) AS s";

    // Without an index on the key a look-up for each row would read the table each time.
    private string Hints(string hints) => _table.HasUniqueKey ? $"\nOPTION ({hints})" : "";

    private string Assignments => string.Join(", ", _updated.Select(column => $"{SqlServerSql.Quote(column.Name)} = s.{Staged(column)}"));

    private string ColumnList => string.Join(", ", _columns.Select(column => SqlServerSql.Quote(column.Name)));

    private string Values => string.Join(", ", _columns.Select(column => $"s.{Staged(column)}"));

    /// <summary>Whether a value differs, byte by byte for texts: the collation may hold others for equal.</summary>
    private string Differs => !_options.SkipUnchanged ? "" :
        $"EXISTS (SELECT {string.Join(", ", _updated.Select(column => column.Type.Comparable($"s.{Staged(column)}")))} "
        + $"EXCEPT SELECT {string.Join(", ", _updated.Select(column => column.Type.Comparable($"t.{SqlServerSql.Quote(column.Name)}")))})";

    private string Update =>
        $"""
        UPDATE t SET {Assignments}
        FROM {Sorted}
        INNER JOIN {Target} AS t WITH (UPDLOCK, SERIALIZABLE) ON {Match}{(Differs is { Length: > 0 } differs ? $"\nWHERE {differs}" : "")}{Hints("LOOP JOIN, FORCE ORDER")};
        SET @updated += @@ROWCOUNT;
        """;

    /// <summary>Counts the rows that are there, where nothing of them is to be changed.</summary>
    private string Known =>
        $"""
        SELECT @updated += COUNT(*)
        FROM {SqlServerSql.Staging} AS s
        WHERE {Rows("s.")} AND EXISTS (SELECT 1 FROM {Target} AS t WITH (UPDLOCK, SERIALIZABLE) WHERE {Match}){Hints("LOOP JOIN")};
        """;

    private string Insert =>
        $"""
        INSERT INTO {Target} ({ColumnList})
        SELECT {Values}
        FROM {SqlServerSql.Staging} AS s
        WHERE {Rows("s.")} AND NOT EXISTS (SELECT 1 FROM {Target} AS t WITH (UPDLOCK, SERIALIZABLE) WHERE {Match})
        ORDER BY {SqlServerSql.KeyOf(_table, "s.")}{Hints("LOOP JOIN")};
        SET @inserted += @@ROWCOUNT;
        """;

    private string Merge =>
        $"""
        DELETE FROM @done;
        MERGE INTO {Target} WITH (HOLDLOCK) AS t
        USING {Sorted}
        ON {Match}
        {(_updated.Count == 0 ? "" : $"WHEN MATCHED{(Differs is { Length: > 0 } differs ? $" AND {differs}" : "")} THEN UPDATE SET {Assignments}\n")}WHEN NOT MATCHED BY TARGET THEN INSERT ({ColumnList}) VALUES ({Values})
        OUTPUT $action INTO @done ([action]){Hints("LOOP JOIN")};
        SELECT @updated += COUNT(CASE WHEN [action] = N'UPDATE' THEN 1 END), @inserted += COUNT(CASE WHEN [action] = N'INSERT' THEN 1 END) FROM @done;
        """;

    private string Staged(TargetColumn column) => SqlServerSql.StagingName(_table, column);

    /// <summary>Nothing unless the rows bring values for the identity column.</summary>
    private string KeepIdentity(string state) =>
        !_columns.Any(column => column.IsIdentity) ? ""
        : state == "ON" ? $"SET IDENTITY_INSERT {Target} ON;\n"
        : $"\nSET IDENTITY_INSERT {Target} OFF;";

    private static string Indent(string text) => "    " + text.Replace("\n", "\n    ", StringComparison.Ordinal);
}
