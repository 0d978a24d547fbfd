namespace EtlTools.Engine.Load.Staged;

/// <summary>Rows that have values for the same columns and are written by the same statement.</summary>
internal sealed class StagedPlan(IReadOnlyList<TargetColumn> columns)
{
    /// <summary>The columns, in the order of the table.</summary>
    public IReadOnlyList<TargetColumn> Columns { get; } = columns;

    /// <summary>The text of the statement, after it was created.</summary>
    public string? Upsert { get; set; }

    /// <summary>The text for a range in which superseded rows are left out, after it was created.</summary>
    public string? UpsertWithout { get; set; }
}
