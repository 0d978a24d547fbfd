using System.Diagnostics;
using System.Management.Automation;

namespace EtlTools.Shell.Pester;

/// <summary>The run phase: each block in a scope of its own below its parent's, each test in one below its block's.</summary>
internal sealed class Execution(PSCmdlet command, ScriptSteps steps, Report report, Func<Test, bool> isWanted)
{
    public void Run(Block root)
    {
        using var drive = new TestDrive(command);
        RunBlock(root, drive);
    }

    private void RunBlock(Block block, TestDrive drive)
    {
        Test[] wanted = [.. block.Tests.Where(isWanted)];
        if (wanted.Length == 0)
            return;
        if (wanted.All(t => t.IsSkipped))
        {
            Array.ForEach(wanted, t => Finish(t, TestResult.Skipped));
            return;
        }

        HashSet<string> before = drive.Content();
        steps.InNewScope(() =>
        {
            steps.SetVariables(block.Data);
            block.ExpandedName = steps.Expand(block);
            bool isReady = block.Errors.Count == 0 && RunSetup(block, Setup.BeforeAll);
            if (block.Parent is not null)
                report.Begin(block);
            if (isReady)
                RunItems(block, drive);
            else
                Array.ForEach(wanted, t => Finish(t, TestResult.Failed));
            RunSetup(block, Setup.AfterAll);
        });
        drive.Restore(before);
        if (block.Parent is not null)
            report.End(block, wanted.Any(t => t.Result == TestResult.Failed));
    }

    private void RunItems(Block block, TestDrive drive)
    {
        foreach (TestNode item in block.Items)
        {
            if (item is Block inner)
                RunBlock(inner, drive);
            else if (isWanted((Test)item))
                RunTest((Test)item);
        }
    }

    private void RunTest(Test test)
    {
        if (test.IsSkipped)
        {
            Finish(test, TestResult.Skipped);
            return;
        }

        long started = Stopwatch.GetTimestamp();
        steps.InNewScope(() =>
        {
            steps.SetVariables(test.Data);
            bool isReady = test.Parent!.Inherited(Setup.BeforeEach).All(s => steps.Run(s, test.Data, test.Errors));
            test.ExpandedName = steps.Expand(test);
            if (isReady && test.Errors.Count == 0)
                steps.Run(test.Body!, test.Data, test.Errors);
            foreach (ScriptBlock teardown in test.Parent.Inherited(Setup.AfterEach).Reverse())
                steps.Run(teardown, test.Data, test.Errors);
        });
        test.Elapsed = Stopwatch.GetElapsedTime(started);
        bool isSkipped = test.Errors is [var only] && only.FullyQualifiedErrorId.StartsWith(SetItResultCommand.SkippedId, StringComparison.Ordinal);
        Finish(test, test.Errors.Count == 0 ? TestResult.Passed : isSkipped ? TestResult.Skipped : TestResult.Failed);
    }

    private bool RunSetup(Block block, string kind)
        => !block.Setups.TryGetValue(kind, out ScriptBlock? script) || steps.Run(script, block.Data, block.Errors);

    private void Finish(Test test, TestResult result)
    {
        test.Result = result;
        report.Add(test);
    }
}
