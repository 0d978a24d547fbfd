using System.Text;
using EtlTools.Engine.Load.Staged;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A column of the target.</summary>
internal sealed record SqlServerColumn : TargetColumn
{
    public required SqlServerType Type { get; init; }

    /// <summary>By which texts are compared; null for other types.</summary>
    public string? Collation { get; init; }

    /// <summary>How the column's texts become bytes; null for types that hold UTF-16.</summary>
    public Encoding? Encoding { get; init; }
}

/// <summary>The target as the server describes it, or as it is about to be created.</summary>
internal sealed record SqlServerTable : StagedTable<SqlServerColumn>
{
    /// <summary>A unique index, without a filter, is on exactly the key.</summary>
    public bool HasUniqueKey { get; init; } = true;
}
