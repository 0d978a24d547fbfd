using Xunit;

namespace EtlTools.Shell.Tests;

public sealed class ArgumentTests
{
    private const string Script = """
        param([string] $Name, [int] $Count = 3, [switch] $Force, [Parameter(ValueFromRemainingArguments)] $Rest)
        "$Name|$Count|$Force|$($Rest -join ',')"
        """;

    [Fact]
    public void RunFile_NamedArguments_Bind()
        => Assert.Equal(["x|5|True|"], ShellProcess.RunScript(Script, "-Name", "x", "-Count", "5", "-Force").Lines);

    [Fact]
    public void RunFile_PositionalArguments_Bind()
        => Assert.Equal(["x|7|False|r1,r2"], ShellProcess.RunScript(Script, "x", "7", "r1", "r2").Lines);

    [Fact]
    public void RunFile_ColonArguments_Bind()
        => Assert.Equal(["x|3|False|"], ShellProcess.RunScript(Script, "-Name:x", "-Force:$false").Lines);

    [Fact]
    public void RunFile_FileOption_IsTheSame()
    {
        using var script = new ScriptFile(Script);

        Assert.Equal(["x|3|False|"], ShellProcess.Run("-NoProfile", "-File", script.Path, "-Name", "x").Lines);
    }

    [Fact]
    public void RunFile_UnknownParameterOfCmdletBinding_Fails()
        => Assert.Equal(1, ShellProcess.RunScript("[CmdletBinding()] param($Name) 'ran'", "-Nmae", "x").ExitCode);

    [Fact]
    public void RunFile_NegativeNumber_IsAValue()
        => Assert.Equal(["x|-5|False|"], ShellProcess.RunScript(Script, "-Name", "x", "-Count", "-5").Lines);
}
