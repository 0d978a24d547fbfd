namespace EtlTools.Engine.Load.SqlServer;

/// <summary>A constraint or a unique index that may refuse a row of the table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsCheck">Whether it is a check.</param>
/// <param name="Column">Its column, if it has only one.</param>
internal sealed record SqlServerConstraint(string Name, bool IsCheck, string? Column);
