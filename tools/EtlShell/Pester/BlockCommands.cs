using System.Management.Automation;

namespace EtlTools.Shell.Pester;

/// <summary>Describe, Context and It: a name, a body, and what to repeat it for.</summary>
public abstract class NodeCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public string Name { get; set; } = "";

    [Parameter]
    [Alias("Tags")]
    public string[] Tag { get; set; } = [];

    [Parameter]
    public SwitchParameter Skip { get; set; }

    private protected static ScriptBlock Required(ScriptBlock? body, string name)
        => body ?? throw new PSArgumentException($"'{name}' has no script block. Does its brace stand on the next line?");
}

public abstract class BlockCommand : NodeCommand
{
    [Parameter(Position = 1)]
    public ScriptBlock? Fixture { get; set; }

    [Parameter]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ForEach { get; set; }

    protected override void EndProcessing()
    {
        Discovery discovery = Discovery.Of(this);
        foreach (ForEachItem? item in ForEachItem.All(MyInvocation.BoundParameters.ContainsKey(nameof(ForEach)), ForEach))
            discovery.Add(new Block(Name, discovery.Current) { Body = Required(Fixture, Name), Data = item, Tags = Tag, Skip = Skip });
    }
}

[Cmdlet("Add", "PesterDescribe")]
[Word("Describe")]
public sealed class DescribeCommand : BlockCommand;

[Cmdlet("Add", "PesterContext")]
[Word("Context")]
public sealed class ContextCommand : BlockCommand;

[Cmdlet("Add", "PesterIt")]
[Word("It")]
public sealed class ItCommand : NodeCommand
{
    [Parameter(Position = 1)]
    public ScriptBlock? Test { get; set; }

    [Parameter]
    [Alias("TestCases")]
    [AllowNull]
    [AllowEmptyCollection]
    public object?[]? ForEach { get; set; }

    protected override void EndProcessing()
    {
        Block block = Discovery.Of(this).Current;
        if (block.Parent is null)
            throw new InvalidOperationException($"It '{Name}' stands outside of a Describe or Context.");
        foreach (ForEachItem? item in ForEachItem.All(MyInvocation.BoundParameters.ContainsKey(nameof(ForEach)), ForEach))
            block.Items.Add(new Test(Name, block) { Body = Required(Test, Name), Data = item, Tags = Tag, Skip = Skip });
    }
}

[Cmdlet("Add", "PesterBeforeDiscovery")]
[Word("BeforeDiscovery")]
public sealed class BeforeDiscoveryCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    protected override void EndProcessing()
    {
        Discovery discovery = Discovery.Of(this);
        var errors = new List<ErrorRecord>();
        if (!discovery.Steps.Run(ScriptBlock, null, errors))
            ThrowTerminatingError(errors[0]);
    }
}

/// <summary>BeforeAll and its kin: a script that its block keeps for the run.</summary>
public abstract class SetupCommand : PSCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Scriptblock")]
    public ScriptBlock Script { get; set; } = null!;

    private protected abstract string Kind { get; }

    protected override void EndProcessing()
    {
        Block block = Discovery.Of(this).Current;
        if (!block.Setups.TryAdd(Kind, Script))
            throw new InvalidOperationException($"{Kind} is already defined in '{block.Name}'.");
    }
}

[Cmdlet("Add", "PesterBeforeAll")]
[Word(Setup.BeforeAll)]
public sealed class BeforeAllCommand : SetupCommand
{
    private protected override string Kind => Setup.BeforeAll;
}

[Cmdlet("Add", "PesterBeforeEach")]
[Word(Setup.BeforeEach)]
public sealed class BeforeEachCommand : SetupCommand
{
    private protected override string Kind => Setup.BeforeEach;
}

[Cmdlet("Add", "PesterAfterEach")]
[Word(Setup.AfterEach)]
public sealed class AfterEachCommand : SetupCommand
{
    private protected override string Kind => Setup.AfterEach;
}

[Cmdlet("Add", "PesterAfterAll")]
[Word(Setup.AfterAll)]
public sealed class AfterAllCommand : SetupCommand
{
    private protected override string Kind => Setup.AfterAll;
}

internal static class Setup
{
    public const string BeforeAll = "BeforeAll";
    public const string BeforeEach = "BeforeEach";
    public const string AfterEach = "AfterEach";
    public const string AfterAll = "AfterAll";
}

[Cmdlet(VerbsCommon.Set, "ItResult")]
public sealed class SetItResultCommand : PSCmdlet
{
    internal const string SkippedId = "PesterTestSkipped";

    [Parameter(Mandatory = true)]
    public SwitchParameter Skipped { get; set; }

    [Parameter]
    public string Because { get; set; } = "";

    protected override void EndProcessing()
    {
        string reason = Because.Length > 0 ? $"is skipped, because {Because}" : "is skipped";
        ThrowTerminatingError(new ErrorRecord(new InvalidOperationException(reason), SkippedId, ErrorCategory.InvalidResult, null));
    }
}
