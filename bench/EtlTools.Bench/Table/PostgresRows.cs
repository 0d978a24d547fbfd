using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>Import-EtlCsv | Export-EtlSqlUpsert into PostgreSQL in a warm session, against psql and against a loop of prepared upserts;
/// also against pgloader, where it is installed.</summary>
internal static class PostgresRows
{
    private const long Rows = 1_000_000;

    /// <summary>The loop of single upserts is slow: it gets fewer rows, and its speed is compared.</summary>
    private const long LoopRows = 20_000;

    private const double New = 1.8;
    private const double Again = 1.3;
    private const double OneWriter = 1;
    private const double OfLoop = 5;

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        using var server = new PostgresServer();
        var loads = new PostgresLoads(server, Rows);
        var few = new PostgresLoads(server, LoopRows);
        var defaults = new Subject("defaults", () => loads.Warm(session, fresh: true));
        var defaultsAgain = new Subject("defaults again", () => loads.Warm(session, fresh: false));
        var one = new Subject("one writer", () => loads.Warm(session, fresh: true, "-ThrottleLimit 1"));
        var oneAgain = new Subject("one writer again", () => loads.Warm(session, fresh: false, "-ThrottleLimit 1"));
        var psql = new Subject("psql \\copy + ON CONFLICT", () => loads.Psql(fresh: true));
        var psqlAgain = new Subject("psql \\copy + ON CONFLICT", () => loads.Psql(fresh: false));
        var loop = new Subject("Npgsql, prepared upserts (of 20,000 rows)", () => few.Loop() * ((double)Rows / LoopRows));
        Subject.MeasureInTurn(defaults, defaultsAgain, psql, psqlAgain, one, oneAgain, loop);
        yield return Row.Speed("CSV → PostgreSQL, defaults, new table", defaults, psql, New);
        yield return Row.Speed("CSV → PostgreSQL, defaults, every row again", defaultsAgain, psqlAgain, Again);
        yield return Row.Speed("CSV → PostgreSQL, one writer, new table", one, psql, OneWriter);
        yield return Row.Speed("CSV → PostgreSQL, one writer, every row again", oneAgain, psqlAgain, OneWriter);
        yield return Row.Speed("CSV → PostgreSQL, defaults, new table", defaults, loop, OfLoop);
        if (Programs.IsInstalled("pgloader"))
            yield return Row.Speed("A new pwsh, CSV → PostgreSQL, once", new Subject("a new pwsh", loads.Cold).MeasureOnce(), new Subject("pgloader, inserts only, once", loads.Pgloader).MeasureOnce());
    }
}
