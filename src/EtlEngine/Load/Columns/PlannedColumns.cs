using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>Determines what happens to the columns of a record.</summary>
internal static class PlannedColumns
{
    /// <param name="table">The table as it would be.</param>
    /// <param name="schema">The record's columns.</param>
    /// <param name="options">How it would be loaded.</param>
    /// <param name="changes">How columns of the table would be changed, by their names.</param>
    public static PlannedColumn[] Of(
        TargetTable table, Schema schema, LoadOptions options, IReadOnlyDictionary<string, string> changes)
    {
        var mapping = new ColumnMapping(table, schema, options);
        return [.. schema.Names.Select((name, i) => Array.IndexOf(mapping.Sources, i) is >= 0 and var at
            ? new PlannedColumn(name, mapping.Columns[at].Name, mapping.Columns[at].DeclaredType, UseOf(table, mapping.Columns[at], options), changes.GetValueOrDefault(mapping.Columns[at].Name))
            : new PlannedColumn(name, null, null, PlannedUse.Skip))];
    }

    private static PlannedUse UseOf(TargetTable table, TargetColumn column, LoadOptions options) =>
        table.IsKey(column) ? PlannedUse.Key
        : options.InsertOnly || options.Key.Count == 0 || column.KeepsValue || options.UpdateColumn?.Contains(column.Name, StringComparer.OrdinalIgnoreCase) == false ? PlannedUse.InsertOnly
        : PlannedUse.InsertAndUpdate;
}
