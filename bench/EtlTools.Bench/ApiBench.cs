using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace EtlTools.Bench;

/// <summary>
/// Invoke-EtlApi from loopback against System.Text.Json on the same pages in memory, and against Invoke-RestMethod where a
/// PowerShell is installed; calls at a time against what the latency allows; the memory of a page of 3 GB.
/// </summary>
internal static class ApiBench
{
    private const int Items = PageService.PageCount * PageService.PageItems;
    private const int Calls = 2000;

    private static readonly string? PowerShell = Environment.GetEnvironmentVariable("ETLTOOLS_PWSH") ?? FindPowerShell();

    public static bool Run(string[] args)
    {
        using var service = new PageService();
        using var session = new Session();
        double[] seconds = Measure.Medians(
            () => Deserialize(service.Pages),
            () => session.Time($"Invoke-EtlApi {service.Url} | Out-Null"));
        Measure.Print("System.Text.Json into dictionaries, from memory", Items / seconds[0] / 1000, "k items/s");
        Measure.Print("Invoke-EtlApi | Out-Null, from loopback", Items / seconds[1] / 1000, "k items/s");
        bool met = Measure.Goal("Invoke-EtlApi of System.Text.Json", seconds[0] / seconds[1], 0.50);
        if (PowerShell is null)
        {
            Console.WriteLine("No PowerShell is installed here (pwsh, or ETLTOOLS_PWSH): not compared with Invoke-RestMethod.");
        }
        else
        {
            double rest = RestMethod(service.Url);
            Measure.Print("Invoke-RestMethod | Out-Null, from loopback", Items / rest / 1000, "k items/s");
            met &= Measure.Goal("Invoke-EtlApi of Invoke-RestMethod", rest / seconds[1], 3);
        }
        double calls = Calls / session.Time(
            $"1..{Calls} | ForEach-Object {{ [pscustomobject]@{{ id = $_ }} }} | Invoke-EtlApi '{service.Url}/slow?id={{id}}' -ThrottleLimit 8 | Out-Null");
        Measure.Print("Calls with 8 in flight and 20 ms each", calls, "calls/s");
        return met & Measure.Goal("of 400 calls/s", calls / 400, 0.90);
    }

    /// <summary>The peak memory of a page of 3 GB within 50 MiB of that of a small one.</summary>
    public static bool RunMemory(string[] args)
    {
        using var service = new PageService();
        double small = Peak($"{service.Url}/large?bytes=1000000");
        double large = Peak($"{service.Url}/large?bytes=3000000000");
        Measure.Print("Peak memory with a page of 1 MB", small, "MiB");
        Measure.Print("Peak memory with a page of 3 GB", large, "MiB");
        return Measure.Goal("small page's peak + 50 MiB of the large one's", (small + 50) / large, 1);
    }

    /// <summary>One page in this process; prints the peak of its resident memory in KiB.</summary>
    public static bool RunChild(string[] args)
    {
        using var session = new Session();
        session.Invoke($"Invoke-EtlApi '{args[0]}' -Pagination None -MaxBodyBytes {long.MaxValue} | Out-Null");
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(self.PeakWorkingSet64 / 1024);
        return true;
    }

    private static double Deserialize(byte[][] pages)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        int count = 0;
        foreach (byte[] page in pages)
            count += JsonSerializer.Deserialize<Page>(page)!.items.Count;
        return count == Items ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException($"{count} items.");
    }

    private static double RestMethod(string url)
    {
        const string Loop = "$c = $null; do { $p = Invoke-RestMethod \"$u$(if ($c) { \"?cursor=$c\" })\"; $p.items | Out-Null; $c = $p.next_page } while ($c)";
        string script = $"$u = '{url}/'; {Loop}; $s = foreach ($i in 1..3) {{ $w = [Diagnostics.Stopwatch]::StartNew(); {Loop}; $w.Elapsed.TotalSeconds }}; "
            + "($s | Sort-Object)[1].ToString([cultureinfo]::InvariantCulture)";
        return double.Parse(Programs.Output(PowerShell!, ["-NoProfile", "-NonInteractive", "-Command", $"$ProgressPreference = 'SilentlyContinue'; {script}"]), CultureInfo.InvariantCulture);
    }

    private static double Peak(string url) => double.Parse(Programs.Output(Environment.ProcessPath!, ["api-run", url]), CultureInfo.InvariantCulture) / 1024;

    private static string? FindPowerShell() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "pwsh.exe" : "pwsh")).FirstOrDefault(File.Exists);

#pragma warning disable IDE1006 // The names of the JSON.
    private sealed record Page(List<Dictionary<string, object?>> items, string? next_page);
#pragma warning restore IDE1006
}
