namespace EtlTools.Engine.Load.Sqlite;

/// <summary>A column of the target; as identity the rowid by another name.</summary>
internal sealed record SqliteColumn : TargetColumn
{
    public required ColumnKind Kind { get; init; }
}

/// <summary>The target.</summary>
internal sealed record SqliteTable : TargetTable<SqliteColumn>
{
    /// <summary>The collations by which the unique constraint compares the columns of the key.</summary>
    public required IReadOnlyList<string> Collations { get; init; }

    /// <summary>The table has no rowid, so that nothing tells an insert from an update.</summary>
    public bool WithoutRowid { get; init; }

    /// <summary>The table is STRICT: it keeps to the declared types.</summary>
    public bool IsStrict { get; init; }

    /// <summary>A foreign key of the table is checked at the end of a transaction.</summary>
    public bool HasDeferredForeignKeys { get; init; }

    /// <summary>The table has CHECK constraints.</summary>
    public bool HasChecks { get; init; }
}
