using EtlTools.Tests.Tds;

namespace EtlTools.Testing.SqlServer;

/// <summary>The answer to the query with which SqlBulkCopy looks at its table.</summary>
internal static class BulkReplies
{
    private static readonly TdsColumn[] Collations =
        [new("colid", "int"), new("name", "sysname"), new("tds_collation", "varbinary(5)"), new("collation", "sysname")];

    public static TdsReply Describe(IReadOnlyList<TdsColumn> columns) => new TdsReply()
        .Rows([new TdsColumn("", "int")], [1])
        .Rows(columns)
        .Rows(Collations, columns.Select((column, i) => new object?[] { i + 1, column.Name, null, null }))
        .Rows([new TdsColumn("Canonical_Column_Name", "sysname"), new TdsColumn("Aliased_Column_Name", "sysname")]);
}
