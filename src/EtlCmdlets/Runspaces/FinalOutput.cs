using System.Collections.ObjectModel;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>
/// Tells from a block's syntax that its output is the last thing it does, so that it cannot change an object that it has emitted. Then the
/// output need not be taken object by object, which costs a call for each. In doubt, it may change it.
/// </summary>
internal static class FinalOutput
{
    public static bool IsOf(ScriptBlockAst block) =>
        block is { BeginBlock: null, ProcessBlock: { Traps: null or { Count: 0 } } body, EndBlock: null or { Statements.Count: 0 } } && EndsWithIt(body.Statements);

    private static bool EndsWithIt(ReadOnlyCollection<StatementAst> statements) =>
        statements.SkipLast(1).All(statement => !MayEmit(statement)) && (statements.Count == 0 || IsFinal(statements[^1]));

    /// <summary>Whether a last statement emits nothing, or all at once.</summary>
    private static bool IsFinal(StatementAst statement) => statement switch
    {
        IfStatementAst choice => choice.Clauses.All(clause => EndsWithIt(clause.Item2.Statements)) && (choice.ElseClause is null || EndsWithIt(choice.ElseClause.Statements)),
        ReturnStatementAst end => end.Pipeline is null || IsFinal(end.Pipeline),
        PipelineAst pipeline => pipeline.PipelineElements is [CommandExpressionAst, ..] && pipeline.PipelineElements.Skip(1).All(IsSelectObject),
        _ => !MayEmit(statement),
    };

    private static bool MayEmit(StatementAst statement) => statement switch
    {
        AssignmentStatementAst or ThrowStatementAst or FunctionDefinitionAst or BreakStatementAst or ContinueStatementAst or ExitStatementAst => false,
        // It ends the block.
        ReturnStatementAst => !IsFinal(statement),
        IfStatementAst choice => choice.Clauses.Any(clause => MayEmit(clause.Item2)) || (choice.ElseClause is not null && MayEmit(choice.ElseClause)),
        SwitchStatementAst choice => choice.Clauses.Any(clause => MayEmit(clause.Item2)) || (choice.Default is not null && MayEmit(choice.Default)),
        LoopStatementAst loop => MayEmit(loop.Body),
        PipelineAst pipeline => !IsSilent(pipeline),
        _ => true,
    };

    private static bool MayEmit(StatementBlockAst block) => block.Statements.Any(MayEmit);

    private static bool IsSilent(PipelineAst pipeline) => pipeline.PipelineElements switch
    {
        [CommandExpressionAst { Expression: ConvertExpressionAst { Type.TypeName.Name: "void" } }] => true,
        [CommandExpressionAst { Expression: UnaryExpressionAst { TokenKind: TokenKind.PlusPlus or TokenKind.MinusMinus or TokenKind.PostfixPlusPlus or TokenKind.PostfixMinusMinus } }] => true,
        [.., CommandAst last] => string.Equals(last.GetCommandName(), "Out-Null", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <summary>Select-Object passes on what was evaluated before it, or makes new objects.</summary>
    private static bool IsSelectObject(CommandBaseAst element) =>
        element is CommandAst command && command.GetCommandName()?.ToUpperInvariant() is "SELECT-OBJECT" or "SELECT";
}
