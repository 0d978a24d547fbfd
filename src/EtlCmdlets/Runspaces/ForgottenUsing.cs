using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Finds variables that blocks read, that nothing in them sets, and that the calling session has: in a worker they are
/// null, and so a forgotten $using: would change data in silence.</summary>
internal static class ForgottenUsing
{
    /// <summary>What every runspace has by itself.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "PSItem", "args", "input", "this", "true", "false", "null", "?", "^", "$", "Error", "Event", "EventArgs", "EventSubscriber",
        "ExecutionContext", "HOME", "Host", "IsCoreCLR", "IsLinux", "IsMacOS", "IsWindows", "LASTEXITCODE", "Matches", "MyInvocation", "NestedPromptLevel",
        "OFS", "PID", "PROFILE", "PSBoundParameters", "PSCmdlet", "PSCommandPath", "PSCulture", "PSDefaultParameterValues", "PSEdition", "PSHOME",
        "PSScriptRoot", "PSSenderInfo", "PSStyle", "PSUICulture", "PSVersionTable", "PWD", "Sender", "ShellId", "StackTrace", "switch", "foreach",
    };

    /// <summary>The names of such variables.</summary>
    public static IEnumerable<string> In(IEnumerable<ScriptBlock> blocks, PSCmdlet caller)
    {
        Ast[] all = [.. blocks.SelectMany(block => block.Ast.FindAll(_ => true, searchNestedScriptBlocks: true))];
        var set = all.SelectMany(SetBy).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return all.OfType<VariableExpressionAst>()
            .Where(variable => variable is { VariablePath.IsUnqualified: true, Parent: not UsingExpressionAst })
            .Select(variable => variable.VariablePath.UserPath)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => !Own.Contains(name) && !set.Contains(name) && !name.EndsWith("Preference", StringComparison.OrdinalIgnoreCase))
            .Where(name => caller.SessionState.PSVariable.Get(name)?.Value is not null);
    }

    private static IEnumerable<string> SetBy(Ast ast) => ast switch
    {
        AssignmentStatementAst assignment => NamesIn(assignment.Left),
        ForEachStatementAst loop => NamesIn(loop.Variable),
        ParameterAst parameter => NamesIn(parameter.Name),
        UnaryExpressionAst { TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus } step => NamesIn(step.Child),
        // [ref] $x, as TryParse has it.
        ConvertExpressionAst { Type.TypeName.Name: "ref" } reference => NamesIn(reference.Child),
        _ => [],
    };

    private static IEnumerable<string> NamesIn(Ast ast) =>
        ast.FindAll(inner => inner is VariableExpressionAst, searchNestedScriptBlocks: false).Cast<VariableExpressionAst>().Select(variable => variable.VariablePath.UserPath);
}
