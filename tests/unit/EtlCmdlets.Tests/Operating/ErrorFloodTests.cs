using System.Diagnostics;
using EtlTools.Testing;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A thousand failed records without a dead letter: a screen shows ten, whoever keeps errors gets all.</summary>
public sealed class ErrorFloodTests : IDisposable
{
    private const int Rows = 1000;
    private const string Terminal = "/usr/bin/script";

    private readonly ModuleSession _session = new();

    public ErrorFloodTests() => _session.Write("a.csv", "id\n" + string.Concat(Enumerable.Repeat("x\n", Rows)));

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Import-EtlCsv a.csv -Type @{ id = 'int' } -ErrorVariable e -ErrorAction SilentlyContinue; $e.Count")]
    [InlineData("$e = Import-EtlCsv a.csv -Type @{ id = 'int' } 2>&1; $e.Count")]
    [InlineData("Import-EtlCsv a.csv -Type @{ id = 'int' } 2> e.txt; @(Select-String 'a.csv:[0-9]+: ' e.txt).Count")]
    [InlineData("function f { [CmdletBinding()] param() Import-EtlCsv a.csv -Type @{ id = 'int' } }; f -ErrorVariable e -ErrorAction SilentlyContinue; $e.Count")]
    [InlineData("Import-EtlCsv a.csv | Invoke-EtlTransform -Type @{ id = 'int' } 2>&1 | Measure-Object | ForEach-Object Count")]
    public void Flood_Kept_IsWhole(string script)
    {
        Outcome outcome = _session.Try(script);
        Assert.Equal($"{Rows}", Assert.Single(outcome.Output).ToString());
        Assert.Empty(outcome.Warnings);
    }

    [Fact]
    public void Flood_ErrorStreamOfAHost_IsWhole() =>
        Assert.Equal(Rows, _session.Try("Import-EtlCsv a.csv -Type @{ id = 'int' }").Errors.Count);

    [Fact]
    public void Flood_OnATerminal_ShowsTenAndKeepsAll()
    {
        Assert.SkipUnless(File.Exists(Terminal), $"Needs {Terminal}.");
        string script = _session.Write("flood.ps1", $$"""
            # A progress bar asks the terminal where its cursor is, and this one does not answer.
            $ProgressPreference = 'SilentlyContinue'
            Import-Module '{{ModuleSession.ManifestPath}}'
            Set-Location '{{_session.Folder}}'
            $PSStyle.OutputRendering = 'PlainText'
            Import-EtlCsv a.csv -Type @{ id = 'int' } -ErrorVariable e
            "variable $($e.Count)"
            Import-EtlCsv a.csv -Type @{ id = 'int' } 2> e.txt
            "file $(@(Select-String 'a.csv:[0-9]+: ' e.txt).Count)"
            $m = Import-EtlCsv a.csv -Type @{ id = 'int' } 2>&1
            "merged $($m.Count)"
            Import-EtlCsv a.csv -Type @{ id = 'int' } 2>&1 | Out-String | Set-Content m.txt
            "piped $(@(Select-String 'a.csv:[0-9]+: ' m.txt).Count)"
            """);
        var start = new ProcessStartInfo(Terminal, ["-qec", $"'{PwshProgram.Path}' -NoProfile -File '{script}'", "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["TERM"] = "xterm";
        using Process process = Process.Start(start)!;
        using var watchdog = new Timer(_ => process.Kill(entireProcessTree: true), null, TimeSpan.FromMinutes(2), Timeout.InfiniteTimeSpan);
        string shown = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(10, shown.Split("a.csv:").Length - 1);
        Assert.Contains("990 more failed records are not shown on the screen", shown, StringComparison.Ordinal);
        foreach (string kept in (string[])["variable", "file", "merged", "piped"])
            Assert.Contains($"{kept} {Rows}", shown, StringComparison.Ordinal);
    }
}
