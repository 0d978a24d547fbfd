namespace EtlTools.Bench;

/// <summary>Import-EtlCsv against PowerShell's own Import-Csv.</summary>
internal static class ImportCsvBench
{
    private const long Rows = 1_000_000;

    public static bool Run(string[] args)
    {
        using var session = new Session();
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}')");
        string file = Orders.File(Rows);
        double[] seconds = Measure.Medians(
            () => session.Time($"Import-Csv '{file}' | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' | Out-Null"),
            () => session.Time($"Write-BenchObject -InputObject $ready -Count {Rows} | Out-Null"));
        Measure.Print("Import-Csv | Out-Null", Rows / seconds[0] / 1000, "k records/s");
        Measure.Print("Import-EtlCsv | Out-Null", Rows / seconds[1] / 1000, "k records/s");
        Measure.Print("bare pipeline | Out-Null", Rows / seconds[2] / 1000, "k records/s");
        Measure.Print("the bare pipeline of Import-Csv", seconds[0] / seconds[2], "times");
        return Measure.Goal("Import-EtlCsv of Import-Csv", seconds[0] / seconds[1], 4);
    }
}
