using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class StopTests
{
    [Theory]
    [InlineData("Start-Sleep -Seconds 600")]
    [InlineData("while ($true) { }")]
    [InlineData("1..10000000 | ForEach-Object { Start-Sleep -Milliseconds 1 }")]
    [InlineData("sleep 600")]
    public void Interrupt_RunningScript_Exits130InTheMiddle(string script)
    {
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no SIGINT.");
        using var file = new ScriptFile($"try {{ [Console]::Out.WriteLine('ready'); {script} }} finally {{ [Console]::Out.WriteLine('finally') }}\n'after'");
        using ShellProcess shell = ShellProcess.Start(file.Path);
        shell.WaitForLine("ready");

        shell.Interrupt();
        ShellResult result = shell.Finish();

        Assert.Equal(130, result.ExitCode);
        Assert.Equal(["finally"], result.Lines);
    }

    [Fact]
    public void SelectFirst_CommandUpstream_IsDisposedAndNothingElse()
    {
        string assembly = typeof(WriteTraceCommand).Assembly.Location;

        ShellResult result = ShellProcess.Run("-c", $"Import-Module '{assembly}'; Write-Trace | Select-Object -First 2");

        Assert.Equal(["Begin", "1", "2", "Dispose"], result.Lines);
    }

    [Fact]
    public void SelectFirst_NeverReached_LetsTheCommandEnd()
    {
        string assembly = typeof(WriteTraceCommand).Assembly.Location;

        ShellResult result = ShellProcess.Run("-c", $"Import-Module '{assembly}'; Write-Trace | Select-Object -First 9");

        Assert.Equal(["Begin", "1", "2", "3", "End", "Dispose"], result.Lines);
    }
}
