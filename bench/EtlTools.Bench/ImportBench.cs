using System.Diagnostics;
using Sylvan.Data.Csv;

namespace EtlTools.Bench;

/// <summary>
/// Import-EtlCsv | Out-Null against a compiled command that writes as many ready-made records, against Sylvan alone reading
/// the file into strings, and two workers against one.
/// </summary>
internal static class ImportBench
{
    private const long Rows = 1_000_000;

    public static bool Run(string[] args)
    {
        using var session = new Session();
        string file = Orders.File(Rows);
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}')");
        string types = "@{ ordered_at = 'datetime'; amount = 'decimal'; quantity = 'int'; order_id = 'long' }";
        double[] seconds = Measure.Medians(
            () => session.Time($"Write-BenchObject -InputObject $ready -Count {Rows} | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -Type {types} | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -ThrottleLimit 2 | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -Type {types} -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"Import-EtlCsv '{file}' -Type {types} -ThrottleLimit 2 | Out-Null"),
            () => SylvanStrings(file),
            () => session.Time($"Import-EtlCsv '{file}' | Invoke-EtlTransform -Required order_id, email -MaxLength @{{ email = 254 }} | Out-Null"));
        double bare = session.Allocate($"Write-BenchObject -InputObject $ready -Count {Rows} | Out-Null") / Rows;
        double import = session.Allocate($"Import-EtlCsv '{file}' | Out-Null") / Rows;
        string[] names =
        [
            "bare pipeline | Out-Null", "Import-EtlCsv | Out-Null", "one worker", "four typed columns",
            "two workers", "typed, one worker", "typed, two workers", "Sylvan alone into strings", "with Invoke-EtlTransform, three rules",
        ];
        for (int i = 0; i < names.Length; i++)
            Measure.Print(names[i], Rows / seconds[i] / 1000, "k records/s");
        Measure.Print("Allocated by the bare pipeline", bare, "bytes/record");
        Measure.Print("Allocated by Import-EtlCsv beyond that", import - bare, "bytes/record");
        return Measure.Goal("Import-EtlCsv of the bare pipeline", seconds[0] / seconds[1], 0.70)
            & Measure.Goal("with four typed columns", seconds[0] / seconds[3], 0.50)
            & Measure.Goal("two workers of one worker", seconds[2] / seconds[4], 0.95)
            & Measure.Goal("two workers of one worker, typed", seconds[5] / seconds[6], 0.95);
    }

    private static double SylvanStrings(string file)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        using var reader = CsvDataReader.Create(file);
        long length = 0;
        while (reader.Read())
        {
            for (int field = 0; field < reader.FieldCount; field++)
                length += reader.GetString(field).Length;
        }
        return length > 0 ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException("Sylvan read nothing.");
    }
}
