namespace EtlTools.Engine.Load.Staged;

/// <summary>The result of an attempt to widen columns.</summary>
/// <param name="Table">The table as it is now.</param>
/// <param name="Done">The columns that were widened.</param>
/// <param name="Refused">The column that the server refused to widen, so that none was; null if there was none.</param>
/// <param name="Reason">The server's reason.</param>
internal sealed record StagedChange(
    StagedTable Table, IReadOnlyList<ColumnChange> Done, ColumnChange? Refused = null, string? Reason = null);
