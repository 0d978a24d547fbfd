using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Makes a block of a session into one that any runspace can run as a filter, its positions kept for errors.</summary>
internal static class FilterBlock
{
    /// <summary>The block's syntax.</summary>
    public static ScriptBlockAst? AstOf(ScriptBlock? block) =>
        block?.Ast is FunctionDefinitionAst function ? function.Body : (ScriptBlockAst?)block?.Ast;

    /// <summary>
    /// The block's syntax with its statements as the process block: it then runs for each object of one long pipeline, four
    /// times as fast as under ForEach-Object.
    /// </summary>
    /// <exception cref="EtlException">The block has parts that are not for one record.</exception>
    public static ScriptBlockAst From(ScriptBlock block, string parameter)
    {
        ScriptBlockAst ast = AstOf(block)!;
        if (ast.BeginBlock is not null || ast.DynamicParamBlock is not null || ast.EndBlock is { Unnamed: false })
        {
            throw new EtlException(
                FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                $"-{parameter} has a begin or end block. It runs for each record by itself, in several workers: write its statements alone.");
        }
        if (ast.EndBlock is not { } body)
            return (ScriptBlockAst)ast.Copy();
        var statements = new StatementBlockAst(
            body.Extent,
            body.Statements.Select(statement => (StatementAst)statement.Copy()),
            body.Traps?.Select(trap => (TrapStatementAst)trap.Copy()));
        // An empty param block changes nothing but, with CmdletBinding, that objects could not be piped in.
        var parameters = ast.ParamBlock is { Parameters.Count: > 0 } declared ? (ParamBlockAst)declared.Copy() : null;
        return new ScriptBlockAst(ast.Extent, parameters, statements, isFilter: true);
    }

    /// <summary>The block for one worker, with a copy of the syntax: PowerShell notes what it finds out about variables in the syntax itself, and
    /// workers compile the block, and those inside it, at the same time.</summary>
    public static ScriptBlock OfOneWorker(ScriptBlockAst block) => ((ScriptBlockAst)block.Copy()).GetScriptBlock();
}
