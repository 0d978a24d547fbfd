using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class OutputTests
{
    [Fact]
    public void Out_ObjectWithFewProperties_IsATable()
    {
        ShellResult result = ShellProcess.Run("-c", "[pscustomobject]@{ Name = 'first'; Size = 1 }, [pscustomobject]@{ Name = 'second'; Size = 22 }");

        Assert.Equal(["Name   Size", "----   ----", "first     1", "second   22"], result.Lines);
    }

    [Fact]
    public void Out_ObjectWithManyProperties_IsAList()
    {
        ShellResult result = ShellProcess.Run("-c", "[pscustomobject]@{ A = 1; B = 2; C = 3; D = 4; E = 5 }");

        Assert.Equal(["A : 1", "B : 2", "C : 3", "D : 4", "E : 5"], result.Lines);
    }

    [Fact]
    public void Out_FormatCommands_UseTheEngine()
    {
        ShellResult result = ShellProcess.Run("-c", "[pscustomobject]@{ A = 1; B = 2 } | Format-List A; 1..2 | ForEach-Object { [pscustomobject]@{ N = $_ } } | Format-Table -HideTableHeaders");

        Assert.Equal(["A : 1", "1", "2"], result.Lines.Select(l => l.Trim()));
    }

    [Fact]
    public void Out_Streams_HaveTheirPrefixes()
    {
        ShellResult result = ShellProcess.Run("-c", "Write-Warning w; Write-Verbose v -Verbose; Write-Debug d -Debug; Write-Information i -InformationAction Continue; Write-Host h");

        Assert.Equal(["WARNING: w", "VERBOSE: v", "DEBUG: d", "i", "h"], result.Lines);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Out_Error_GoesToStandardErrorOnly()
    {
        ShellResult result = ShellProcess.RunScript("'out'\nGet-Item nowhere");

        Assert.Equal(["out"], result.Lines);
        string[] lines = result.Error.Split('\n');
        Assert.EndsWith("script.ps1:2", lines[0], StringComparison.Ordinal);
        Assert.Equal("Line |", lines[1]);
        Assert.Equal("   2 |  Get-Item nowhere", lines[2]);
        Assert.Contains("Cannot find path", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Out_Redirected_HasNoEscapes()
    {
        ShellResult result = ShellProcess.Run("-c", "\"$([char]27)[31mred$([char]27)[0m\"; [pscustomobject]@{ A = 1 }; Write-Error e");

        Assert.DoesNotContain('\e', result.Output + result.Error);
        Assert.Contains("red", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void WriteProgress_Redirected_WritesNothing()
    {
        ShellResult result = ShellProcess.Run("-c", "1..3 | ForEach-Object { Write-Progress -Activity 'Working' -Status \"step $_\" -PercentComplete $_ }; 'done'");

        Assert.Equal(["done"], result.Lines);
        Assert.Empty(result.Error);
    }

    [Fact]
    public void Out_NativeProgram_KeepsItsPlace()
    {
        ShellResult result = ShellProcess.Run("-c", "'before'; dotnet --version; 'after'");

        Assert.Equal(3, result.Lines.Length);
        Assert.Equal(("before", "after"), (result.Lines[0], result.Lines[2]));
    }

    [Fact]
    public void Confirm_InputEnded_DoesNotTakeTheDefault()
    {
        using var file = new ScriptFile("'kept'");

        ShellResult result = ShellProcess.Run("-c", $"Remove-Item '{file.Path}' -Confirm; 'after'");

        Assert.True(File.Exists(file.Path));
        Assert.NotEmpty(result.Error);
    }
}
