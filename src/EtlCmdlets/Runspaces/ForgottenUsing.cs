using System.Management.Automation;
using System.Management.Automation.Language;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Finds what blocks and functions use of the calling session and do not have in a worker: variables that nothing in them sets, which are
/// null there, so that a forgotten $using: would change data in silence; and functions that -Function does not name.</summary>
internal sealed class ForgottenUsing
{
    /// <summary>What every runspace has by itself.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "PSItem", "args", "input", "true", "false", "null", "?", "^", "$", "EnabledExperimentalFeatures", "Error", "ErrorView", "ExecutionContext", "FormatEnumerationLimit", "HOME", "Host", "IsCoreCLR", "IsLinux",
        "IsMacOS", "IsWindows", "LASTEXITCODE", "Matches", "MaximumHistoryCount", "MyInvocation", "NestedPromptLevel",
        "OFS", "OutputEncoding", "PID", "PROFILE", "PSBoundParameters", "PSCmdlet", "PSCommandPath", "PSCulture", "PSDefaultParameterValues", "PSEdition", "PSEmailServer", "PSHOME",
        "PSScriptRoot", "PSSenderInfo", "PSSessionApplicationName", "PSSessionConfigurationName", "PSSessionOption", "PSStyle", "PSUICulture", "PSVersionTable", "PWD", "ShellId", "StackTrace", "switch", "foreach",
        "ConfirmPreference", "DebugPreference", "ErrorActionPreference", "InformationPreference", "ProgressPreference", "PSModuleAutoLoadingPreference",
        "PSNativeCommandArgumentPassing", "PSNativeCommandUseErrorActionPreference", "VerbosePreference", "WarningPreference", "WhatIfPreference",
    };

    /// <summary>Commands that may set any variable.</summary>
    private static readonly HashSet<string> Setters = new(StringComparer.OrdinalIgnoreCase) { "Import-Module", "ipmo", "Invoke-Expression", "iex", "Set-Variable", "set", "sv", "New-Variable", "nv" };

    private readonly IReadOnlyList<ScriptBlock> _blocks;
    private readonly IReadOnlyList<FunctionInfo> _functions;
    private readonly PSCmdlet _caller;

    /// <summary>Every element of the blocks and functions: a function, or another block of the same worker, sees what a block has set.</summary>
    private readonly IReadOnlyList<(ScriptBlock Block, Ast Element)> _all;

    /// <param name="blocks">The blocks of a command's workers.</param>
    /// <param name="functions">The functions that they are given.</param>
    /// <param name="caller">The command, in the calling session.</param>
    public ForgottenUsing(IReadOnlyList<ScriptBlock> blocks, IReadOnlyList<FunctionInfo> functions, PSCmdlet caller)
    {
        _blocks = blocks;
        _functions = functions;
        _caller = caller;
        _all = [.. blocks.Concat(functions.Select(function => function.ScriptBlock)).SelectMany(block => block.Ast.FindAll(_ => true, searchNestedScriptBlocks: true).Select(element => (block, element)))];
    }

    /// <summary>Refuses a block that reads a variable of the session which nothing in the workers can have set.</summary>
    /// <param name="importsModules">Whether the workers import modules, which may have variables.</param>
    /// <exception cref="EtlException">Names the variable.</exception>
    public void Check(bool importsModules)
    {
        if (importsModules || _all.Any(each => each.Element is CommandAst command && (command.InvocationOperator == TokenKind.Dot || Setters.Contains(command.GetCommandName() ?? ""))))
            return;
        HashSet<string> set = new([.. SetBy(_all), .. _all.Select(each => each.Element).OfType<CommandAst>().SelectMany(Named)], StringComparer.OrdinalIgnoreCase);
        if (ReadByBlocks().FirstOrDefault(path => !set.Contains(BlockVariables.NameOf(path)) && _caller.SessionState.PSVariable.Get(path.UserPath) is { Value: not null, Module: null }) is { } forgotten)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, Describe(forgotten));
    }

    /// <summary>A warning for each of what may be forgotten.</summary>
    public IEnumerable<string> Warnings()
    {
        foreach (VariablePath path in ReadByBlocks())
            yield return Describe(path);
        foreach (string name in CalledInBlocks())
            yield return $"A script block calls {name}, a function of your session. Blocks run in their own runspaces, which lack it: give it to them with -Function {name}.";
        foreach (FunctionInfo function in _functions)
        {
            foreach (VariablePath path in Read(function.ScriptBlock))
                yield return $"The function {function.Name} reads ${path.UserPath}, a variable of your session. Blocks and their functions run in their own runspaces, where it is null: pass it as an argument, or set it with -InitializationScript.";
        }
    }

    private static string Describe(VariablePath path) =>
        $"A script block reads ${path.UserPath}, a variable of your session. Blocks run in their own runspaces, where it is null: write $using:{BlockVariables.NameOf(path)}.";

    private IEnumerable<VariablePath> ReadByBlocks() => _blocks.SelectMany(Read).DistinctBy(path => path.UserPath, StringComparer.OrdinalIgnoreCase);

    /// <summary>The variables that the session has, and that a block reads before it sets them.</summary>
    private IEnumerable<VariablePath> Read(ScriptBlock block)
    {
        HashSet<string> set = new(SetBy(_all.Where(each => !ReferenceEquals(each.Block, block))), StringComparer.OrdinalIgnoreCase);
        return BlockVariables.ReadUnset(block.Ast)
            .Where(variable => IsOfSession(variable.VariablePath) && !IsUsed(variable))
            .Select(variable => variable.VariablePath)
            .DistinctBy(path => path.UserPath, StringComparer.OrdinalIgnoreCase)
            .Where(path => BlockVariables.NameOf(path) is var name && !Own.Contains(name) && !set.Contains(name))
            .Where(path => (_caller.SessionState.PSVariable.Get(path.UserPath) ?? block.Module?.SessionState.PSVariable.Get(path.UserPath))?.Value is not null);
    }

    private static IEnumerable<string> SetBy(IEnumerable<(ScriptBlock Block, Ast Element)> elements) =>
        elements.SelectMany(each => BlockVariables.SetBy(each.Element)).Select(target => BlockVariables.NameOf(target.VariablePath));

    /// <summary>The texts given to a command, which may name a variable to set: -OutVariable rate, Set-Item variable:rate.</summary>
    private static IEnumerable<string> Named(CommandAst command) => command.CommandElements
        .Select(element => element is CommandParameterAst parameter ? parameter.Argument : element)
        .OfType<StringConstantExpressionAst>()
        .Select(text => text.Value[(text.Value.LastIndexOf(':') + 1)..].TrimStart('+'));

    /// <summary>The functions of the session, outside of modules, that are called and not given. Nothing is loaded to find them.</summary>
    private IEnumerable<string> CalledInBlocks()
    {
        Ast[] all = [.. _all.Where(each => _blocks.Contains(each.Block)).Select(each => each.Element)];
        var known = all.OfType<FunctionDefinitionAst>().Select(definition => definition.Name).Concat(_functions.Select(function => function.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        ItemCmdletProviderIntrinsics items = _caller.SessionState.InvokeProvider.Item;
        return all.OfType<CommandAst>().Select(command => command.GetCommandName()).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => !known.Contains(name) && !name.AsSpan().ContainsAny('/', '\\', ':'))
            .Where(name => items.Exists($"function:{name}", force: false, literalPath: true)
                && items.Get([$"function:{name}"], force: false, literalPath: true) is [{ BaseObject: FunctionInfo function }] && FunctionArguments.IsOfSession(function));
    }

    private static bool IsOfSession(VariablePath path) => path.IsVariable && (path.IsUnqualified || path.IsScript || path.IsGlobal);

    /// <summary>Whether it is in a <c>$using:</c> expression, as in <c>$using:map.key</c>.</summary>
    private static bool IsUsed(VariableExpressionAst variable)
    {
        Ast at = variable;
        while (at.Parent is ExpressionAst outer)
        {
            if (outer is UsingExpressionAst)
                return true;
            // The index of $using:list[$i] is the block's own.
            if (outer is not (MemberExpressionAst or IndexExpressionAst) || !ReferenceEquals(outer is MemberExpressionAst member ? member.Expression : ((IndexExpressionAst)outer).Target, at))
                return false;
            at = outer;
        }
        return false;
    }
}
