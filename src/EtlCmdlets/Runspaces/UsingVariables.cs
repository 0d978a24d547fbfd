using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Reads the values of a block's <c>$using:</c> expressions from the session that calls.</summary>
internal static class UsingVariables
{
    /// <summary>Adds the values under the keys by which the script engine looks them up.</summary>
    /// <exception cref="EtlException">A value is itself a script block, which belongs to the caller's session.</exception>
    public static void Read(ScriptBlock block, string parameter, PSCmdlet caller, Dictionary<string, object?> values)
    {
        foreach (UsingExpressionAst expression in block.Ast.FindAll(ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            object? value = Evaluate(expression.SubExpression, parameter, caller);
            if (value is ScriptBlock or PSObject { BaseObject: ScriptBlock })
            {
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                    $"-{parameter}: {expression.Extent.Text} is a script block, which cannot run in another runspace. Write it into the block.");
            }
            values[KeyOf(expression)] = value;
        }
    }

    private static object? Evaluate(ExpressionAst expression, string parameter, PSCmdlet caller)
    {
        if (expression is VariableExpressionAst { VariablePath: { IsDriveQualified: false } path })
        {
            PSVariable variable = caller.SessionState.PSVariable.Get(path.UserPath) ?? throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-{parameter}: the session has no variable ${path.UserPath} for $using:{path.UserPath}.");
            return variable.Value;
        }
        // In the caller's session the variables are plain ones. The comma keeps an array from being unrolled.
        var read = ScriptBlock.Create($",({expression.Extent.Text.Replace("$using:", "$", StringComparison.OrdinalIgnoreCase).Replace("${using:", "${", StringComparison.OrdinalIgnoreCase)})");
        try
        {
            return caller.InvokeCommand.InvokeScript(useLocalScope: false, read, null, null).FirstOrDefault();
        }
        catch (RuntimeException e)
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-{parameter}: {expression.Extent.Text} cannot be evaluated in the session ({e.ErrorRecord.FullyQualifiedErrorId}). Assign what you need to a variable first, and use that one.", e);
        }
    }

    /// <summary>The engine's own key: the expression's text, a variable's in lower case, as base-64 of UTF-16.</summary>
    private static string KeyOf(UsingExpressionAst expression)
    {
        string text = expression.ToString();
        if (expression.SubExpression is VariableExpressionAst)
            text = text.ToLowerInvariant();
        return Convert.ToBase64String(Encoding.Unicode.GetBytes(text));
    }
}
