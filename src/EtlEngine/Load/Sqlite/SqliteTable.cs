using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>The target.</summary>
internal sealed record SqliteTable : TargetTable
{
    /// <summary>The collations by which the unique constraint compares the columns of the key.</summary>
    public required IReadOnlyList<string> Collations { get; init; }

    /// <summary>The table has no rowid, so that nothing tells an insert from an update.</summary>
    public bool WithoutRowid { get; init; }

    /// <summary>The table is STRICT: it keeps to the declared types.</summary>
    public bool IsStrict { get; init; }

    /// <summary>A foreign key of the table is checked at the end of a transaction.</summary>
    public bool HasDeferredForeignKeys { get; init; }

    /// <summary>Several rows written by one statement leave what they would leave one after another: no trigger and no conflict clause acts on
    /// them, and no foreign key could be satisfied by a later one.</summary>
    public bool TakesSeveral { get; init; }

    /// <summary>A trigger or a conflict clause may leave a new row out.</summary>
    public bool MayIgnoreRows { get; init; }

    public override bool CanMark(TargetColumn column) => SqliteSql.FindMark(column) is not null;

    /// <summary>Text columns whose GUIDs are written in capitals, as .NET's own provider does.</summary>
    public IReadOnlySet<string> CapitalGuids { get; init; } = new HashSet<string>();

    public static ColumnKind KindOf(TargetColumn column) => ((SqliteType)column.Type).Kind;

    /// <summary>How values are written into a column: one key must be one text.</summary>
    public SqliteForm FormOf(TargetColumn column) => new(KindOf(column), IsKey(column), CapitalGuids.Contains(column.Name));

    /// <summary>The table that -CreateTable makes of a record.</summary>
    /// <exception cref="EtlException">The record lacks a key column.</exception>
    public static SqliteTable Define(TableName name, LoadOptions options, Record first)
    {
        (TargetColumn[] columns, TargetColumn[] key) = NewTable.Define(options, first, (index, _) => SqliteType.For(first, index));
        // A single INTEGER key is the rowid by another name.
        if (key is [{ DeclaredType: "INTEGER" } only])
        {
            TargetColumn rowid = only with { IsIdentity = true };
            (columns[Array.IndexOf(columns, only)], key) = (rowid, [rowid]);
        }
        return new SqliteTable { Name = name, Columns = columns, Key = key, Collations = [.. key.Select(_ => "BINARY")], TakesSeveral = true };
    }
}
