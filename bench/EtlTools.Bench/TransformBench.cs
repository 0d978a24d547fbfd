namespace EtlTools.Bench;

/// <summary>Invoke-EtlTransform against ForEach-Object, one worker against two, rules against a script of the same checks.</summary>
internal static class TransformBench
{
    private const int Records = 300_000;
    private const int ParallelRecords = 5_000;
    private const int HashRecords = 2_000;

    /// <summary>Seconds a record below which a difference of two pipelines is noise.</summary>
    private const double Finest = 1e-8;

    private const string Rules = """
        -Required order_id, customer -MaxLength @{ email = 254 } -Pattern @{ email = '^[^@\s]+@[^@\s]+\.[a-z]+$' } -Range @{ amount = 0, 10000 } -AllowedValue @{ city = 'Amsterdam', 'Berlin', 'Rome', 'New York', 'Oslo', 'São Paulo', 'Tokyo', 'Wellington' }
        """;

    /// <summary>The same as anybody would write them.</summary>
    private const string Checks = """
        {
            if ([string]::IsNullOrEmpty($_.order_id)) { throw 'order_id is required' }
            if ([string]::IsNullOrEmpty($_.customer)) { throw 'customer is required' }
            if ($_.email.Length -gt 254) { throw 'email is too long' }
            if ($_.email -cnotmatch '^[^@\s]+@[^@\s]+\.[a-z]+$') { throw 'email is no address' }
            if ([decimal]$_.amount -lt 0 -or [decimal]$_.amount -gt 10000) { throw 'amount is out of range' }
            if ($_.city -cnotin 'Amsterdam', 'Berlin', 'Rome', 'New York', 'Oslo', 'São Paulo', 'Tokyo', 'Wellington') { throw 'city is unknown' }
            $_
        }
        """;

    private const string Work = "{ $t = [Text.Encoding]::UTF8.GetBytes($_.order_id); for ($i = 0; $i -lt 200; $i++) { $t = [Security.Cryptography.SHA256]::HashData($t) }; $_ }";

    public static bool Run(string[] args)
    {
        using var session = new Session();
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}')");
        return Script(session) & Rule(session);
    }

    private static bool Script(Session session)
    {
        double[] seconds = Measure.Medians(
            () => session.Time($"{Source(Records)} | ForEach-Object {{ $_ }} | Out-Null"),
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform {{ $_ }} -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform {{ $_ }} -ThrottleLimit 2 | Out-Null"),
            () => session.Time($"{Source(ParallelRecords)} | ForEach-Object -Parallel {{ $_ }} -ThrottleLimit 2 | Out-Null"),
            () => session.Time($"{Source(ParallelRecords)} | Invoke-EtlTransform {{ $_ }} -ThrottleLimit 2 | Out-Null"),
            () => session.Time($"{Source(HashRecords)} | Invoke-EtlTransform {Work} -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"{Source(HashRecords)} | Invoke-EtlTransform {Work} -ThrottleLimit 2 | Out-Null"),
            () => session.Time(Runspaces(1)),
            () => session.Time(Runspaces(2)));
        Print("ForEach-Object { $_ }", Records, seconds[0]);
        Print("Invoke-EtlTransform { $_ }, one worker", Records, seconds[1]);
        Print("Invoke-EtlTransform { $_ }, two workers", Records, seconds[2]);
        Print("ForEach-Object -Parallel { $_ }", ParallelRecords, seconds[3]);
        Print("Invoke-EtlTransform { $_ }, as many", ParallelRecords, seconds[4]);
        Print("200 SHA-256 a record, one worker", HashRecords, seconds[5]);
        Print("200 SHA-256 a record, two workers", HashRecords, seconds[6]);
        Print("200 SHA-256 a record, one bare runspace", HashRecords, seconds[7]);
        Print("200 SHA-256 a record, two bare runspaces", HashRecords, seconds[8]);
        Measure.Print("200 SHA-256, two bare runspaces of one", 100 * seconds[7] / seconds[8], "%");
        return Measure.Goal("{ $_ }, one worker, of ForEach-Object", seconds[0] / seconds[1], 0.60)
            & Measure.Goal("{ $_ }, two workers, of ForEach-Object", seconds[0] / seconds[2], 1)
            & Measure.Goal("{ $_ } of ForEach-Object -Parallel, 5,000 records", seconds[3] / seconds[4], 100)
            & Measure.Goal("200 SHA-256, two workers of one", seconds[5] / seconds[6], 1.7);
    }

    private static bool Rule(Session session)
    {
        double[] seconds = Measure.Medians(
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform {Rules} -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform {Checks} -ThrottleLimit 1 | Out-Null"),
            () => session.Time($"{Source(Records)} | Invoke-EtlTransform {{ $_ }} -ThrottleLimit 1 | Out-Null"));
        Print("No step at all", Records, seconds[0]);
        Print("Six rules", Records, seconds[1]);
        Print("The same six checks in a script block", Records, seconds[2]);
        Measure.Print("Six rules beyond no step", (seconds[1] - seconds[0]) / Records * 1e6, "µs/record");
        Measure.Print("The script block beyond no step", (seconds[2] - seconds[0]) / Records * 1e6, "µs/record");
        Measure.Print("whole pipelines, rules of the script block", seconds[2] / seconds[1], "times");
        return Measure.Goal("six rules of the script block, beyond the bare pipeline", (seconds[2] - seconds[0]) / Math.Max(seconds[1] - seconds[0], Records * Finest), 10);
    }

    /// <summary>The same work by PowerShell alone, shared among runspaces: what the process gains from a second processor.</summary>
    private static string Runspaces(int count) => $$"""
        $shells = foreach ($i in 1..{{count}}) { [powershell]::Create().AddScript('param($record, $count) , $record * $count | ForEach-Object {{Work}} | Out-Null').AddArgument($ready[$i]).AddArgument({{HashRecords / count}}) }
        $runs = foreach ($shell in $shells) { $shell.BeginInvoke() }
        for ($i = 0; $i -lt {{count}}; $i++) { @($shells)[$i].EndInvoke(@($runs)[$i]); @($shells)[$i].Dispose() }
        """;

    private static string Source(int records) => $"Write-BenchObject -InputObject $ready -Count {records}";

    private static void Print(string what, int records, double seconds) => Measure.Print(what, records / seconds / 1000, "k records/s");
}
