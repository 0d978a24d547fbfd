using System.Diagnostics;
using System.Runtime.CompilerServices;
using EtlTools.Testing;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A script in a pwsh of its own, as a scheduled task runs it.</summary>
internal sealed class ChildShell : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Task<string> _error;

    private ChildShell(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public bool HasEnded => _process.HasExited;

    public string Error => _error.GetAwaiter().GetResult();

    public static ChildShell Start(string script, params string[] arguments) => StartIn(Environment.CurrentDirectory, script, arguments);

    /// <summary>Starts a script in a folder, with the built module where Import-Module finds it by name.</summary>
    public static ChildShell StartIn(string folder, string script, params string[] arguments) =>
        Launch(folder, ["-NoProfile", "-NonInteractive", "-File", script, .. arguments]);

    /// <summary>Starts a script as at the prompt, where progress is shown.</summary>
    public static ChildShell StartAttended(string script) => Launch(Environment.CurrentDirectory, ["-NoProfile", "-File", script]);

    private static ChildShell Launch(string folder, string[] arguments)
    {
        var start = new ProcessStartInfo(PwshProgram.Path, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string modules = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ModuleSession.ManifestPath)!, "..", ".."));
        start.Environment["PSModulePath"] = modules + Path.PathSeparator + Environment.GetEnvironmentVariable("PSModulePath");
        return new ChildShell(Process.Start(start)!);
    }

    /// <summary>The root of the repository.</summary>
    public static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", ".."));

    /// <summary>Reads the output up to a line.</summary>
    public async Task WaitForLineAsync(string line)
    {
        while (true)
        {
            string? read = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            Assert.True(read is not null, $"The script ended without '{line}': {(read is null ? Error : "")}");
            if (read == line)
                return;
        }
    }

    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    public Task<string> ReadToEndAsync() => _process.StandardOutput.ReadToEndAsync();

    /// <summary>Waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }
}
