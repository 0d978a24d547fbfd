using System.Diagnostics;

namespace EtlTools.Bench;

/// <summary>Import-EtlCsv | Export-EtlSqlUpsert against sqlite3's own .import and INSERT … ON CONFLICT.</summary>
internal static class LoadBench
{
    private const long Rows = 1_000_000;
    private const string Columns = "order_id TEXT PRIMARY KEY, customer TEXT, email TEXT, city TEXT, ordered_at TEXT, amount TEXT, quantity TEXT, note TEXT";

    public static bool Run(string[] args)
    {
        using var session = new Session();
        string file = Orders.File(Rows);
        string folder = Directory.CreateTempSubdirectory("etltools-bench").FullName;
        try
        {
            string ours = Path.Combine(folder, "ours.db");
            string theirs = Path.Combine(folder, "theirs.db");
            double[] seconds = Measure.Medians(
                () => Ours(session, file, ours, fresh: true),
                () => Theirs(file, theirs, fresh: true),
                () => Ours(session, file, ours, fresh: false),
                () => Theirs(file, theirs, fresh: false));
            string[] names = ["Export-EtlSqlUpsert, new table", "sqlite3, new table", "Export-EtlSqlUpsert, every row again", "sqlite3, every row again"];
            for (int i = 0; i < names.Length; i++)
                Measure.Print(names[i], Rows / seconds[i] / 1000, "k rows/s");
            return Measure.Goal("new table, sqlite3's time of ours", seconds[1] / seconds[0], 1)
                & Measure.Goal("every row again, sqlite3's time of ours", seconds[3] / seconds[2], 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static double Ours(Session session, string file, string database, bool fresh)
    {
        if (fresh)
            Prepare(database);
        return session.Time(
            $"$r = Import-EtlCsv '{file}' | Export-EtlSqlUpsert -Provider Sqlite -ConnectionString 'Data Source={database}' -Table orders -Key order_id; if ($r.Loaded -ne {Rows}) {{ throw \"loaded $($r.Loaded)\" }}");
    }

    private static double Theirs(string file, string database, bool fresh)
    {
        if (fresh)
            Prepare(database);
        string columns = string.Join(", ", Orders.Header.Split(','));
        string updates = string.Join(", ", Orders.Header.Split(',').Skip(1).Select(name => $"{name} = excluded.{name}"));
        long began = Stopwatch.GetTimestamp();
        Programs.Sqlite3(database, $"""
            .mode csv
            CREATE TEMP TABLE staging({Columns.Replace(" PRIMARY KEY", "")});
            .import --skip 1 --schema temp "{file}" staging
            INSERT INTO orders({columns}) SELECT {columns} FROM staging WHERE true ON CONFLICT(order_id) DO UPDATE SET {updates};
            """);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static void Prepare(string database)
    {
        foreach (string suffix in new[] { "", "-wal", "-shm", "-journal" })
            File.Delete(database + suffix);
        Programs.Sqlite3(database, $"PRAGMA journal_mode = WAL; CREATE TABLE orders({Columns});");
    }
}
