using System.Diagnostics;
using System.Globalization;

namespace EtlTools.Bench;

/// <summary>Import-EtlCsv against PowerShell's own Import-Csv, both in a real pwsh: ETLTOOLS_PWSH names it, or PATH.</summary>
internal static class ImportCsvBench
{
    private const long Rows = 200_000;

    public static bool Run(string[] args)
    {
        string program = Environment.GetEnvironmentVariable("ETLTOOLS_PWSH") ?? "pwsh";
        string script = $$"""
            Import-Module '{{Session.ModulePath()}}'
            $own = foreach ($round in 1..3) { (Measure-Command { Import-Csv '{{Orders.File(Rows)}}' | Out-Null }).TotalSeconds }
            $ours = foreach ($round in 1..3) { (Measure-Command { Import-EtlCsv '{{Orders.File(Rows)}}' | Out-Null }).TotalSeconds }
            ($own | Sort-Object)[1].ToString('R', [cultureinfo]::InvariantCulture)
            ($ours | Sort-Object)[1].ToString('R', [cultureinfo]::InvariantCulture)
            """;
        try
        {
            var start = new ProcessStartInfo(program, ["-NoProfile", "-NonInteractive", "-Command", script]) { RedirectStandardOutput = true };
            using Process pwsh = Process.Start(start)!;
            string[] lines = pwsh.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            pwsh.WaitForExit();
            double own = double.Parse(lines[0], CultureInfo.InvariantCulture);
            double ours = double.Parse(lines[1], CultureInfo.InvariantCulture);
            Measure.Print("Import-Csv | Out-Null", Rows / own / 1000, "k records/s");
            Measure.Print("Import-EtlCsv | Out-Null, in pwsh", Rows / ours / 1000, "k records/s");
            return Measure.Goal("Import-EtlCsv of Import-Csv", own / ours, 4);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Console.WriteLine($"Import-Csv was NOT MEASURED: '{program}' is no PowerShell here. Name one in ETLTOOLS_PWSH.");
            return false;
        }
    }
}
