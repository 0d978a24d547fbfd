using System.Diagnostics;

namespace EtlTools.Testing;

/// <summary>The PowerShell that tests and benches start: pwsh itself, since a signal to the .NET tool's launcher does not reach it.</summary>
internal static class PwshProgram
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("ETLTOOLS_PWSH")
        ?? throw new InvalidOperationException("ETLTOOLS_PWSH names no pwsh: run build.ps1 Test or Bench, or set it to $PSHOME/pwsh.");

    /// <summary>Starts a pwsh that runs a script and whose output and errors are read.</summary>
    public static Process Start(string script) => Process.Start(
        new ProcessStartInfo(Path, ["-NoProfile", "-NonInteractive", "-Command", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
}
