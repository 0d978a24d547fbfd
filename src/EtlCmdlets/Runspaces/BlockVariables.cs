using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Which variables a script block reads, and which it sets.</summary>
internal static class BlockVariables
{
    /// <summary>The places that read a variable which nothing in the block has certainly set before.</summary>
    public static IEnumerable<VariableExpressionAst> ReadUnset(Ast block)
    {
        Ast[] all = [.. block.FindAll(_ => true, searchNestedScriptBlocks: true)];
        ILookup<string, VariableExpressionAst> set = all.SelectMany(SetBy).ToLookup(target => NameOf(target.VariablePath), StringComparer.OrdinalIgnoreCase);
        var onlySet = all.SelectMany(OnlySetBy).ToHashSet();
        return all.OfType<VariableExpressionAst>().Where(variable => !onlySet.Contains(variable) && !set[NameOf(variable.VariablePath)].Any(target => IsSetBefore(target, variable)));
    }

    /// <summary>The variables that an element sets.</summary>
    public static IEnumerable<VariableExpressionAst> SetBy(Ast ast) => ast switch
    {
        AssignmentStatementAst assignment => TargetsOf(assignment.Left),
        ForEachStatementAst loop => [loop.Variable],
        ParameterAst parameter => [parameter.Name],
        UnaryExpressionAst { TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus } step => TargetsOf(step.Child),
        // [ref] $x, as TryParse has it.
        ConvertExpressionAst { Type.TypeName.Name: "ref" } reference => TargetsOf(reference.Child),
        _ => [],
    };

    /// <summary>The name of a variable without its scope.</summary>
    public static string NameOf(VariablePath path) => path.UserPath[(path.UserPath.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>Those of them that it does not read as well, as += does.</summary>
    private static IEnumerable<VariableExpressionAst> OnlySetBy(Ast ast) =>
        ast is AssignmentStatementAst { Operator: not TokenKind.Equals } or UnaryExpressionAst ? [] : SetBy(ast);

    /// <summary>The variables on the left of an assignment; one whose member or element is set is read.</summary>
    private static IEnumerable<VariableExpressionAst> TargetsOf(ExpressionAst left) => left switch
    {
        VariableExpressionAst variable => [variable],
        AttributedExpressionAst { Child: ExpressionAst child } => TargetsOf(child),
        ArrayLiteralAst list => list.Elements.SelectMany(TargetsOf),
        ParenExpressionAst { Pipeline: PipelineAst { PipelineElements: [CommandExpressionAst { Expression: { } inner }] } } => TargetsOf(inner),
        _ => [],
    };

    /// <summary>Whether a variable is always set before it is read: what is set in a branch or a loop counts only there.</summary>
    private static bool IsSetBefore(VariableExpressionAst target, VariableExpressionAst read)
    {
        // The right side of an assignment is read before.
        Ast setter = Outer(target).FirstOrDefault(at => at is AssignmentStatementAst assignment && assignment.Left.Extent.EndOffset >= target.Extent.EndOffset) ?? target;
        if (setter.Extent.EndOffset > read.Extent.StartOffset)
            return false;
        Ast scope = ScopeOf(target);
        return Outer(read).Any(at => ReferenceEquals(at, scope));
    }

    private static IEnumerable<Ast> Outer(Ast ast)
    {
        for (Ast? at = ast; at is not null; at = at.Parent)
            yield return at;
    }

    /// <summary>What runs as a whole or not at all.</summary>
    private static Ast ScopeOf(Ast target)
    {
        Ast at = target;
        while (at.Parent is { } parent)
        {
            if ((at is StatementBlockAst && parent is not TryStatementAst) || at is ScriptBlockAst)
                return at;
            at = parent;
        }
        return at;
    }
}
