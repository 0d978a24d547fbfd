using System.Diagnostics;
using System.Reflection;
using Xunit;

namespace EtlTools.Shell.Tests;

/// <summary>What a run of the built EtlShell left behind.</summary>
internal sealed record ShellResult(int ExitCode, string Output, string Error)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The built EtlShell as a child process with redirected streams.</summary>
internal sealed class ShellProcess : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _error;

    private ShellProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public static string RepoRoot => Metadata("RepoRoot");

    public static string Fixtures => Path.Combine(RepoRoot, "tests", "unit", "EtlShell.Tests", "fixtures");

    private static string Shell => Path.Combine(RepoRoot, "tools", "EtlShell", "bin", Metadata("Configuration"), "net10.0", "EtlShell.dll");

    public static ShellProcess Start(params string[] arguments)
    {
        Assert.True(File.Exists(Shell), $"{Shell} is not built; run build.ps1 Test.");
        var start = new ProcessStartInfo("dotnet", [Shell, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        return new ShellProcess(Process.Start(start)!);
    }

    public static ShellResult Run(params string[] arguments) => RunWithInput("", arguments);

    public static ShellResult RunWithInput(string input, params string[] arguments)
    {
        using ShellProcess shell = Start(arguments);
        shell._process.StandardInput.Write(input);
        return shell.Finish();
    }

    /// <summary>Runs a script from a file of its own.</summary>
    public static ShellResult RunScript(string script, params string[] arguments)
    {
        using var file = new ScriptFile(script);
        return Run([file.Path, .. arguments]);
    }

    public void WaitForLine(string line)
    {
        Assert.Equal(line, _process.StandardOutput.ReadLine());
    }

    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public ShellResult Finish()
    {
        _process.StandardInput.Close();
        Task<string> output = _process.StandardOutput.ReadToEndAsync();
        Assert.True(_process.WaitForExit(_patience), "EtlShell does not end.");
        return new ShellResult(_process.ExitCode, output.Result, _error.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private static string Metadata(string key)
        => typeof(ShellProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}

internal sealed class ScriptFile : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("EtlShell");

    public ScriptFile(string script)
    {
        Path = System.IO.Path.Combine(_folder.FullName, "script.ps1");
        File.WriteAllText(Path, script);
    }

    public string Path { get; }

    public void Dispose() => _folder.Delete(recursive: true);
}
