using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes the kinds of database.</summary>
internal sealed class ProviderCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Dialects.Names
            .Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
}
