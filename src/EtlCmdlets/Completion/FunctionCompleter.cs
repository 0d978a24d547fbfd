using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Cmdlets.Arguments;

namespace EtlTools.Cmdlets.Completion;

/// <summary>Completes the names of functions that the session has defined; those of modules come with -ImportModule.</summary>
internal sealed class FunctionCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        IEnumerable<FunctionInfo> functions = shell.AddCommand("Get-Command").AddParameter("CommandType", FunctionArguments.Functions).AddParameter("ListImported").Invoke<FunctionInfo>();
        return NameCompleter.Matching([.. functions.Where(FunctionArguments.IsOfSession).Select(function => function.Name)], wordToComplete);
    }
}
