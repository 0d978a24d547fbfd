using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class CommandTests
{
    [Theory]
    [InlineData("1..5 | Select-Object -Skip 1 -Last 2", "3 4")]
    [InlineData("1..5 | Select-Object -SkipLast 3", "1 2")]
    [InlineData("'a', 'A', 'a' | Select-Object -Unique", "a A")]
    [InlineData("[pscustomobject]@{ A = 1; B = 2 } | Select-Object B, @{ n = 'C'; e = { $_.A + 5 } } | ConvertTo-Json -Compress", """{"B":2,"C":6}""")]
    [InlineData("[pscustomobject]@{ A = 1, 2 } | Select-Object -ExpandProperty A", "1 2")]
    [InlineData("[pscustomobject]@{ A = 1; B = 2 } | Select-Object * -ExcludeProperty A | ConvertTo-Json -Compress", """{"B":2}""")]
    [InlineData("3, 1, 2 | Sort-Object -Descending", "3 2 1")]
    [InlineData("'b', 'A', 'a' | Sort-Object -Unique", "A b")]
    [InlineData("'x', 'y', 'x' | Group-Object | ForEach-Object { \"$($_.Name)$($_.Count)\" }", "x2 y1")]
    [InlineData("(1..4 | Measure-Object -Sum -Average).Average", "2.5")]
    [InlineData("Compare-Object 1, 2 2, 3 | ForEach-Object { \"$($_.InputObject)$($_.SideIndicator)\" }", "3=> 1<=")]
    [InlineData("'{\"a\":[1,2.5,null]}' | ConvertFrom-Json | ForEach-Object { $_.a.Count; $_.a[0].GetType().Name }", "3 Int64")]
    [InlineData("\"a;b`n1;`\"x;y`\"\" | ConvertFrom-Csv -Delimiter ';' | ForEach-Object b", "x;y")]
    [InlineData("@{ A = 1 } | ConvertTo-Csv", "\"A\" \"1\"")]
    [InlineData("(New-Object System.Text.StringBuilder 'abc').Length", "3")]
    [InlineData("Split-Path /a/b.txt -Leaf; Split-Path /a/b.txt; Join-Path a b c", "b.txt /a a/b/c")]
    [InlineData("Test-Path /; Test-Path /nowhere/at/all", "True False")]
    [InlineData("Invoke-Expression '$x = 2'; $x", "2")]
    [InlineData("function f { Set-Variable y 5 -Scope 1 }; f; $y", "5")]
    [InlineData("Get-Date 2024-01-02 -Format yyyyMMdd", "20240102")]
    [InlineData("'x' | Tee-Object -Variable seen; $seen", "x x")]
    [InlineData("$ErrorActionPreference = 'Stop'; try { Get-Item nowhere } catch { $_.FullyQualifiedErrorId }", "PathNotFound,Microsoft.PowerShell.Commands.GetItemCommand")]
    public void Command_Supported_DoesAsPowerShell(string script, string words)
        => Assert.Equal(words, string.Join(' ', ShellProcess.Run("-c", script).Lines));

    [Fact]
    public void Command_UnknownParameter_IsAnError()
    {
        ShellResult result = ShellProcess.Run("-c", "1 | Select-Object -Nonsense 1");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("Nonsense", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Command_WorkerRunspace_FindsIt()
        => Assert.Equal(["1"], ShellProcess.Run("-c", "1 | ForEach-Object -Parallel { $_ | Select-Object -First 1 }").Lines);

    [Fact]
    public void Command_ContentOfFile_ComesBack()
    {
        using var file = new ScriptFile("");

        ShellResult result = ShellProcess.RunScript(
            "param($Path) 'x', 'y' | Set-Content $Path; Add-Content $Path z; Get-Content $Path; (Get-Content $Path -Raw).Length; 'o' > $Path; Get-Content $Path -Tail 1",
            file.Path);

        Assert.Equal(["x", "y", "z", "6", "o"], result.Lines);
    }

    [Fact]
    public void ImportModule_FolderOfModulePath_IsFound()
    {
        using var folder = new ScriptFile("");
        string module = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(folder.Path)!, "Greeter")).FullName;
        File.WriteAllText(Path.Combine(module, "Greeter.psm1"), "function Get-Greeting { 'hello' }");

        ShellResult result = ShellProcess.Run("-c", $"$env:PSModulePath = '{Path.GetDirectoryName(module)}' + [IO.Path]::PathSeparator + $env:PSModulePath; Get-Greeting");

        Assert.Equal(["hello"], result.Lines);
    }
}
