namespace EtlTools.Bench;

/// <summary>Script blocks on records: Invoke-EtlTransform against ForEach-Object, one worker against two, rules against a script of the
/// same checks, and Where-Object on records against the same on Import-Csv's objects.</summary>
internal static class TransformRows
{
    private const int Records = 300_000;
    private const int ParallelRecords = 5_000;
    private const int HashRecords = 2_000;

    /// <summary>Seconds a record below which a difference of two pipelines is noise.</summary>
    private const double Finest = 1e-8;

    private const double Defaults = 1.3;
    private const double BesideOthers = 1;
    private const double OneWorker = 0.60;
    private const double OfParallel = 100;
    private const double TwoWorkers = 1.7;
    private const double OfChecks = 10;
    private const double OfObjects = 2;

    private const string Rules = """
        -Required order_id, customer -MaxLength @{ email = 254 } -Pattern @{ email = '^[^@\s]+@[^@\s]+\.[a-z]+$' } -Range @{ amount = 0, 10000 } -AllowedValue @{ city = 'Amsterdam', 'Berlin', 'Rome', 'New York', 'Oslo', 'São Paulo', 'Tokyo', 'Wellington' }
        """;

    /// <summary>The same as anybody would write them.</summary>
    private const string Checks = """
        {
            if ([string]::IsNullOrEmpty($_.order_id)) { throw 'order_id is required' }
            if ([string]::IsNullOrEmpty($_.customer)) { throw 'customer is required' }
            if ($_.email.Length -gt 254) { throw 'email is too long' }
            if ($_.email -cnotmatch '^[^@\s]+@[^@\s]+\.[a-z]+$') { throw 'email is not an address' }
            if ([decimal]$_.amount -lt 0 -or [decimal]$_.amount -gt 10000) { throw 'amount is out of range' }
            if ($_.city -cnotin 'Amsterdam', 'Berlin', 'Rome', 'New York', 'Oslo', 'São Paulo', 'Tokyo', 'Wellington') { throw 'city is unknown' }
            $_
        }
        """;

