namespace EtlTools.Engine.Load;

/// <summary>What a load would do, as far as its first good record shows.</summary>
internal sealed record LoadPlan
{
    /// <summary>The kind of database.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The database's name, for a file its path.</summary>
    public required string Database { get; init; }

    /// <summary>The table's name.</summary>
    public required string Table { get; init; }

    /// <summary>What happens to each of the record's columns, in its order.</summary>
    public required IReadOnlyList<PlannedColumn> Columns { get; init; }

    /// <summary>The statements in the order of execution; those of a batch once.</summary>
    public required IReadOnlyList<string> Statements { get; init; }

    /// <summary>Why the table would not accept the record, as far as is known without asking it; null if it would.</summary>
    public string? Problem { get; init; }

    /// <summary>What the user should know about the target.</summary>
    public IReadOnlyList<EtlException> Warnings { get; init; } = [];
}

/// <summary>What happens to one column of the records.</summary>
/// <param name="Column">Its name in the records.</param>
/// <param name="TargetColumn">The column of the table that gets its values; null if none does.</param>
/// <param name="Type">The type of that column in the database's notation; null if there is none.</param>
/// <param name="Use">How its values are used.</param>
/// <param name="Change">How the table would be changed for it; null for no change.</param>
internal sealed record PlannedColumn(string Column, string? TargetColumn, string? Type, PlannedUse Use, string? Change = null);

/// <summary>How the values of a column are used.</summary>
internal enum PlannedUse
{
    /// <summary>They find the row.</summary>
    Key,

    /// <summary>They are written to new and existing rows.</summary>
    InsertAndUpdate,

    /// <summary>They are written to new rows.</summary>
    InsertOnly,

    /// <summary>They are left out.</summary>
    Skip,
}
