using System.Management.Automation;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of columns from the table that the line loads into; if that table does not exist yet, from the file that it
/// reads.</summary>
internal sealed class TargetColumnCompleter : LineCompleter
{
    /// <summary>The table's columns; none if the database cannot be asked.</summary>
    public static IReadOnlyList<string> ColumnsOf(TypedLine line) =>
        line.Text("Table") is { } table && line.Target() is { } target ? Inquiry.Ask(token => TargetNames.ColumnsAsync(target, table, token)) : [];

    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word)
    {
        IReadOnlyList<string> columns = ColumnsOf(line);
        return NameCompleter.Matching(columns.Count > 0 ? columns : HeaderColumns.Of(line), word);
    }
}
