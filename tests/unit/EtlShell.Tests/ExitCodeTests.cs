using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class ExitCodeTests
{
    [Fact]
    public void RunFile_ExitWithNumber_IsTheExitCode()
    {
        ShellResult result = ShellProcess.RunScript("'before'; exit 7; 'after'");

        Assert.Equal(7, result.ExitCode);
        Assert.Equal(["before"], result.Lines);
    }

    [Fact]
    public void RunFile_ExitInCalledScript_EndsOnlyThatScript()
    {
        using var called = new ScriptFile("exit 5");

        ShellResult result = ShellProcess.RunScript($"& '{called.Path}'; \"code $LASTEXITCODE\"; exit $LASTEXITCODE");

        Assert.Equal(["code 5"], result.Lines);
        Assert.Equal(5, result.ExitCode);
    }

    [Fact]
    public void RunFile_NonTerminatingError_ExitsZero()
    {
        ShellResult result = ShellProcess.RunScript("Write-Error 'told'; 'after'");

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(["after"], result.Lines);
        Assert.Contains("told", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void RunFile_UnhandledThrow_PrintsAndExitsOne()
    {
        ShellResult result = ShellProcess.RunScript("'before'\nthrow 'a bad thing'\n'after'");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal(["before"], result.Lines);
        Assert.Contains("script.ps1:2", result.Error, StringComparison.Ordinal);
        Assert.Contains("a bad thing", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void RunFile_ParseError_ExitsOne()
    {
        ShellResult result = ShellProcess.RunScript("'before'; if (");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.NotEmpty(result.Error);
    }

    [Fact]
    public void RunFile_MissingFile_IsAWrongCall()
    {
        Assert.Equal(64, ShellProcess.Run("/nowhere/at/all.ps1").ExitCode);
    }

    [Fact]
    public void Run_UnknownOption_IsAWrongCall()
    {
        ShellResult result = ShellProcess.Run("-Loudly");

        Assert.Equal(64, result.ExitCode);
        Assert.Contains("-Loudly", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1 + 1", 0)]
    [InlineData("Write-Error 'told'", 1)]
    [InlineData("Write-Error 'told'; 'fine'", 0)]
    [InlineData("exit 9", 9)]
    [InlineData("throw 'bad'", 1)]
    [InlineData("dotnet --no-such-option", 1)]
    public void RunCommand_LastStatement_DecidesTheExitCode(string command, int exitCode)
    {
        Assert.Equal(exitCode, ShellProcess.Run("-NoProfile", "-NonInteractive", "-NoLogo", "-Command", command).ExitCode);
    }

    [Fact]
    public void Prompt_ExitWithNumber_IsTheExitCode()
    {
        ShellResult result = ShellProcess.RunWithInput("foreach ($i in 1, 2) {\n\"item $i\"\n}\n\nexit 4\n");

        Assert.Equal(4, result.ExitCode);
        Assert.Contains(">> ", result.Output, StringComparison.Ordinal);
        Assert.Contains("item 2", result.Output, StringComparison.Ordinal);
    }
}
