using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Completes an argument from a list of names.</summary>
internal abstract class NameCompleter(IEnumerable<string> names) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        names
            .Where(name => name.StartsWith(wordToComplete, StringComparison.OrdinalIgnoreCase))
            .Select(name => new CompletionResult(name));
}
