using System.Globalization;
using EtlTools.Testing;

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
        double[] taken = [];
        // One process tells both; its files come from the disk in the round that is not counted.
        double[] median = Measure.Medians(
            () => (taken = [.. Programs.Output(PwshProgram.Path, ["-NoProfile", "-NonInteractive", "-Command", script]).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture))])[0],
            () => taken[1]);
        return Report("Import-Module", median[0], ImportMs) & Report("the first record after that", median[1], FirstRecordMs);
    }

    private static bool Report(string what, double taken, double atMost)
    {
        Measure.Print(what, taken, "ms");
        return Measure.Goal($"{what}: the {atMost:0} ms it may take, of its time", atMost / taken, 1);
    }
}
