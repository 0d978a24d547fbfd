namespace EtlTools.Engine.Load;

/// <summary>The target as the database describes it, or as it is about to be created.</summary>
internal abstract record TargetTable<TColumn> where TColumn : TargetColumn
{
    public required TableName Name { get; init; }

    public required IReadOnlyList<TColumn> Columns { get; init; }

    /// <summary>The columns that identify a row, in the order of the call.</summary>
    public required IReadOnlyList<TColumn> Key { get; init; }

    public TColumn? Find(string name) =>
        Columns.FirstOrDefault(column => string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase));

    public bool IsKey(TColumn column) => Key.Contains(column, ReferenceEqualityComparer.Instance);
}
