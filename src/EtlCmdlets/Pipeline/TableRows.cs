using System.Collections;
using System.Data;

namespace EtlTools.Cmdlets.Pipeline;

/// <summary>Finds the rows of a table, which are the records in it.</summary>
internal static class TableRows
{
    /// <summary>The rows of a DataTable, a DataView or a DataSet with one table; null for any other object.</summary>
    public static IEnumerable? Of(object? value) => value switch
    {
        DataSet { Tables: { Count: 1 } tables } => Of(tables[0]),
        DataTable table => table.Rows.Cast<DataRow>().Where(row => row.RowState != DataRowState.Deleted),
        DataView view => view,
        _ => null,
    };
}
