using System.Diagnostics;
using System.Globalization;

namespace EtlTools.Bench;

/// <summary>The peak memory of a whole load, each in a process of its own: at 1 GB within 10 % of that at 100 MB.</summary>
internal static class MemoryBench
{
    public static bool Run(string[] args)
    {
        double small = Peak(100L * 1000 * 1000);
        double large = Peak(1000L * 1000 * 1000);
        Measure.Print("Peak memory of a 100 MB load", small, "MiB");
        Measure.Print("Peak memory of a 1 GB load", large, "MiB");
        return Measure.Goal("100 MB's peak of 1 GB's", small / large, 1 / 1.10);
    }

    /// <summary>One load in this process; prints the peak of its resident memory in KiB.</summary>
    public static bool RunChild(string[] args)
    {
        string file = args[0];
        string folder = Directory.CreateTempSubdirectory("etltools-bench").FullName;
        try
        {
            using var session = new Session();
            session.Invoke($$"""
                $r = Import-EtlCsv '{{file}}' -Type @{ amount = 'decimal'; ordered_at = 'datetime' } |
                  Invoke-EtlTransform -Required order_id -ScriptBlock { $_.email = $_.email.ToLowerInvariant(); $_ } |
                  Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source={{Path.Combine(folder, "t.db")}}' -Table orders -Key order_id -CreateTable
                if (-not $r.Succeeded) { throw "$r" }
                """);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(self.PeakWorkingSet64 / 1024);
        return true;
    }

    private static double Peak(long bytes)
    {
        string file = Orders.File(Orders.RowsFor(bytes));
        var start = new ProcessStartInfo(Environment.ProcessPath!, ["run", file]) { RedirectStandardOutput = true };
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0
            ? double.Parse(output, CultureInfo.InvariantCulture) / 1024
            : throw new InvalidOperationException($"The load failed with exit code {child.ExitCode}.");
    }
}
