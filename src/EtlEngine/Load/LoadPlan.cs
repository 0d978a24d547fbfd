namespace EtlTools.Engine.Load;

/// <summary>What a load would do, as far as its first good record tells.</summary>
internal sealed record LoadPlan
{
    /// <summary>The database's kind.</summary>
    public string Provider { get; init; } = "";

    /// <summary>The database's name, for a file its path.</summary>
    public required string Database { get; init; }

    /// <summary>The table's name.</summary>
    public required string Table { get; init; }

    /// <summary>What happens to each of the record's columns, in its order.</summary>
    public required IReadOnlyList<PlannedColumn> Columns { get; init; }

    /// <summary>The statements in the order in which they would run; those of a batch once.</summary>
    public required IReadOnlyList<string> Statements { get; init; }

    /// <summary>Why the table would not take the record, as far as can be told without asking it; null if it would.</summary>
    public string? Problem { get; init; }

    /// <summary>What the user should know of the target.</summary>
    public IReadOnlyList<EtlException> Warnings { get; init; } = [];
}

/// <summary>What happens to a column of the records.</summary>
/// <param name="Column">Its name in the records.</param>
/// <param name="TargetColumn">The column of the table that gets its values; null if none does.</param>
/// <param name="Type">That column's type, as the database writes it; null if there is none.</param>
/// <param name="Use">What for.</param>
/// <param name="Change">How the table would be changed for it; null if it would not.</param>
internal sealed record PlannedColumn(string Column, string? TargetColumn, string? Type, PlannedUse Use, string? Change = null);

/// <summary>What a column's values are used for.</summary>
internal enum PlannedUse
{
    /// <summary>They find the row.</summary>
    Key,

    /// <summary>New rows get them, and rows that are there.</summary>
    InsertAndUpdate,

    /// <summary>New rows get them.</summary>
    InsertOnly,

    /// <summary>They are left out.</summary>
    Skip,
}
