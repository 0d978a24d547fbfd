using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes an argument with the help of what the rest of the line names: a file or a database.</summary>
internal abstract class LineCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            return [.. Complete(TypedLine.Read(commandName, commandAst, fakeBoundParameters), parameterName, wordToComplete)];
        }
        catch (Exception e) when (e is EtlException or RuntimeException or ArgumentException)
        {
            // Nothing is offered; the command itself will report what is wrong.
            return [];
        }
    }

    /// <summary>The possible completions.</summary>
    protected abstract IEnumerable<CompletionResult> Complete(TypedLine line, string parameter, string word);
}
