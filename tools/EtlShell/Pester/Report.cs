using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;

namespace EtlTools.Shell.Pester;

/// <summary>What the run says, and its three counts. A block or a file that fails by itself counts as one failure.</summary>
internal sealed class Report(PSHostUserInterface ui, bool detailed)
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    public void Begin(Block block)
    {
        if (block.Parent is null)
            ui.WriteLine($"Running tests from '{block.Name}'");
        else if (detailed)
            ui.WriteLine($"{Indent(block)}{block.ExpandedName}");
    }

    public void Add(Test test)
    {
        switch (test.Result)
        {
            case TestResult.Passed:
                Passed++;
                break;
            case TestResult.Skipped:
                Skipped++;
                break;
            default:
                Failed++;
                break;
        }

        if (detailed || test.Result == TestResult.Failed)
            ui.WriteLine(Line(test));
        if (test.Result == TestResult.Failed)
            WriteErrors(test);
    }

    /// <summary>Ends a block: its own errors count only where no test of it carries them.</summary>
    public void End(Block block, bool hasFailedTests)
    {
        if (block.Errors.Count == 0)
            return;
        if (!hasFailedTests)
            Failed++;
        WriteFailure(block);
    }

    public void End(Block root)
    {
        if (root.Errors.Count > 0)
            End(root, root.Tests.Any(t => t.Result == TestResult.Failed));
        else if (!root.Tests.Any())
            Fail(root.Name, "has no test");
    }

    public void Fail(string name, string reason)
    {
        Failed++;
        ui.WriteLine(Colour(PSStyle.Instance.Foreground.Red, $"[-] {name} {reason}"));
    }

    public void Close() => ui.WriteLine($"{Passed} passed, {Failed} failed, {Skipped} skipped");

    private string Line(Test test)
    {
        string elapsed = test.Elapsed.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
        string name = detailed ? Indent(test) : "";
        string path = detailed ? test.ExpandedName : test.Path;
        return test.Result switch
        {
            TestResult.Passed => Colour(PSStyle.Instance.Foreground.Green, $"{name}[+] {path} {elapsed}ms"),
            TestResult.Skipped => Colour(PSStyle.Instance.Foreground.Yellow, $"{name}[!] {path}"),
            _ => Colour(PSStyle.Instance.Foreground.Red, $"{name}[-] {path} {elapsed}ms"),
        };
    }

    private void WriteFailure(Block block)
    {
        ui.WriteLine(Colour(PSStyle.Instance.Foreground.Red, $"[-] {block.Path} failed"));
        WriteErrors(block);
    }

    private void WriteErrors(TestNode node)
    {
        foreach (ErrorRecord error in node.Errors)
        {
            string position = error.InvocationInfo is { ScriptLineNumber: > 0 } at ? $"at {at.Line.Trim()}, {at.ScriptName}:{at.ScriptLineNumber}" : error.ScriptStackTrace;
            ui.WriteLine(Colour(PSStyle.Instance.Foreground.Red, $" {error.Exception.Message}{Environment.NewLine} {position}"));
        }
    }

    private static string Indent(TestNode node)
    {
        int depth = 0;
        for (Block? outer = node.Parent; outer?.Parent is not null; outer = outer.Parent)
            depth++;
        return new string(' ', depth);
    }

    private static string Colour(string style, string text) => $"{style}{text}{PSStyle.Instance.Reset}";
}
