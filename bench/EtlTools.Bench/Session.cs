using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>A pwsh with the built module and Write-BenchObject, as a user has it, which runs one script after the other.</summary>
internal sealed class Session : IDisposable
{
    private const string Mark = "answer=";

    private readonly Process _process;

    public Session()
    {
        _process = Process.Start(new ProcessStartInfo(PwshProgram.Path, ["-NoProfile", "-NonInteractive", "-NoLogo", "-Command", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Invoke($"Import-Module '{ModulePath()}'; Import-Module '{typeof(Session).Assembly.Location}'");
    }

    /// <summary>The peak of the process's resident memory, in MiB.</summary>
    public double PeakMiB => Number("[Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64 / 1MB");

    /// <summary>Runs a script to its end; any error is fatal: a bench of a failure measures nothing.</summary>
    public void Invoke(string script) => Read($"$null = & {{ {script} }}");

    /// <summary>Runs a script and gives the texts that it writes.</summary>
    public string[] Read(string script)
    {
        string oneLine = string.Join(' ', script.Split('\n').Select(line => line.Trim()));
        _process.StandardInput.WriteLine(
            $"$ErrorActionPreference = 'Stop'; try {{ $answer = ConvertTo-Json -Compress @(@(& {{ {oneLine} }}) | ForEach-Object {{ \"$_\" }}) }} catch {{ $answer = \"failed: $_\" }}; \"{Mark}$answer\"");
        _process.StandardInput.Flush();
        string? line;
        do
            line = _process.StandardOutput.ReadLine();
        while (line?.Contains(Mark, StringComparison.Ordinal) == false);
        // The console's own control sequences may stand before it.
        string answer = line?[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..] ?? throw new InvalidOperationException("pwsh has ended.");
        return answer.StartsWith("failed: ", StringComparison.Ordinal)
            ? throw new InvalidOperationException(answer)
            : JsonSerializer.Deserialize<string[]>(answer)!;
    }

    /// <summary>Seconds that a script takes.</summary>
    public double Time(string script) =>
        Number($"[GC]::Collect(); $watch = [Diagnostics.Stopwatch]::StartNew(); $null = & {{ {script} }}; $watch.Elapsed.TotalSeconds");

    /// <summary>Seconds of processor time that a script takes, all threads together.</summary>
    public double Work(string script) => Difference(script, "[Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalSeconds");

    /// <summary>Bytes that a script allocates.</summary>
    public double Allocate(string script) => Difference(script, "[GC]::GetTotalAllocatedBytes($true)");

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>The built module's manifest.</summary>
    public static string ModulePath()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string output = Path.Combine(folder.FullName, "output", "EtlTools");
            if (Directory.Exists(output))
                return Path.Combine(Directory.GetDirectories(output).Order().Last(), "EtlTools.psd1");
        }
        throw new InvalidOperationException("The module is not built: run build.ps1 first.");
    }

    private double Difference(string script, string figure) =>
        Number($"[GC]::Collect(); $before = {figure}; $null = & {{ {script} }}; {figure} - $before");

    private double Number(string script) =>
        double.Parse(Read($"([double](& {{ {script} }})).ToString('R', [cultureinfo]::InvariantCulture)").Single(), CultureInfo.InvariantCulture);
}
