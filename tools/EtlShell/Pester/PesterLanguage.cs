using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace EtlTools.Shell.Pester;

/// <summary>The part of Pester 5's language that exists here; every other word of it is a command that is not found.</summary>
internal static class PesterLanguage
{
    public const string RunnerCommand = "Invoke-Pester";

    private static readonly Type[] _commands =
    [
        typeof(InvokePesterCommand), typeof(DescribeCommand), typeof(ContextCommand), typeof(ItCommand),
        typeof(BeforeDiscoveryCommand), typeof(BeforeAllCommand), typeof(BeforeEachCommand), typeof(AfterEachCommand), typeof(AfterAllCommand),
        typeof(ShouldCommand), typeof(SetItResultCommand),
    ];

    public static void AddTo(InitialSessionState state)
    {
        foreach (Type command in _commands)
        {
            var cmdlet = command.GetCustomAttribute<CmdletAttribute>()!;
            string name = $"{cmdlet.VerbName}-{cmdlet.NounName}";
            if (command.GetCustomAttribute<WordAttribute>() is { } word)
                state.Commands.Add(new SessionStateAliasEntry(word.Name, name));
            state.Commands.Add(new SessionStateCmdletEntry(name, command, helpFileName: null));
        }
    }
}

/// <summary>The single word that a command of the language goes by.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class WordAttribute(string name) : Attribute
{
    public string Name { get; } = name;
}
