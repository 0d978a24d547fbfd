namespace EtlTools.Engine.Load;

/// <summary>The target as the database describes it, or as it will be created.</summary>
internal abstract record TargetTable
{
    public required TableName Name { get; init; }

    public required IReadOnlyList<TargetColumn> Columns { get; init; }

    /// <summary>The columns that identify a row, in the order of the call.</summary>
    public required IReadOnlyList<TargetColumn> Key { get; init; }

    /// <summary>The condition of the key's unique index if it covers only a part of the rows, by columns that records must then leave to
    /// their defaults; null for a full index.</summary>
    public string? PartialIndex { get; init; }

    /// <summary>The columns that decide whether a row is in the index.</summary>
    public IReadOnlyList<string> PartialColumns { get; init; } = [];

    /// <summary>It is a view that accepts inserts and updates, and has no unique index.</summary>
    public bool IsView { get; init; }

    /// <summary>The table has CHECK constraints.</summary>
    public bool HasChecks { get; init; }

    /// <summary>The column with this name, see <see cref="FindIn"/>.</summary>
    public TargetColumn? Find(string name) => FindIn(Columns, name);

    /// <summary>The column with exactly this name, or else the only one that differs by case alone; null if there is none, or
    /// several.</summary>
    public static TargetColumn? FindIn(IReadOnlyList<TargetColumn> columns, string name)
    {
        TargetColumn? near = null;
        bool isOne = true;
        foreach (TargetColumn column in columns)
        {
            if (column.Name == name)
                return column;
            if (!string.Equals(column.Name, name, StringComparison.OrdinalIgnoreCase))
                continue;
            isOne = near is null;
            near ??= column;
        }
        return isOne ? near : null;
    }

    /// <summary>Whether a column can mark a row as deleted.</summary>
    public virtual bool CanMark(TargetColumn column) => false;

    /// <summary>The column of -DeletedColumn; null if there is none.</summary>
    public TargetColumn? DeletedColumn(LoadOptions options) => options.DeletedColumn is { } name ? Find(name) : null;

    public bool IsKey(TargetColumn column) => Key.Contains(column, ReferenceEqualityComparer.Instance);

    /// <summary>The column's place in <see cref="Columns"/>.</summary>
    public int IndexOf(TargetColumn column)
    {
        for (int i = 0; i < Columns.Count; i++)
        {
            if (ReferenceEquals(Columns[i], column))
                return i;
        }
        throw new ArgumentException($"'{column.Name}' is not a column of the table.", nameof(column));
    }

    /// <summary>The columns among these that are updated in an existing row.</summary>
    public List<TargetColumn> Changed(IEnumerable<TargetColumn> columns, LoadOptions options) => options.InsertOnly
        ? []
        : [.. columns.Where(column => !IsKey(column) && !column.KeepsValue && options.UpdateColumn?.Contains(column.Name, StringComparer.OrdinalIgnoreCase) != false)];

    /// <summary>The column among these that shows whether a record is newer than the existing row; null if there is none.</summary>
    public TargetColumn? Newer(IEnumerable<TargetColumn> columns, LoadOptions options) =>
        options.UpdateWhenNewer is { } name && Find(name) is { } newer && columns.Contains(newer, ReferenceEqualityComparer.Instance) ? newer : null;

    /// <summary>Whether the database would refuse rows that have only these columns although they exist, because it checks NOT NULL and
    /// CHECK on the inserted row before it looks for the conflict. Such rows are updated first.</summary>
    public bool UpdatesFirst(IEnumerable<TargetColumn> columns)
    {
        if (Key.Count == 0 || IsView)
            return Key.Count > 0;
        IEnumerable<TargetColumn> missing = Columns.Except(columns).Where(column => !column.IsGenerated && !column.IsIdentity);
        return HasChecks ? missing.Any() : missing.Any(column => column.MustBeGiven);
    }
}
