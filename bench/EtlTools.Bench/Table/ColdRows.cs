namespace EtlTools.Bench;

/// <summary>A scheduled task: one new pwsh that imports the module and loads a file, against one process of sqlite3; also against
/// sqlite-utils, where it is installed.</summary>
internal static class ColdRows
{
    private const double Share = 0.80;
    private const double SmallSeconds = 0.5;

    public static IEnumerable<Row> Measure()
    {
        using var folder = new BenchFolder();
        var large = new SqliteLoads(folder, 1_000_000);
        var small = new SqliteLoads(folder, 100_000);
        var ours = new Subject("a new pwsh", large.Cold);
        var theirs = new Subject("sqlite3", () => large.Sqlite3(fresh: true));
        var oursSmall = new Subject("a new pwsh", small.Cold);
        var theirsSmall = new Subject("sqlite3", () => small.Sqlite3(fresh: true));
        Subject.MeasureInTurn(ours, theirs, oursSmall, theirsSmall);
        yield return Row.Speed("A new pwsh, CSV → SQLite, 1,000,000 × 8", ours, theirs, Share);
        yield return Row.Wait("A new pwsh, CSV → SQLite, 100,000 × 8", oursSmall, SmallSeconds, theirsSmall);
        if (Programs.IsInstalled("sqlite-utils"))
            yield return Row.Speed("A new pwsh, CSV → SQLite, 1,000,000 × 8", ours, new Subject("sqlite-utils upsert, once", large.SqliteUtils).MeasureOnce());
    }
}