    private const string Hash = "{ $t = [Text.Encoding]::UTF8.GetBytes($_.order_id); for ($i = 0; $i -lt 200; $i++) { $t = [Security.Cryptography.SHA256]::HashData($t) }; $_ }";

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}'); $global:objects = @(Import-Csv '{Orders.File(1_000)}')");
        foreach (Row row in Script(session).Concat(Parallel(session)).Concat(Rule(session)).Concat(Where(session)))
            yield return row;
    }

    private static IEnumerable<Row> Script(Session session)
    {
        Subject each = On(session, "ForEach-Object { $_ }", Records, "ForEach-Object { $_ }");
        Subject transform = On(session, "Invoke-EtlTransform { $_ }", Records, "Invoke-EtlTransform { $_ }");
        Subject one = On(session, "Invoke-EtlTransform { $_ }, one worker", Records, "Invoke-EtlTransform { $_ } -ThrottleLimit 1");
        Subject.MeasureInTurn(each, transform, one);
        yield return Row.Speed("Invoke-EtlTransform { $_ }, 300,000 records", transform, each, Defaults);
        yield return Row.Speed("Invoke-EtlTransform { $_ }, one worker", one, each, OneWorker);
        string file = Orders.File(Records);
        var eachRead = new Subject("ForEach-Object { $_ }", () => session.Take($"Import-EtlCsv '{file}' | ForEach-Object {{ $_ }} | Out-Null"));
        var transformRead = new Subject("Invoke-EtlTransform { $_ }", () => session.Take($"Import-EtlCsv '{file}' | Invoke-EtlTransform {{ $_ }} | Out-Null"));
        Subject.MeasureInTurn(eachRead, transformRead);
        yield return Row.Speed("Import-EtlCsv to Invoke-EtlTransform { $_ }, 300,000 rows", transformRead, eachRead, Defaults);
        Subject eachBeside = On(session, "ForEach-Object { $_ }", Records, "ForEach-Object { $_ }");
        Subject transformBeside = On(session, "Invoke-EtlTransform { $_ }", Records, "Invoke-EtlTransform { $_ }");
        using (new BusyThread())
            Subject.MeasureInTurn(eachBeside, transformBeside);
        yield return Row.Speed("Invoke-EtlTransform { $_ } beside a busy thread", transformBeside, eachBeside, BesideOthers);
    }

    private static IEnumerable<Row> Parallel(Session session)
    {
        Subject each = On(session, "ForEach-Object -Parallel { $_ }", ParallelRecords, "ForEach-Object -Parallel { $_ } -ThrottleLimit 2");
        Subject transform = On(session, "Invoke-EtlTransform { $_ }", ParallelRecords, "Invoke-EtlTransform { $_ } -ThrottleLimit 2");
        Subject one = On(session, "one worker", HashRecords, $"Invoke-EtlTransform {Hash} -ThrottleLimit 1");
        Subject two = On(session, "two workers", HashRecords, $"Invoke-EtlTransform {Hash} -ThrottleLimit 2");
        var oneBare = new Subject("one bare runspace", () => session.Take(Runspaces(1)));
        var twoBare = new Subject("two bare runspaces", () => session.Take(Runspaces(2)));
        Subject.MeasureInTurn(each, transform, one, two, oneBare, twoBare);
        yield return Row.Speed("Invoke-EtlTransform { $_ }, 5,000 records", transform, each, OfParallel);
        yield return Row.Speed("Invoke-EtlTransform, 200 SHA-256 a record, two workers", two, one, TwoWorkers);
        yield return Row.Speed("200 SHA-256 a record, two bare runspaces", twoBare, oneBare);
    }

    private static IEnumerable<Row> Rule(Session session)
    {
        Subject none = On(session, "no step", Records, "Invoke-EtlTransform -ThrottleLimit 1");
        Subject rules = On(session, "six rules", Records, $"Invoke-EtlTransform {Rules} -ThrottleLimit 1");
        Subject checks = On(session, "the same checks in a script block", Records, $"Invoke-EtlTransform {Checks} -ThrottleLimit 1");
        Subject.MeasureInTurn(none, rules, checks);
        yield return Row.Speed("Invoke-EtlTransform, six rules, whole pipeline", rules, checks);
        double beyond = (checks.Median.Wall - none.Median.Wall) / Math.Max(rules.Median.Wall - none.Median.Wall, Records * Finest);
        yield return Row.Speed("Invoke-EtlTransform, six rules, beyond one without a step", rules, checks, OfChecks) with { Figure = beyond };
    }

    private static IEnumerable<Row> Where(Session session)
    {
        Subject records = On(session, "records", Records, "Where-Object city -eq Rome");
        Subject objects = On(session, "the same on Import-Csv's objects", Records, "Where-Object city -eq Rome", "$objects");
        Subject.MeasureInTurn(records, objects);
        yield return Row.Speed("Where-Object city -eq Rome, 300,000 records in memory", records, objects);
        string file = Orders.File(Records);
        var read = new Subject("Import-EtlCsv", () => session.Take($"Import-EtlCsv '{file}' | Where-Object city -eq Rome | Out-Null"));
        var readObjects = new Subject("Import-Csv", () => session.Take($"Import-Csv '{file}' | Where-Object city -eq Rome | Out-Null"));
        Subject.MeasureInTurn(read, readObjects);
        yield return Row.Speed("Import-EtlCsv to Where-Object city -eq Rome, 300,000 rows", read, readObjects, OfObjects);
    }

    /// <summary>The same work by PowerShell alone, shared among runspaces: what the process gains from a second processor.</summary>
    private static string Runspaces(int count) => $$"""
        $shells = foreach ($i in 1..{{count}}) { [powershell]::Create().AddScript('param($record, $count) , $record * $count | ForEach-Object {{Hash}} | Out-Null').AddArgument($ready[$i]).AddArgument({{HashRecords / count}}) }
        $runs = foreach ($shell in $shells) { $shell.BeginInvoke() }
        for ($i = 0; $i -lt {{count}}; $i++) { @($shells)[$i].EndInvoke(@($runs)[$i]); @($shells)[$i].Dispose() }
        """;

    private static Subject On(Session session, string name, int count, string command, string items = "$ready") =>
        new(name, () => session.Take($"Write-BenchObject -InputObject {items} -Count {count} | {command} | Out-Null"));
}
