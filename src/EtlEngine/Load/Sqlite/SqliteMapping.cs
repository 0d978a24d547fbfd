using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Sqlite;

/// <summary>How the records of a schema are written.</summary>
internal sealed class SqliteMapping : ColumnMapping
{
    public SqliteMapping(SqliteTable table, Schema schema, LoadOptions options) : base(table, schema, options)
    {
        FreeRowid = Array.FindIndex(Columns, column => column.IsIdentity && !table.IsKey(column));
        Forms = [.. Columns.Select(table.FormOf)];
    }

    /// <summary>How values are written into each of <see cref="ColumnMapping.Columns"/>.</summary>
    public SqliteForm[] Forms { get; }

    /// <summary>The position in <see cref="ColumnMapping.Columns"/> of a rowid that is not part of the key, or -1:
    /// with a null there the row keeps or gets its own.</summary>
    public int FreeRowid { get; } = -1;

    /// <summary>The plan for one record's statements.</summary>
    public SqlitePlan? Plan { get; set; }

    /// <summary>The plan for records whose rowid is null.</summary>
    public SqlitePlan? PlanWithoutRowid { get; set; }
}
