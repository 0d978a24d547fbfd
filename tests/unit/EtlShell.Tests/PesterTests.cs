using System.Text.Json;
using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class PesterTests
{
    [Theory]
    [InlineData("Passing", 18, 0, 3)]
    [InlineData("Failing", 2, 8, 0)]
    [InlineData("DiscoveryError", 0, 1, 0)]
    [InlineData("BeforeAllError", 1, 3, 0)]
    [InlineData("Empty", 0, 1, 0)]
    [InlineData("UnknownOperator", 0, 5, 0)]
    [InlineData("Mock", 0, 1, 0)]
    [InlineData("Exit", 1, 1, 0)]
    public void Pester_Fixture_GivesItsCountsAndExitCode(string fixture, int passed, int failed, int skipped)
    {
        using var folder = new ScriptFile("");
        string counts = folder.Path + ".json";

        ShellResult result = ShellProcess.Run("-Pester", Fixture(fixture), "-ResultPath", counts);

        Assert.Equal($"{passed} passed, {failed} failed, {skipped} skipped", result.Lines[^1]);
        Assert.Equal(failed, result.ExitCode);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(counts));
        Assert.Equal((passed, failed, skipped), (Count(json, "passed"), Count(json, "failed"), Count(json, "skipped")));
    }

    [Fact]
    public void Pester_SeveralPaths_SumsThem()
    {
        ShellResult result = ShellProcess.Run("-Pester", Fixture("Exit"), Fixture("Mock"), Fixture("Passing"));

        Assert.Equal("19 passed, 2 failed, 3 skipped", result.Lines[^1]);
        Assert.Equal(2, result.ExitCode);
    }

    [Fact]
    public void Pester_FailedTest_ShowsMessageAndPosition()
    {
        ShellResult result = ShellProcess.Run("-Pester", Fixture("Failing"));

        Assert.Contains("[-] Failing.compares badly", result.Output, StringComparison.Ordinal);
        Assert.Contains("Expected 'actual' to be 'expected', because the fixture wants it,", result.Output, StringComparison.Ordinal);
        Assert.Contains("Failing.Tests.ps1:3", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pester_DetailedOutput_NamesEachTest()
    {
        ShellResult result = ShellProcess.Run("-Pester", Fixture("Passing"), "-Output", "Detailed");

        Assert.Contains("[+] adds 1 and 2 to 3", result.Output, StringComparison.Ordinal);
        Assert.Contains("[+] binds a param block: 4", result.Output, StringComparison.Ordinal);
        Assert.Contains("inside two", result.Output, StringComparison.Ordinal);
        Assert.Contains("[!] is not run", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Pester_TagFilter_RunsOnlyThose()
        => Assert.Equal("4 passed, 0 failed, 0 skipped", ShellProcess.Run("-Pester", Fixture("Passing"), "-TagFilter", "data").Lines[^1]);

    [Fact]
    public void Pester_FolderWithoutTests_Fails()
    {
        using var folder = new ScriptFile("'no test'");

        ShellResult result = ShellProcess.Run("-Pester", Path.GetDirectoryName(folder.Path)!);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("0 passed, 1 failed, 0 skipped", result.Lines[^1]);
    }

    [Fact]
    public void Pester_UnknownOption_RunsNothing()
        => Assert.Equal(1, ShellProcess.Run("-Pester", Fixture("Passing"), "-Loudly").ExitCode);

    private static string Fixture(string name) => Path.Combine(ShellProcess.Fixtures, name + ".Tests.ps1");

    private static int Count(JsonDocument json, string name) => json.RootElement.GetProperty(name).GetInt32();
}
