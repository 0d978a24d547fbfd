using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace EtlTools.Bench;

/// <summary>A session of a real PowerShell in a process of its own, which runs one script after the other.</summary>
internal sealed class PwshSession : IBenchSession
{
    private readonly Process _process;

    private PwshSession(Process process) => _process = process;

    public string Host { get; private set; } = "";

    /// <summary>The pwsh that ETLTOOLS_PWSH names, or the one on the path.</summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("ETLTOOLS_PWSH") ?? "pwsh";

    /// <summary>Starts a pwsh; null where there is none.</summary>
    public static PwshSession? TryStart()
    {
        var start = new ProcessStartInfo(Program, ["-NoProfile", "-NonInteractive", "-NoLogo", "-Command", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        try
        {
            var session = new PwshSession(Process.Start(start)!);
            session.Invoke($"Import-Module '{Session.ModulePath()}'; Import-Module '{typeof(PwshSession).Assembly.Location}'");
            session.Host = $"pwsh {session.Ask("$PSVersionTable.PSVersion.ToString()")}";
            return session;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public void Invoke(string script) => Ask($"$ErrorActionPreference = 'Stop'; {script}; 'done'");

    public double Time(string script) => double.Parse(
        Ask($"[GC]::Collect(); $watch = [Diagnostics.Stopwatch]::StartNew(); {script}; $watch.Elapsed.TotalSeconds.ToString('R', [cultureinfo]::InvariantCulture)"),
        CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Runs a script and reads what it writes.</summary>
    private string Ask(string script)
    {
        string oneLine = string.Join(' ', script.Split('\n').Select(line => line.Trim()));
        _process.StandardInput.WriteLine($"try {{ $answer = & {{ {oneLine} }} }} catch {{ $answer = \"failed: $_\" }}; \"answer=$answer\"");
        _process.StandardInput.Flush();
        const string mark = "answer=";
        string? line;
        do
            line = _process.StandardOutput.ReadLine();
        while (line?.Contains(mark, StringComparison.Ordinal) == false);
        // The console's own control sequences may stand before it.
        string answer = line?[(line.IndexOf(mark, StringComparison.Ordinal) + mark.Length)..] ?? throw new InvalidOperationException("pwsh has ended.");
        return answer.StartsWith("failed: ", StringComparison.Ordinal) ? throw new InvalidOperationException(answer) : answer;
    }
}
