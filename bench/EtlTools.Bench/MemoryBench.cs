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
        double fewFields = PeakOfFields(800);
        double manyFields = PeakOfFields(2_400);
        Measure.Print("Peak memory of a load of 800 rows of 1 MiB", fewFields, "MiB");
        Measure.Print("Peak memory of a load of 2,400 rows of 1 MiB", manyFields, "MiB");
        return Measure.Goal("100 MB's peak of 1 GB's", small / large, 1 / 1.10)
            & Measure.Goal("800 large rows' peak of 2,400's", fewFields / manyFields, 1 / 1.10);
    }

    /// <summary>The peak of reading alone: at 2 GB within 10 % of that at 200 MB, also where one field has 15 MiB.</summary>
    public static bool RunImport(string[] args)
    {
        string small = Orders.File(Orders.RowsFor(200L * 1000 * 1000));
        string large = Orders.File(Orders.RowsFor(2000L * 1000 * 1000));
        string[] withField = [WithLargeField(small), WithLargeField(large)];
        double[] peaks = [.. new[] { small, large, withField[0], withField[1] }.Select(file => PeakOfReading(file))];
        Measure.Print("Peak memory of reading 200 MB", peaks[0], "MiB");
        Measure.Print("Peak memory of reading 2 GB", peaks[1], "MiB");
        Measure.Print("the same 200 MB with a field of 15 MiB", peaks[2], "MiB");
        Measure.Print("the same 2 GB with a field of 15 MiB", peaks[3], "MiB");
        foreach (string file in withField.Append(large))
            File.Delete(file);
        return Measure.Goal("200 MB's peak of 2 GB's", peaks[0] / peaks[1], 1 / 1.10)
            & Measure.Goal("200 MB's peak of 2 GB's, with a large field", peaks[2] / peaks[3], 1 / 1.10);
    }

    private static string WithLargeField(string file)
    {
        string path = file + ".large";
        using FileStream target = File.Create(path);
        using (FileStream source = File.OpenRead(file))
            source.CopyTo(target);
        using var writer = new StreamWriter(target);
        writer.Write($"9999999999,c,e,c,2026-01-01,1,1,\"{new string('x', 15 * 1024 * 1024)}\"\n");
        return path;
    }

    private static double PeakOfReading(string file)
    {
        using var session = new Session();
        session.Invoke($"Import-EtlCsv '{file}' -Type @{{ amount = 'decimal'; ordered_at = 'datetime' }} | Out-Null");
        return session.PeakMiB;
    }

    private static double PeakOfFields(int rows)
    {
        using var folder = new BenchFolder();
        string file = folder.File("fields.csv");
        string field = new('x', 1024 * 1024);
        File.WriteAllLines(file, Enumerable.Range(0, rows).Select(row => FormattableString.Invariant($"{row},{field}")).Prepend("id,value"));
        using var session = new Session();
        session.Invoke($$"""
            $r = Import-EtlCsv '{{file}}' | Invoke-EtlTransform { $_ } | Export-EtlSqlUpsert -SqlitePath '{{folder.File("t.db")}}' -Table t -Key id -CreateTable;
            if (-not $r.Succeeded) { throw "$r" }
            """);
        return session.PeakMiB;
    }

    private static double Peak(long bytes)
    {
        using var folder = new BenchFolder();
        using var session = new Session();
        session.Invoke($$"""
            $r = Import-EtlCsv '{{Orders.File(Orders.RowsFor(bytes))}}' -Type @{ amount = 'decimal'; ordered_at = 'datetime' } |
              Invoke-EtlTransform -Required order_id -ScriptBlock { $_.email = $_.email.ToLowerInvariant(); $_ } |
              Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source={{folder.File("t.db")}}' -Table orders -Key order_id -CreateTable;
            if (-not $r.Succeeded) { throw "$r" }
            """);
        return session.PeakMiB;
    }
}
