namespace EtlTools.Engine.Load.Staged;

/// <summary>What became of a try to widen columns.</summary>
/// <param name="Table">The table as it is now.</param>
/// <param name="Done">The columns that were widened.</param>
/// <param name="Refused">The column that the server would not widen, and then none is; null if it did.</param>
/// <param name="Reason">Why not, as the server says.</param>
internal sealed record StagedChange(
    StagedTable Table, IReadOnlyList<ColumnChange> Done, ColumnChange? Refused = null, string? Reason = null);
