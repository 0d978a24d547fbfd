using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Makes a block of a session into one that any runspace can run as a filter, its positions kept for errors.</summary>
internal static class FilterBlock
{
    /// <summary>
    /// The block's syntax with its statements as the process block: it then runs for each object of one long pipeline, four
    /// times as fast as under ForEach-Object. A block with begin, process or end blocks of its own stays as it is.
    /// </summary>
    public static ScriptBlockAst From(ScriptBlock block)
    {
        ScriptBlockAst ast = block.Ast is FunctionDefinitionAst function ? function.Body : (ScriptBlockAst)block.Ast;
        if (ast.BeginBlock is not null || ast.ProcessBlock is not null || ast.EndBlock is not { Unnamed: true } body)
            return (ScriptBlockAst)ast.Copy();
        var statements = new StatementBlockAst(
            body.Extent,
            body.Statements.Select(statement => (StatementAst)statement.Copy()),
            body.Traps?.Select(trap => (TrapStatementAst)trap.Copy()));
        // An empty param block changes nothing but, with CmdletBinding, that objects could not be piped in.
        var parameters = ast.ParamBlock is { Parameters.Count: > 0 } declared ? (ParamBlockAst)declared.Copy() : null;
        return new ScriptBlockAst(ast.Extent, parameters, statements, isFilter: true);
    }
}
