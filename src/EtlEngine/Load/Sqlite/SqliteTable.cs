namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A column of the target.</summary>
internal sealed record SqliteColumn
{
    public required string Name { get; init; }

    public required string DeclaredType { get; init; }

    public required ColumnKind Kind { get; init; }

    public bool NotNull { get; init; }

    public bool HasDefault { get; init; }

    public bool IsGenerated { get; init; }

    /// <summary>The column is the rowid by another name: SQLite gives it a value when it has none.</summary>
    public bool IsRowidAlias { get; init; }

    /// <summary>A row without a value for the column cannot be inserted.</summary>
    public bool MustBeGiven => NotNull && !HasDefault && !IsRowidAlias && !IsGenerated;
}

/// <summary>A column of the key.</summary>
/// <param name="Column">The column.</param>
/// <param name="Collation">The collation by which the unique constraint compares it.</param>
internal sealed record SqliteKeyColumn(SqliteColumn Column, string Collation);

/// <summary>The target as the database describes it, or as it is about to be created.</summary>
internal sealed record SqliteTable
{
    public required TableName Name { get; init; }

    public required IReadOnlyList<SqliteColumn> Columns { get; init; }

    public required IReadOnlyList<SqliteKeyColumn> Key { get; init; }

    /// <summary>The table has no rowid, so that nothing tells an insert from an update.</summary>
    public bool WithoutRowid { get; init; }

    /// <summary>The table has CHECK constraints.</summary>
    public bool HasChecks { get; init; }

    public SqliteColumn? Find(string name) =>
        Columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));

    public bool IsKey(SqliteColumn column) => Key.Any(key => ReferenceEquals(key.Column, column));
}
