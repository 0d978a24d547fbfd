namespace EtlTools.Bench;

/// <summary>Import-EtlCsv | Export-EtlSqlUpsert into SQLite in a warm session, against sqlite3.</summary>
internal static class SqliteRows
{
    private const double New = 1.3;
    private const double Again = 1.5;

    public static IEnumerable<Row> Measure()
    {
        using var session = new Session();
        using var oursFolder = new BenchFolder();
        using var theirsFolder = new BenchFolder();
        var our = new SqliteLoads(oursFolder, 1_000_000);
        var their = new SqliteLoads(theirsFolder, 1_000_000);
        Subject[] ours = [new("new", () => our.Warm(session, fresh: true)), new("again", () => our.Warm(session, fresh: false))];
        Subject[] theirs = [new("sqlite3", () => their.Sqlite3(fresh: true)), new("sqlite3", () => their.Sqlite3(fresh: false))];
        Subject.MeasureInTurn(ours[0], theirs[0], ours[1], theirs[1]);
        yield return Row.Speed("CSV → SQLite, new table", ours[0], theirs[0], New);
        yield return Row.Speed("CSV → SQLite, every row again", ours[1], theirs[1], Again);
    }
}
