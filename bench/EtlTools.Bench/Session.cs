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

    /// <summary>What a script takes, all threads together.</summary>
    public Taken Take(string script)
    {
        const string processor = "[Diagnostics.Process]::GetCurrentProcess().TotalProcessorTime.TotalSeconds";
        double[] taken = Numbers($"[GC]::Collect(); $before = {processor}; $watch = [Diagnostics.Stopwatch]::StartNew(); $null = & {{ {script} }}; $watch.Elapsed.TotalSeconds; {processor} - $before");
        return new Taken(taken[0], taken[1]);
    }

    /// <summary>Seconds that a script takes.</summary>
    public double Time(string script) => Take(script).Wall;

    /// <summary>Seconds of processor time that a script takes, all threads together.</summary>
    public double Work(string script) => Take(script).Processor;

    /// <summary>Bytes that a script allocates.</summary>
    public double Allocate(string script) => Number($"[GC]::Collect(); $before = [GC]::GetTotalAllocatedBytes($true); $null = & {{ {script} }}; [GC]::GetTotalAllocatedBytes($true) - $before");

    /// <summary>Runs a script with the module in a new pwsh, to its end; a failure is fatal.</summary>
    public static void RunNew(string script) => Programs.Output(
        PwshProgram.Path, ["-NoProfile", "-NonInteractive", "-Command", $"$ErrorActionPreference = 'Stop'; Import-Module '{ModulePath()}'; {script}"]);

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

    private double Number(string script) => Numbers(script).Single();

    private double[] Numbers(string script) =>
        [.. Read($"& {{ {script} }} | ForEach-Object {{ ([double]$_).ToString('R', [cultureinfo]::InvariantCulture) }}").Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
}
