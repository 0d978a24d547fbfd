using System.Diagnostics;
using System.Globalization;
using EtlTools.Testing;
using Npgsql;

namespace EtlTools.Bench;

/// <summary>
/// Import-EtlCsv | Export-EtlSqlUpsert against the databases' own tools: sqlite3's .import and psql's \copy, each with
/// INSERT … ON CONFLICT, and against a plain loop of prepared upserts through Npgsql.
/// </summary>
internal static class LoadBench
{
    private const long Rows = 1_000_000;

    /// <summary>The loop of single upserts is slow: it gets fewer rows, and its speed is compared.</summary>
    private const long LoopRows = 100_000;

    private const int LoopBatch = 5_000;
    private const string Columns = "order_id TEXT PRIMARY KEY, customer TEXT, email TEXT, city TEXT, ordered_at TEXT, amount TEXT, quantity TEXT, note TEXT";

    /// <param name="args">sqlite or postgres; all by default.</param>
    public static bool Run(string[] args)
    {
        using var session = new Session();
        using var folder = new BenchFolder();
        string which = args.Length > 0 ? args[0] : "all";
        bool met = which == "postgres" || RunSqlite(session, folder);
        return (which == "sqlite" || RunPostgres(session)) && met;
    }

    private static bool RunSqlite(Session session, BenchFolder folder)
    {
        string file = Orders.File(Rows);
        string ours = folder.File("ours.db");
        string theirs = folder.File("theirs.db");
        double[] seconds = Measure.Medians(
            () => Sqlite(session, file, ours, fresh: true),
            () => Sqlite3(file, theirs, fresh: true),
            () => Sqlite(session, file, ours, fresh: false),
            () => Sqlite3(file, theirs, fresh: false));
        Print(["Export-EtlSqlUpsert, new table", "sqlite3, new table", "Export-EtlSqlUpsert, every row again", "sqlite3, every row again"], seconds);
        return Measure.Goal("new table, sqlite3's time of ours", seconds[1] / seconds[0], 1)
            & Measure.Goal("every row again, sqlite3's time of ours", seconds[3] / seconds[2], 1);
    }

    private static bool RunPostgres(Session session)
    {
        using var server = new PostgresServer();
        string file = Orders.File(Rows);
        double[] seconds = Measure.Medians(
            () => Postgres(session, server, file, 1, fresh: true),
            () => Postgres(session, server, file, 1, fresh: false),
            () => Postgres(session, server, file, 2, fresh: true),
            () => Postgres(session, server, file, 2, fresh: false),
            () => Psql(server, file, fresh: true),
            () => Psql(server, file, fresh: false),
            () => Loop(server, fresh: true) * (Rows / LoopRows));
        Print(
            ["Export-EtlSqlUpsert, one writer, new table", "one writer, every row again", "two writers, new table", "two writers, every row again", "psql, new table", "psql, every row again", "Npgsql, prepared upserts, new table"],
            seconds);
        return Measure.Goal("new table, psql's time of ours", seconds[4] / seconds[0], 1)
            & Measure.Goal("every row again, psql's time of ours", seconds[5] / seconds[1], 1)
            & Measure.Goal("new table, psql's time of two writers", seconds[4] / seconds[2], 1)
            & Measure.Goal("every row again, psql's time of two writers", seconds[5] / seconds[3], 1)
            & Measure.Goal("new table, prepared upserts' time of ours", seconds[6] / Math.Min(seconds[0], seconds[2]), 5);
    }

    private static void Print(string[] names, double[] seconds)
    {
        for (int i = 0; i < names.Length; i++)
            Measure.Print(names[i], Rows / seconds[i] / 1000, "k rows/s");
    }

    private static double Sqlite(Session session, string file, string database, bool fresh)
    {
        if (fresh)
            PrepareSqlite(database);
        return Load(session, file, $"-SqlitePath '{database}'");
    }

    private static double Postgres(Session session, PostgresServer server, string file, int writers, bool fresh)
    {
        if (fresh)
            PreparePostgres(server);
        return Load(session, file, $"-ConnectionString '{server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}' -ThrottleLimit {writers}");
    }

    private static double Load(Session session, string file, string target) => session.Time(
        $"$r = Import-EtlCsv '{file}' | Export-EtlSqlUpsert {target} -Table orders -Key order_id; if ($r.Loaded -ne {Rows}) {{ throw \"loaded $($r.Loaded)\" }}");

    private static double Sqlite3(string file, string database, bool fresh)
    {
        if (fresh)
            PrepareSqlite(database);
        long began = Stopwatch.GetTimestamp();
        Programs.Sqlite3(database, $"""
            .mode csv
            CREATE TEMP TABLE staging({Columns.Replace(" PRIMARY KEY", "")});
            .import --skip 1 --schema temp "{file}" staging
            INSERT INTO orders({Orders.Header}) SELECT {Orders.Header} FROM staging WHERE true ON CONFLICT(order_id) DO UPDATE SET {Updates};
            """);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static double Psql(PostgresServer server, string file, bool fresh)
    {
        if (fresh)
            PreparePostgres(server);
        long began = Stopwatch.GetTimestamp();
        Programs.Psql(server, $"""
            CREATE TEMP TABLE staging({Columns.Replace(" PRIMARY KEY", "")});
            \copy staging FROM '{file}' WITH (FORMAT csv, HEADER true)
            INSERT INTO orders({Orders.Header}) SELECT {Orders.Header} FROM staging ON CONFLICT(order_id) DO UPDATE SET {Updates};
            """);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>What one writes without a tool: a prepared upsert a row, a transaction a batch.</summary>
    private static double Loop(PostgresServer server, bool fresh)
    {
        if (fresh)
            PreparePostgres(server);
        string[][] rows = [.. File.ReadLines(Orders.File(LoopRows)).Skip(1).Select(line => line.Replace("\"gift, wrap\"", "gift wrap", StringComparison.Ordinal).Split(','))];
        long began = Stopwatch.GetTimestamp();
        using var connection = new NpgsqlConnection(server.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(
            $"INSERT INTO orders({Orders.Header}) VALUES ({string.Join(", ", Enumerable.Range(1, 8).Select(i => string.Create(CultureInfo.InvariantCulture, $"${i}")))}) ON CONFLICT(order_id) DO UPDATE SET {Updates}", connection);
        for (int i = 0; i < 8; i++)
            command.Parameters.Add(new NpgsqlParameter<string>());
        foreach (string[][] batch in rows.Chunk(LoopBatch))
        {
            using NpgsqlTransaction transaction = connection.BeginTransaction();
            command.Transaction = transaction;
            foreach (string[] row in batch)
            {
                for (int i = 0; i < 8; i++)
                    ((NpgsqlParameter<string>)command.Parameters[i]).TypedValue = row[i];
                if (!command.IsPrepared)
                    command.Prepare();
                command.ExecuteNonQuery();
            }
            transaction.Commit();
        }
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static string Updates => string.Join(", ", Orders.Header.Split(',').Skip(1).Select(name => $"{name} = excluded.{name}"));

    private static void PrepareSqlite(string database)
    {
        foreach (string suffix in new[] { "", "-wal", "-shm", "-journal" })
            File.Delete(database + suffix);
        Programs.Sqlite3(database, $"PRAGMA journal_mode = WAL; CREATE TABLE orders({Columns});");
    }

    private static void PreparePostgres(PostgresServer server) => PostgresServer.Execute(server.ConnectionString, "DROP TABLE IF EXISTS orders", $"CREATE TABLE orders({Columns})");
}
