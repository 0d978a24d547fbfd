using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Finds the functions and modules of the caller's session that workers are to have.</summary>
internal static class FunctionArguments
{
    /// <summary>What -Function takes.</summary>
    public const CommandTypes Functions = CommandTypes.Function | CommandTypes.Filter;

    /// <summary>Functions that every runspace has by itself.</summary>
    private static readonly HashSet<string> Own = new(StringComparer.OrdinalIgnoreCase)
    {
        "cd..", "cd\\", "cd~", "Clear-Host", "exec", "Get-Verb", "help", "mkdir", "more", "oss", "Pause", "prompt", "TabExpansion2",
    };

    /// <summary>Whether somebody has defined a function in the session itself.</summary>
    public static bool IsOfSession(FunctionInfo function) => function.ModuleName is null or "" && !Own.Contains(function.Name) && !function.Name.EndsWith(':');

    /// <summary>Functions by name or wildcard.</summary>
    /// <exception cref="EtlException">There is none of a name.</exception>
    public static List<FunctionInfo> Find(IEnumerable<string> names, PSCmdlet caller)
    {
        var found = new Dictionary<string, FunctionInfo>(StringComparer.OrdinalIgnoreCase);
        foreach (string name in names)
        {
            List<FunctionInfo> matches = [.. Matching(name, caller)];
            if (matches.Count == 0)
            {
                IEnumerable<string> known = caller.InvokeCommand.GetCommands("*", Functions, nameIsPattern: true).Select(command => command.Name);
                throw new EtlException(
                    FailureCodes.InvalidParameter, FailureKind.InvalidCall,
                    $"-Function: the session has no function '{name}'. Name functions of your session; those of a module come with -ImportModule.{NearName.Hint(name, known)}");
            }
            matches.ForEach(function => found[function.Name] = function);
        }
        return [.. found.Values];
    }

    /// <summary>Where the session has a module of a name, the file that it was loaded from.</summary>
    public static List<string> FindModules(IEnumerable<string> names)
    {
        List<string> modules = [];
        foreach (string name in names)
        {
            if (name.AsSpan().ContainsAny('/', '\\'))
            {
                modules.Add(name);
                continue;
            }
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            PSModuleInfo? loaded = shell.AddCommand("Get-Module").AddParameter("Name", WildcardPattern.Escape(name)).Invoke<PSModuleInfo>().FirstOrDefault();
            modules.Add(loaded is not null && File.Exists(loaded.Path) ? loaded.Path : name);
        }
        return modules;
    }

    private static IEnumerable<FunctionInfo> Matching(string name, PSCmdlet caller) =>
        WildcardPattern.ContainsWildcardCharacters(name)
            ? caller.InvokeCommand.GetCommands(name, Functions, nameIsPattern: true).OfType<FunctionInfo>()
            : caller.InvokeCommand.GetCommand(name, Functions) is FunctionInfo function ? [function] : [];
}
