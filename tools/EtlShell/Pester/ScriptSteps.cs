using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace EtlTools.Shell.Pester;

/// <summary>Runs a file's script blocks in the scopes that Pester gives them.</summary>
internal sealed class ScriptSteps(PSCmdlet command)
{
    private const PipelineResultTypes Streams = PipelineResultTypes.Output | PipelineResultTypes.Error;

    // A try statement makes an error that ends a statement end the step, as it does under Pester.
    // The loop keeps a stray `break` from ending more than the step.
    private const string StepScript = """
        param($______step)
        $______data = $______step.Data
        try { do { $null = . $______step.Script @______data } while ($false) } catch { $______step.Fail($_) }
        """;

    /// <summary>Runs the action in a new scope below the current one.</summary>
    public void InNewScope(Action action)
        => command.InvokeCommand.InvokeScript("$args[0].Invoke()", useNewScope: true, Streams, null, action);

    public void SetVariables(ForEachItem? data)
    {
        foreach ((string name, object? value) in data?.Variables ?? [])
            command.SessionState.PSVariable.Set(name, value);
    }

    /// <summary>Runs a script in the current scope; what it fails with is added to the errors. False when it failed.</summary>
    public bool Run(object script, ForEachItem? data, List<ErrorRecord> errors)
    {
        var step = new Step(script, data?.Parameters ?? [], errors);
        int before = errors.Count;
        try
        {
            command.InvokeCommand.InvokeScript(StepScript, useNewScope: false, Streams, null, step);
        }
        catch (FlowControlException e)
        {
            errors.Add(new ErrorRecord(
                new InvalidOperationException($"The script left its test by {e.GetType().Name.Replace("Exception", "", StringComparison.Ordinal).ToLowerInvariant()}."),
                "FlowControl", ErrorCategory.InvalidOperation, script));
        }

        return errors.Count == before;
    }

    /// <summary>Fills a name's &lt;templates&gt; from the current scope.</summary>
    public string Expand(TestNode node)
    {
        if (!node.Name.Contains('<', StringComparison.Ordinal))
            return node.Name;
        var expanded = new List<object?>();
        var script = ScriptBlock.Create($"$______step.Data.Names.Add({NameTemplate.ToExpandableString(node.Name)})");
        var step = new Step(script, new System.Collections.Hashtable { ["Names"] = expanded }, node.Errors);
        command.InvokeCommand.InvokeScript(
            "param($______step) try { . $______step.Script } catch { $______step.Fail($_) }", useNewScope: false, Streams, null, step);
        return expanded.Count > 0 ? $"{expanded[0]}" : node.Name;
    }

    public sealed class Step(object script, System.Collections.Hashtable data, List<ErrorRecord> errors)
    {
        public object Script { get; } = script;

        public System.Collections.Hashtable Data { get; } = data;

        public void Fail(ErrorRecord error) => errors.Add(error);
    }
}
