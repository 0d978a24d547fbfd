using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes an argument from a list of names.</summary>
internal abstract class NameCompleter(IEnumerable<string> names) : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        Matching(names, wordToComplete);

    /// <summary>The names that begin with a word, then the names in which a part begins with it (Europe/Berlin), quoted if
    /// necessary.</summary>
    internal static IEnumerable<CompletionResult> Matching(IEnumerable<string> names, string word)
    {
        string begun = word.Trim('\'', '"');
        return names
            .Where(name => Begins(name, begun) || name.Contains('/' + begun, StringComparison.OrdinalIgnoreCase))
            .OrderBy(name => !Begins(name, begun))
            .Select(name => new CompletionResult(Quoted(name), name, CompletionResultType.ParameterValue, name));
    }

    private static bool Begins(string name, string word) => name.StartsWith(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>A text as PowerShell reads it: 'it''s'.</summary>
    internal static string Literal(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static string Quoted(string name) =>
        name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '.') && name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_')
            ? name
            : Literal(name);
}
