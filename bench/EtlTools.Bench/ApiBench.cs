using System.Diagnostics;
using System.Text.Json;

namespace EtlTools.Bench;

/// <summary>
/// Invoke-EtlApi from loopback against System.Text.Json on the same pages in memory, and against Invoke-RestMethod; calls at a
/// time against what the latency allows; the memory of a page of 3 GB.
/// </summary>
internal static class ApiBench
{
    private const int Items = PageService.PageCount * PageService.PageItems;
    private const int Calls = 2000;
    private const string RestMethodLoop = "$c = $null; do { $p = Invoke-RestMethod \"$u$(if ($c) { \"?cursor=$c\" })\"; $p.items | Out-Null; $c = $p.next_page } while ($c)";

    public static bool Run(string[] args)
    {
        using var service = new PageService();
        using var session = new Session();
        double[] seconds = Measure.Medians(
            () => Deserialize(service.Pages),
            () => session.Time($"Invoke-EtlApi {service.Url} | Out-Null"),
            () => session.Time($"$ProgressPreference = 'SilentlyContinue'; $u = '{service.Url}/'; {RestMethodLoop}"));
        Measure.Print("System.Text.Json into dictionaries, from memory", Items / seconds[0] / 1000, "k items/s");
        Measure.Print("Invoke-EtlApi | Out-Null, from loopback", Items / seconds[1] / 1000, "k items/s");
        bool met = Measure.Goal("Invoke-EtlApi of System.Text.Json", seconds[0] / seconds[1], 0.50);
        Measure.Print("Invoke-RestMethod | Out-Null, from loopback", Items / seconds[2] / 1000, "k items/s");
        met &= Measure.Goal("Invoke-EtlApi of Invoke-RestMethod", seconds[2] / seconds[1], 3);
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

    private static double Deserialize(byte[][] pages)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        int count = 0;
        foreach (byte[] page in pages)
            count += JsonSerializer.Deserialize<Page>(page)!.items.Count;
        return count == Items ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException($"{count} items.");
    }

    private static double Peak(string url)
    {
        using var session = new Session();
        session.Invoke($"Invoke-EtlApi '{url}' -Pagination None -MaxBodyBytes {long.MaxValue} | Out-Null");
        return session.PeakMiB;
    }

#pragma warning disable IDE1006 // The names of the JSON.
    private sealed record Page(List<Dictionary<string, object?>> items, string? next_page);
#pragma warning restore IDE1006
}
