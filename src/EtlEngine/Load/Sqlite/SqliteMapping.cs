using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>How the records of a schema are written.</summary>
internal sealed class SqliteMapping : ColumnMapping
{
    public SqliteMapping(SqliteTable table, Schema schema, LoadOptions options) : base(table, schema, options)
    {
        FreeRowid = Array.FindIndex(Columns, column => column.IsIdentity && !table.IsKey(column));
        Kinds = [.. Columns.Select(SqliteTable.KindOf)];
    }

    /// <summary>What each of <see cref="ColumnMapping.Columns"/> takes.</summary>
    public ColumnKind[] Kinds { get; }

    /// <summary>The position in <see cref="ColumnMapping.Columns"/> of a rowid that is no part of the key, or -1:
    /// with a null there the row keeps or gets its own.</summary>
    public int FreeRowid { get; } = -1;

    /// <summary>The plan for one record's statements.</summary>
    public SqlitePlan? Plan { get; set; }

    /// <summary>The plan for records whose rowid is null.</summary>
    public SqlitePlan? PlanWithoutRowid { get; set; }
}
