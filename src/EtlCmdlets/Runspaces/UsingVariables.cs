using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Reads the values of a block's <c>$using:</c> expressions from the session that calls.</summary>
internal static class UsingVariables
{
    /// <summary>The values under the keys by which the script engine looks them up.</summary>
    /// <exception cref="EtlException">A value is itself a script block, which belongs to the caller's session.</exception>
    public static Dictionary<string, object?> Read(ScriptBlock block, PSCmdlet caller)
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (UsingExpressionAst expression in block.Ast.FindAll(ast => ast is UsingExpressionAst, searchNestedScriptBlocks: true).Cast<UsingExpressionAst>())
        {
            object? value = Evaluate(expression.SubExpression, caller);
            if (value is ScriptBlock or PSObject { BaseObject: ScriptBlock })
            {
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                    $"-ScriptBlock: {expression.Extent.Text} is a script block, which cannot run in another runspace. Write it into the block.");
            }
            values[KeyOf(expression)] = value;
        }
        return values;
    }

    private static object? Evaluate(ExpressionAst expression, PSCmdlet caller)
    {
        if (expression is VariableExpressionAst { VariablePath: { IsDriveQualified: false } path })
        {
            PSVariable variable = caller.SessionState.PSVariable.Get(path.UserPath) ?? throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall, $"-ScriptBlock: the session has no variable ${path.UserPath} for $using:{path.UserPath}.");
            return variable.Value;
        }
        // In the caller's session the variables are plain ones. The comma keeps an array from being unrolled.
        var read = ScriptBlock.Create($",({expression.Extent.Text.Replace("$using:", "$", StringComparison.OrdinalIgnoreCase)})");
        return caller.InvokeCommand.InvokeScript(useLocalScope: false, read, null, null).FirstOrDefault();
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
