using System.Management.Automation;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of columns from the header of the file that the line reads.</summary>
internal sealed class ColumnCompleter : LineCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word) =>
        NameCompleter.Matching(HeaderColumns.Of(line), word);
}
