using System.Management.Automation;
using System.Management.Automation.Language;

namespace EtlTools.Cmdlets.Runspaces;

/// <summary>Finds what blocks and functions use of the calling session and do not have in a worker: variables that nothing in them sets, which are
/// null there, so that a forgotten $using: would change data in silence; and functions that -Function does not name.</summary>
internal static class ForgottenUsing
{
    /// <summary>What every runspace has by itself.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "_", "PSItem", "args", "input", "true", "false", "null", "?", "^", "$", "Error", "ExecutionContext", "HOME", "Host", "IsCoreCLR", "IsLinux", "IsMacOS", "IsWindows", "LASTEXITCODE", "Matches", "MyInvocation", "NestedPromptLevel",
        "OFS", "PID", "PROFILE", "PSBoundParameters", "PSCmdlet", "PSCommandPath", "PSCulture", "PSDefaultParameterValues", "PSEdition", "PSHOME",
        "PSScriptRoot", "PSSenderInfo", "PSStyle", "PSUICulture", "PSVersionTable", "PWD", "ShellId", "StackTrace", "switch", "foreach",
        "ConfirmPreference", "DebugPreference", "ErrorActionPreference", "InformationPreference", "ProgressPreference", "PSModuleAutoLoadingPreference",
        "PSNativeCommandUseErrorActionPreference", "VerbosePreference", "WarningPreference", "WhatIfPreference",
    };

    /// <summary>Functions that every runspace has by itself.</summary>
    private static readonly HashSet<string> OwnFunctions = new(StringComparer.OrdinalIgnoreCase)
    {
        "cd..", "cd\\", "cd~", "Clear-Host", "Get-Verb", "help", "mkdir", "more", "oss", "Pause", "prompt", "TabExpansion2",
    };

    /// <summary>A warning for each of them.</summary>
    public static IEnumerable<string> Warnings(IReadOnlyList<ScriptBlock> blocks, IReadOnlyList<FunctionInfo> functions, PSCmdlet caller)
    {
        // A function, or another block of the same worker, sees what a block has set.
        IReadOnlyList<ScriptBlock> all = [.. blocks, .. functions.Select(function => function.ScriptBlock)];
        IEnumerable<VariablePath> Read(ScriptBlock block)
        {
            var set = all.Where(other => !ReferenceEquals(other, block)).SelectMany(All).SelectMany(BlockVariables.SetBy).Select(target => BlockVariables.NameOf(target.VariablePath)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            return BlockVariables.ReadUnset(block.Ast)
                .Where(variable => IsOfSession(variable.VariablePath) && !IsUsed(variable))
                .Select(variable => variable.VariablePath)
                .DistinctBy(path => path.UserPath, StringComparer.OrdinalIgnoreCase)
                .Where(path => BlockVariables.NameOf(path) is var name && !Own.Contains(name) && !set.Contains(name))
                .Where(path => (caller.SessionState.PSVariable.Get(path.UserPath) ?? block.Module?.SessionState.PSVariable.Get(path.UserPath))?.Value is not null);
        }
        foreach (VariablePath path in blocks.SelectMany(Read).DistinctBy(path => path.UserPath, StringComparer.OrdinalIgnoreCase))
            yield return $"A script block reads ${path.UserPath}, a variable of your session. Blocks run in their own runspaces, where it is null: write $using:{BlockVariables.NameOf(path)}.";
        foreach (string name in CalledIn(blocks, functions, caller))
            yield return $"A script block calls {name}, a function of your session. Blocks run in their own runspaces, which lack it: give it to them with -Function {name}.";
        foreach (FunctionInfo function in functions)
        {
            foreach (VariablePath path in Read(function.ScriptBlock))
                yield return $"The function {function.Name} reads ${path.UserPath}, a variable of your session. Blocks and their functions run in their own runspaces, where it is null: pass it as an argument, or set it with -InitializationScript.";
        }
    }

    /// <summary>The functions of the session, outside of modules, that are called and not given. Nothing is loaded to find them.</summary>
    private static IEnumerable<string> CalledIn(IReadOnlyList<ScriptBlock> blocks, IReadOnlyList<FunctionInfo> functions, PSCmdlet caller)
    {
        Ast[] all = [.. blocks.SelectMany(All)];
        var known = all.OfType<FunctionDefinitionAst>().Select(definition => definition.Name).Concat(functions.Select(function => function.Name)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        ItemCmdletProviderIntrinsics items = caller.SessionState.InvokeProvider.Item;
        return all.OfType<CommandAst>().Select(command => command.GetCommandName()).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
            .Where(name => !known.Contains(name) && !OwnFunctions.Contains(name) && !name.AsSpan().ContainsAny('/', '\\', ':'))
            .Where(name => items.Exists($"function:{name}", force: false, literalPath: true)
                && items.Get([$"function:{name}"], force: false, literalPath: true) is [{ BaseObject: FunctionInfo { ModuleName: null or "" } }]);
    }

    private static IEnumerable<Ast> All(ScriptBlock block) => block.Ast.FindAll(_ => true, searchNestedScriptBlocks: true);

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
