using System.Text;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A column of the target.</summary>
internal sealed record SqlServerColumn
{
    public required string Name { get; init; }

    public required SqlServerType Type { get; init; }

    /// <summary>By which texts are compared; null for other types.</summary>
    public string? Collation { get; init; }

    /// <summary>How the column's texts become bytes; null for types that hold UTF-16.</summary>
    public Encoding? Encoding { get; init; }

    public bool Nullable { get; init; }

    public bool HasDefault { get; init; }

    /// <summary>The server numbers the rows.</summary>
    public bool IsIdentity { get; init; }

    /// <summary>The server makes the value: computed, rowversion, the period of a temporal table.</summary>
    public bool IsGenerated { get; init; }

    /// <summary>The column is encrypted by Always Encrypted.</summary>
    public bool IsEncrypted { get; init; }

    public override string ToString() => Name;
}

/// <summary>The target as the server describes it, or as it is about to be created.</summary>
internal sealed record SqlServerTable
{
    /// <summary>The name with its schema.</summary>
    public required TableName Name { get; init; }

    public required IReadOnlyList<SqlServerColumn> Columns { get; init; }

    public required IReadOnlyList<SqlServerColumn> Key { get; init; }

    /// <summary>A unique index, without a filter, is on exactly the key.</summary>
    public required bool KeyIsUnique { get; init; }

    public SqlServerColumn? Find(string name) =>
        Columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));

    public bool IsKey(SqlServerColumn column) => Key.Contains(column);
}
