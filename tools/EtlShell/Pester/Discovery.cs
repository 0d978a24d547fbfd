using System.Management.Automation;

namespace EtlTools.Shell.Pester;

/// <summary>The tree that a file's words build while it is discovered; a session has one at a time.</summary>
internal sealed class Discovery(ScriptSteps steps, Block root)
{
    private const string Variable = "______discovery";

    public ScriptSteps Steps { get; } = steps;

    public Block Current { get; private set; } = root;

    public static Discovery Of(PSCmdlet command)
        => command.SessionState.PSVariable.GetValue(Variable) is Discovery discovery
            ? discovery
            : throw new InvalidOperationException($"{command.MyInvocation.InvocationName} can be used only while a test file is discovered.");

    /// <summary>Runs a test file's body; what it fails with are the root's errors.</summary>
    public static void Discover(PSCmdlet command, ScriptSteps steps, Block root, string file)
    {
        command.SessionState.PSVariable.Set("global:" + Variable, new Discovery(steps, root));
        try
        {
            steps.InNewScope(() => steps.Run(ScriptBlock.Create($"& '{file.Replace("'", "''", StringComparison.Ordinal)}'"), null, root.Errors));
        }
        finally
        {
            command.SessionState.PSVariable.Remove("global:" + Variable);
        }
    }

    public void Add(Block block)
    {
        Block outer = Current;
        outer.Items.Add(block);
        Current = block;
        Steps.InNewScope(() =>
        {
            Steps.SetVariables(block.Data);
            Steps.Run(block.Body!, block.Data, Root(block).Errors);
        });
        Current = outer;
    }

    private static Block Root(Block block)
    {
        while (block.Parent is not null)
            block = block.Parent;
        return block;
    }
}
