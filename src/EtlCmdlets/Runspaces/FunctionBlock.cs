using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Makes a block that defines functions of a session in any other. They are defined in the language mode of the session
/// that runs the block, and a filter stays a filter.</summary>
internal static class FunctionBlock
{
    /// <summary>The block, or null without functions.</summary>
    public static ScriptBlockAst? From(IReadOnlyList<FunctionInfo> functions)
    {
        if (functions.Count == 0)
            return null;
        List<FunctionDefinitionAst> definitions = [.. functions.Select(Definition)];
        IScriptExtent extent = definitions[0].Extent;
        return new ScriptBlockAst(extent, null, new StatementBlockAst(extent, definitions, null), isFilter: false);
    }

    private static FunctionDefinitionAst Definition(FunctionInfo function)
    {
        Ast ast = function.ScriptBlock.Ast;
        IEnumerable<ParameterAst>? parameters = (ast as FunctionDefinitionAst)?.Parameters?.Select(parameter => (ParameterAst)parameter.Copy());
        var body = (ScriptBlockAst)FilterBlock.AstOf(function.ScriptBlock)!.Copy();
        return new FunctionDefinitionAst(ast.Extent, function is FilterInfo, isWorkflow: false, function.Name, parameters, body);
    }
}
