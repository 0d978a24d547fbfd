using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace EtlTools.Bench;

/// <summary>What a user waits for in a new pwsh: the module's import, and then the first record.</summary>
internal static class StartBench
{
    private const double ImportMs = 150;
    private const double FirstRecordMs = 100;

    public static bool Run(string[] args)
    {
        string script = $$"""
            # PowerShell's own first use of a command is not the module's.
            $null = 1 | Select-Object -First 1
            $watch = [Diagnostics.Stopwatch]::StartNew()
            Import-Module '{{Session.ModulePath()}}'
            $import = $watch.Elapsed.TotalMilliseconds
            $null = Import-EtlCsv '{{Orders.File(1_000)}}' | Select-Object -First 1
            [string]::Format([cultureinfo]::InvariantCulture, '{0:R} {1:R}', $import, $watch.Elapsed.TotalMilliseconds - $import)
            """;
        var import = new List<double>();
        var first = new List<double>();
        try
        {
            for (int round = 0; round <= Measure.Rounds; round++)
            {
                double[] taken = [.. Output(script).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))];
                // The first round reads the files from the disk.
                if (round == 0)
                    continue;
                import.Add(taken[0]);
                first.Add(taken[1]);
            }
        }
        catch (Win32Exception)
        {
            Console.WriteLine("The start was NOT MEASURED: there is no pwsh here. Name one in ETLTOOLS_PWSH.");
            return false;
        }
        return Report("Import-Module", import, ImportMs) & Report("the first record after that", first, FirstRecordMs);
    }

    private static bool Report(string what, List<double> taken, double atMost)
    {
        double median = taken.Order().ElementAt(taken.Count / 2);
        Measure.Print(what, median, "ms");
        return Measure.Goal($"{what}: the {atMost:0} ms it may take, of its time", atMost / median, 1);
    }

    private static string Output(string script)
    {
        string program = Environment.GetEnvironmentVariable("ETLTOOLS_PWSH") ?? "pwsh";
        using Process pwsh = Process.Start(new ProcessStartInfo(program, ["-NoProfile", "-NonInteractive", "-Command", script]) { RedirectStandardOutput = true })!;
        string output = pwsh.StandardOutput.ReadToEnd().Trim();
        pwsh.WaitForExit();
        return output;
    }
}
