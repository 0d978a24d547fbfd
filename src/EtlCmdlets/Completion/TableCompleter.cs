using System.Management.Automation;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of tables from the database that the line names.</summary>
internal sealed class TableCompleter : LineCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word) =>
        line.Target() is { } target ? NameCompleter.Matching(Inquiry.Ask(token => TargetNames.TablesAsync(target, token)), word) : [];
}
