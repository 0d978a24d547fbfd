namespace EtlTools.Engine.Load;

/// <summary>The target as the database describes it, or as it is about to be created.</summary>
internal abstract record TargetTable
{
    public required TableName Name { get; init; }

    public required IReadOnlyList<TargetColumn> Columns { get; init; }

    /// <summary>The columns that identify a row, in the order of the call.</summary>
    public required IReadOnlyList<TargetColumn> Key { get; init; }

    /// <summary>The name of the key's unique index where it holds for a part of the rows, by columns that records must then leave to
    /// their defaults; null for a full index.</summary>
    public string? PartialIndex { get; init; }

    /// <summary>The columns that decide whether a row is in it.</summary>
    public IReadOnlyList<string> PartialColumns { get; init; } = [];

    /// <summary>It is a view that rows can be inserted into and updated in. It has no unique index to go by.</summary>
    public bool IsView { get; init; }

    /// <summary>The table has CHECK constraints.</summary>
    public bool HasChecks { get; init; }

    /// <summary>The column of a name, see <see cref="FindIn"/>.</summary>
    public TargetColumn? Find(string name) => FindIn(Columns, name);

    /// <summary>The column of that very name, or else the one that differs from it by case alone; null if there is none, or several.</summary>
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

    /// <summary>Whether a column can say that a row is deleted.</summary>
    public virtual bool CanMark(TargetColumn column) => false;

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

    /// <summary>Of these columns, those that a row that is there gets anew.</summary>
    public List<TargetColumn> Changed(IEnumerable<TargetColumn> columns, LoadOptions options) => options.InsertOnly
        ? []
        : [.. columns.Where(column => !IsKey(column) && !column.KeepsValue && options.UpdateColumn?.Contains(column.Name, StringComparer.OrdinalIgnoreCase) != false)];

    /// <summary>Of these columns, the one that tells whether a row is newer than the one that is there; null if none does.</summary>
    public TargetColumn? Newer(IEnumerable<TargetColumn> columns, LoadOptions options) =>
        options.UpdateWhenNewer is { } name && Find(name) is { } newer && columns.Contains(newer, ReferenceEqualityComparer.Instance) ? newer : null;

    /// <summary>Whether the database, which checks NOT NULL and CHECK on the row to be inserted before it looks for the conflict, would
    /// refuse rows that only have these columns though they are there: those are updated first.</summary>
    public bool UpdatesFirst(IEnumerable<TargetColumn> columns)
    {
        if (Key.Count == 0 || IsView)
            return Key.Count > 0;
        IEnumerable<TargetColumn> missing = Columns.Except(columns).Where(column => !column.IsGenerated && !column.IsIdentity);
        return HasChecks ? missing.Any() : missing.Any(column => column.MustBeGiven);
    }
}
