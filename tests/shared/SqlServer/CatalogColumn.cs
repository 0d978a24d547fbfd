using EtlTools.Tests.Tds;

namespace EtlTools.Testing.SqlServer;

/// <summary>A column as sys.columns describes it.</summary>
internal sealed record CatalogColumn(string Name, string Type, int MaxLength = 4, int Precision = 0, int Scale = 0)
{
    private static readonly TdsColumn[] ObjectColumns =
    [
        new("schema", "sysname"), new("name", "sysname"), new("type", "char(2)"), new("base", "nvarchar(1035)"), new("special", "bit"), new("readonly", "bit"),
        new("database", "sysname"), new("watched", "bit"), new("constraints", "bit"), new("indexed_view", "bit"),
    ];

    private static readonly TdsColumn[] ColumnColumns =
    [
        new("name", "sysname"), new("type", "sysname"), new("max_length", "smallint"), new("precision", "tinyint"), new("scale", "tinyint"),
        new("collation", "sysname"), new("codepage", "int"), new("nullable", "bit"), new("identity", "bit"), new("generated", "bit"), new("default", "bit"),
        new("encrypted", "bit"), new("computed", "bit"),
    ];

    public string? Collation { get; init; } = Type.EndsWith("char", StringComparison.Ordinal) || Type.EndsWith("text", StringComparison.Ordinal) ? "SQL_Latin1_General_CP1_CI_AS" : null;

    public bool Nullable { get; init; } = true;

    public bool IsIdentity { get; init; }

    /// <summary>The server gives the value: a row version, the period of a temporal table, or what is computed.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>The server computes the value from the row.</summary>
    public bool IsComputed { get; init; }

    public bool HasDefault { get; init; }

    public bool IsEncrypted { get; init; }

    private int? CodePage => Collation is null ? null : Collation.EndsWith("_UTF8", StringComparison.Ordinal) ? 65001 : 1252;

    /// <summary>What the catalogue's query gives.</summary>
    public static TdsReply Describe(ScriptedTarget target)
    {
        var reply = new TdsReply();
        if (!target.Exists)
            return reply.Rows(ObjectColumns).Rows(ColumnColumns).Rows([new TdsColumn("x", "int")]).Rows([new TdsColumn("y", "int")]).Rows([new TdsColumn("z", "int")]);
        return reply
            .Rows(ObjectColumns, ["dbo", "orders", target.ObjectType.PadRight(2), target.ObjectType == "SN" ? "[sales].[orders]" : null, false, false, "shop", target.HasTrigger, target.HasConstraints, target.HasIndexedView])
            .Rows(ColumnColumns, target.Columns.Select(column => new object?[]
            {
                column.Name, column.Type, column.MaxLength, column.Precision, column.Scale, column.Collation, column.CodePage, column.Nullable, column.IsIdentity,
                column.IsGenerated || column.IsComputed, column.HasDefault, column.IsEncrypted, column.IsComputed,
            }))
            .Rows(
                [new TdsColumn("index_id", "int"), new TdsColumn("name", "sysname"), new TdsColumn("has_filter", "bit"), new TdsColumn("index", "sysname"), new TdsColumn("ignore_dup_key", "bit")],
                target.UniqueIndexes.SelectMany((index, i) => index.Select(column => new object?[] { i + 1, column, false, $"ux_{string.Join('_', index)}", i == target.IgnoringIndex })))
            .Rows(
                [new TdsColumn("name", "sysname"), new TdsColumn("is_check", "bit"), new TdsColumn("column", "sysname")],
                target.Constraints.Select(constraint => new object?[] { constraint.Name, constraint.IsCheck, constraint.Column }))
            .Rows([new TdsColumn("permission_name", "nvarchar(60)")], target.Rights.Select(right => new object?[] { right }));
    }
}
