using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>Bytes that the process allocates for a record.</summary>
internal static class AllocatedRows
{
    private const long Rows = 1_000_000;
    private const double Read = 160;
    private const double Load = 600;

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        using var server = new PostgresServer();
        using var folder = new BenchFolder();
        var sqlite = new SqliteLoads(folder, Rows);
        var postgres = new PostgresLoads(server, Rows);
        string file = Orders.File(Rows);
        session.Invoke($"$global:ready = @(Import-EtlCsv '{Orders.File(1_000)}')");
        string source = $"Write-BenchObject -InputObject $ready -Count {Rows}";
        double bare = session.Allocate($"{source} | Out-Null") / Rows;
        yield return Row.Allocated("Bare compiled pipeline, allocated", bare);
        yield return Row.Allocated("Import-EtlCsv to Out-Null, allocated beyond that", session.Allocate($"Import-EtlCsv '{file}' | Out-Null") / Rows - bare, Read);
        yield return Row.Allocated("ForEach-Object { $_ }, allocated beyond that", session.Allocate($"{source} | ForEach-Object {{ $_ }} | Out-Null") / Rows - bare);
        yield return Row.Allocated("Invoke-EtlTransform { $_ }, allocated beyond that", session.Allocate($"{source} | Invoke-EtlTransform {{ $_ }} | Out-Null") / Rows - bare);
        sqlite.Prepare(fresh: true);
        yield return Row.Allocated("CSV → SQLite, new table, allocated in all", session.Allocate(sqlite.Pipeline) / Rows, Load);
        postgres.Prepare();
        yield return Row.Allocated("CSV → PostgreSQL, new table, allocated in all", session.Allocate(postgres.Pipeline("")) / Rows, Load);
        yield return Row.Allocated("CSV → PostgreSQL, every row again, allocated in all", session.Allocate(postgres.Pipeline("")) / Rows);
    }
}
