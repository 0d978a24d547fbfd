using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Finds <c>$_.PSObject.Properties.Remove('name')</c>: PowerShell does not pass it on to a record, so the column stays, in silence.</summary>
internal static class RemovedProperties
{
    public static bool AreIn(IEnumerable<ScriptBlock> blocks) => blocks.Any(block => block.Ast.Find(IsRemoval, searchNestedScriptBlocks: true) is not null);

    private static bool IsRemoval(Ast ast) =>
        ast is InvokeMemberExpressionAst { Expression: MemberExpressionAst { Expression: MemberExpressionAst { Expression: VariableExpressionAst { VariablePath.UserPath: "_" or "PSItem" } } owner } members } call
        && IsNamed(call.Member, "Remove") && (IsNamed(members.Member, "Properties") || IsNamed(members.Member, "Members")) && IsNamed(owner.Member, "PSObject");

    private static bool IsNamed(CommandElementAst member, string name) => member is StringConstantExpressionAst { Value: var text } && text.Equals(name, StringComparison.OrdinalIgnoreCase);
}
