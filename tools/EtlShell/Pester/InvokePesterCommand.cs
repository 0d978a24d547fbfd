using System.Management.Automation;
using System.Text.Json;

namespace EtlTools.Shell.Pester;

/// <summary>Discovers and runs test files, reports, and makes the number of failures the process's exit code.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "Pester")]
public sealed class InvokePesterCommand : PSCmdlet
{
    private const int LargestExitCode = 250;

    [Parameter(Mandatory = true, Position = 0, ValueFromRemainingArguments = true)]
    public string[] Path { get; set; } = [];

    [Parameter]
    [ValidateSet("Normal", "Detailed")]
    public string Output { get; set; } = "Normal";

    [Parameter]
    public string[] TagFilter { get; set; } = [];

    [Parameter]
    public string[] ExcludeTagFilter { get; set; } = [];

    /// <summary>Where the three counts go as JSON.</summary>
    [Parameter]
    public string? ResultPath { get; set; }

    protected override void EndProcessing()
    {
        var steps = new ScriptSteps(this);
        var report = new Report(Host.UI, Output == "Detailed");
        foreach (string file in Files(report))
        {
            var root = new Block(file, null);
            Discovery.Discover(this, steps, root, file);
            report.Begin(root);
            if (root.Errors.Count == 0)
                new Execution(this, steps, report, IsWanted).Run(root);
            report.End(root);
        }

        report.Close();
        if (ResultPath is not null)
            File.WriteAllText(
                GetUnresolvedProviderPathFromPSPath(ResultPath),
                JsonSerializer.Serialize(new { passed = report.Passed, failed = report.Failed, skipped = report.Skipped }));
        Host.SetShouldExit(Math.Min(report.Failed, LargestExitCode));
    }

    private List<string> Files(Report report)
    {
        var files = new List<string>();
        foreach (string path in Path)
        {
            string full = GetUnresolvedProviderPathFromPSPath(path);
            string[] found = Directory.Exists(full)
                ? Directory.GetFiles(full, "*.Tests.ps1", SearchOption.AllDirectories)
                : File.Exists(full) ? [full] : [];
            if (found.Length == 0)
                report.Fail(path, "has no *.Tests.ps1 file");
            files.AddRange(found.Order(StringComparer.Ordinal));
        }

        return files;
    }

    private bool IsWanted(Test test)
    {
        string[] tags = [.. test.AllTags];
        return (TagFilter.Length == 0 || tags.Any(t => Matches(TagFilter, t))) && !tags.Any(t => Matches(ExcludeTagFilter, t));
    }

    private static bool Matches(string[] patterns, string tag) => patterns.Any(p => WildcardPattern.Get(p, WildcardOptions.IgnoreCase).IsMatch(tag));
}
