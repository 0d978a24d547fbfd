namespace EtlTools.Engine.Load.Sqlite;

/// <summary>How values are written into a column.</summary>
/// <param name="Kind">What the column takes.</param>
/// <param name="IsKey">It is a part of the key: a decimal has one text there, whatever its scale is, as 1, 1.0 and 1.00 are one number.</param>
/// <param name="CapitalGuids">GUIDs are written in capitals, as those that are there.</param>
internal readonly record struct SqliteForm(ColumnKind Kind, bool IsKey = false, bool CapitalGuids = false);
