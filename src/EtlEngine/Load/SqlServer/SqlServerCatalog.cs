namespace EtlTools.Engine.Load.SqlServer;

/// <summary>The catalog queries about the target; its quoted name is the parameter @table. They work on SQL Server 2016 and
/// later.</summary>
internal static class SqlServerCatalog
{
    /// <summary>The columns that this login may see; computed columns and row versions accept no values.</summary>
    public static CatalogSql Names { get; } = new(
        """
        SELECT CASE WHEN SCHEMA_NAME(t.schema_id) = SCHEMA_NAME() THEN NULL ELSE SCHEMA_NAME(t.schema_id) END, t.name
        FROM sys.tables AS t
        WHERE t.is_ms_shipped = 0
        ORDER BY CASE WHEN SCHEMA_NAME(t.schema_id) = SCHEMA_NAME() THEN 0 ELSE 1 END, SCHEMA_NAME(t.schema_id), t.name;
        """,
        """
        SELECT c.name
        FROM sys.columns AS c
        INNER JOIN sys.tables AS t ON t.object_id = c.object_id
        WHERE t.name = @name AND SCHEMA_NAME(t.schema_id) = COALESCE(@schema, SCHEMA_NAME())
            AND c.is_computed = 0 AND c.generated_always_type = 0 AND TYPE_NAME(c.system_type_id) <> 'timestamp'
        ORDER BY c.column_id;
        """);

    /// <summary>
    /// Five results: the object, with whether a trigger or a reference to itself looks on, whether the server may refuse a row for what
    /// it says, and whether an indexed view may be over it; its columns, its unique indexes, its checks and references; and what this
    /// login may do. Views are told by their text, since sys.sql_expression_dependencies is for db_owner alone
    /// (https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-sql-expression-dependencies-transact-sql);
    /// whose text this login may not see counts as over the table. Indexes may hold longer keys in their columns' types than they take
    /// (https://learn.microsoft.com/sql/sql-server/maximum-capacity-specifications-for-sql-server).
    /// </summary>
    public const string Describe =
        """
        DECLARE @id int = OBJECT_ID(@table);
        SELECT SCHEMA_NAME(o.schema_id), o.name, o.type, n.base_object_name,
            CAST(CASE WHEN t.is_external = 1 OR t.is_memory_optimized = 1 OR t.temporal_type = 1 THEN 1 ELSE 0 END AS bit),
            CAST(CASE WHEN DATABASEPROPERTYEX(DB_NAME(), 'Updateability') = 'READ_ONLY' THEN 1 ELSE 0 END AS bit), DB_NAME(),
            CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.triggers AS g WHERE g.parent_id = @id AND g.is_disabled = 0)
                OR EXISTS (SELECT 1 FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id AND f.referenced_object_id = @id AND f.is_disabled = 0)
                THEN 1 ELSE 0 END AS bit),
            CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.check_constraints AS k WHERE k.parent_object_id = @id AND k.is_disabled = 0)
                OR EXISTS (SELECT 1 FROM sys.foreign_keys AS f WHERE f.parent_object_id = @id AND f.is_disabled = 0)
                OR EXISTS (SELECT 1 FROM sys.columns AS c WHERE c.object_id = @id AND (c.is_computed = 1 OR c.rule_object_id <> 0))
                OR EXISTS (SELECT 1 FROM sys.security_predicates AS p WHERE p.target_object_id = @id)
                OR EXISTS (SELECT 1 FROM sys.index_columns AS x INNER JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
                    WHERE x.object_id = @id AND x.key_ordinal > 0 GROUP BY x.index_id HAVING SUM(c.max_length) > 900)
                THEN 1 ELSE 0 END AS bit),
            CAST(CASE WHEN EXISTS (SELECT 1 FROM sys.views AS v INNER JOIN sys.indexes AS i ON i.object_id = v.object_id
                WHERE i.is_unique = 1 AND i.is_disabled = 0 AND CHARINDEX(o.name, COALESCE(OBJECT_DEFINITION(v.object_id), o.name)) > 0)
                THEN 1 ELSE 0 END AS bit)
        FROM sys.objects AS o
        LEFT JOIN sys.tables AS t ON t.object_id = o.object_id
        LEFT JOIN sys.synonyms AS n ON n.object_id = o.object_id
        WHERE o.object_id = @id;
        SELECT c.name, COALESCE(b.name, TYPE_NAME(c.user_type_id)), c.max_length, c.precision, c.scale, c.collation_name,
            CAST(COLLATIONPROPERTY(c.collation_name, 'CodePage') AS int), c.is_nullable, c.is_identity,
            CAST(CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 OR c.is_column_set = 1 OR b.name = 'timestamp' THEN 1 ELSE 0 END AS bit),
            CAST(CASE WHEN c.default_object_id <> 0 THEN 1 ELSE 0 END AS bit),
            CAST(CASE WHEN c.encryption_type IS NOT NULL THEN 1 ELSE 0 END AS bit), c.is_computed
        FROM sys.columns AS c
        LEFT JOIN sys.types AS b ON b.user_type_id = c.system_type_id
        WHERE c.object_id = @id
        ORDER BY c.column_id;
        SELECT i.index_id, c.name, i.has_filter, i.name, i.ignore_dup_key
        FROM sys.indexes AS i
        INNER JOIN sys.index_columns AS x ON x.object_id = i.object_id AND x.index_id = i.index_id AND x.key_ordinal > 0
        INNER JOIN sys.columns AS c ON c.object_id = x.object_id AND c.column_id = x.column_id
        WHERE i.object_id = @id AND i.is_unique = 1 AND i.is_disabled = 0 AND i.is_hypothetical = 0
        ORDER BY i.index_id, x.key_ordinal;
        SELECT k.name, CAST(1 AS bit), COL_NAME(k.parent_object_id, NULLIF(k.parent_column_id, 0))
        FROM sys.check_constraints AS k
        WHERE k.parent_object_id = @id AND k.is_disabled = 0
        UNION ALL
        SELECT f.name, CAST(0 AS bit), CASE WHEN COUNT(*) = 1 AND f.parent_object_id = @id THEN MAX(COL_NAME(x.parent_object_id, x.parent_column_id)) END
        FROM sys.foreign_keys AS f
        INNER JOIN sys.foreign_key_columns AS x ON x.constraint_object_id = f.object_id
        WHERE (f.parent_object_id = @id OR f.referenced_object_id = @id) AND f.is_disabled = 0
        GROUP BY f.name, f.object_id, f.parent_object_id;
        SELECT DISTINCT permission_name
        FROM sys.fn_my_permissions(@table, 'OBJECT')
        WHERE permission_name IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'ALTER');
        """;
}
