using System.Diagnostics;
using System.Globalization;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>Kills loads of 200,000 rows, as <see cref="KillRuns"/> does, from a file and from another database. Also: PostgreSQL itself is
/// restarted in the middle.</summary>
internal static class KillBench
{
    private const long Rows = 200_000;
    private const int BatchSize = 2_000;

    /// <summary>Rows of a table that is copied: so many processes take a few minutes.</summary>
    private const long CopiedRows = 40_000;

    /// <param name="args">sqlite, postgres, restart, to-sqlite or to-postgres (all, by default), and how many kills or restarts (100, 20 and 50).</param>
    public static bool Run(string[] args)
    {
        string which = args.Length > 0 ? args[0] : "all";
        int? count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : null;
        using var folder = new BenchFolder();
        string file = KillRuns.OfFile(KillRuns.MakeFile(folder.File("orders.csv"), Rows));
        bool good = true;
        if (which is "all" or "sqlite")
            good &= Kill("SQLite", new SqliteSubject(folder), file, count ?? 100);
        if (which is "all" or "to-sqlite")
            good &= CopyToSqlite(folder, count ?? 50);
        if (which is "all" or "to-postgres")
            good &= CopyToPostgres(folder, count ?? 50);
        if (which is "all" or "postgres" or "restart")
        {
            using var server = new PostgresServer();
            if (which != "restart")
                good &= Kill("PostgreSQL", new PostgresSubject(server, folder), file, count ?? 100);
            if (which != "postgres")
                good &= Restart(server, new PostgresSubject(server, folder), file, count ?? 20);
        }
        return good;
    }

    private static bool CopyToSqlite(BenchFolder folder, int kills)
    {
        using var server = new PostgresServer();
        PostgresServer.Execute(server.ConnectionString, KillRuns.MakeTable(CopiedRows));
        return Kill("PostgreSQL to SQLite", new SqliteSubject(folder), KillRuns.OfTable(server.ConnectionString), kills);
    }

    private static bool CopyToPostgres(BenchFolder folder, int kills)
    {
        using var server = new PostgresServer();
        string sqlite = folder.File("source.db");
        Programs.Sqlite3(sqlite, string.Join(";\n", KillRuns.MakeTable(CopiedRows)) + ";");
        return Kill("SQLite to PostgreSQL", new PostgresSubject(server, folder), KillRuns.OfTable($"Data Source={sqlite}"), kills);
    }

    private static bool Kill(string name, IKillSubject subject, string source, int kills)
    {
        KillRuns runs = NewRuns(subject, source, 20260101);
        runs.RunClean();
        int loads = 0;
        int differences = 0;
        while (runs.Kills < kills)
        {
            loads++;
            if (!runs.RunKilled(kills - runs.Kills))
                differences++;
            Console.Error.WriteLine($"{name}: {runs.Kills} kills, {loads} loads, {differences} differ");
        }
        Measure.Print($"{name}: kills", runs.Kills, "");
        Measure.Print($"{name}: of these in the middle of a load", runs.MidLoad, "");
        Measure.Print($"{name}: loads completed after them", loads, "");
        return Measure.None($"{name}: loads that differ from a clean one", differences);
    }

    private static bool Restart(PostgresServer server, IKillSubject subject, string source, int restarts)
    {
        var random = new Random(20260102);
        KillRuns runs = NewRuns(subject, source, 20260102);
        runs.RunClean();
        int differences = 0;
        for (int i = 0; i < restarts; i++)
        {
            subject.Reset();
            using Process child = runs.Start();
            child.StandardOutput.ReadLine();
            // A load that opens does not wait for its server; one that has written its first dead letter does.
            runs.WaitForLetters(0, child);
            child.WaitForExit(random.Next((int)runs.Duration.TotalMilliseconds / 2));
            server.StopAtOnce();
            server.Start();
            KillRuns.Finish(child, killed: false);
            if (!runs.IsClean())
                differences++;
            Console.Error.WriteLine($"{i + 1} restarts, {differences} differ");
        }
        Measure.Print("PostgreSQL: restarts in the middle of a load", restarts, "");
        return Measure.None("PostgreSQL: loads that differ from a clean one", differences);
    }

    private static KillRuns NewRuns(IKillSubject subject, string source, int seed) => new(subject, Session.ModulePath(), source, BatchSize, new Random(seed));

    private static string[] ReadLetters(string path)
    {
        using var session = new Session();
        return session.Read($"Import-EtlDeadLetter '{path}' | ForEach-Object {{ \"$($_.EtlPosition) $($_.EtlError.Code)\" }}");
    }

    private sealed class SqliteSubject(BenchFolder folder) : IKillSubject
    {
        private string Database => folder.File("kill.db");

        public string ConnectionString => $"Data Source={Database}";

        public string Letters => folder.File("kill-sqlite.jsonl");

        public void Reset()
        {
            foreach (string file in Directory.GetFiles(folder.Path, "kill.db*").Append(Letters))
                File.Delete(file);
            Programs.Sqlite3(Database, $"PRAGMA journal_mode = WAL; {KillRuns.Table};");
        }

        public string[] Rows() => Programs.Sqlite3(Database, "SELECT * FROM orders ORDER BY order_id;").Split('\n');

        public IEnumerable<string> ReadLetters() => KillBench.ReadLetters(Letters);
    }

    private sealed class PostgresSubject(PostgresServer server, BenchFolder folder) : IKillSubject
    {
        public string ConnectionString => server.ConnectionString;

        public string Letters => folder.File("kill-postgres.jsonl");

        public void Reset()
        {
            File.Delete(Letters);
            PostgresServer.Execute(ConnectionString, "DROP TABLE IF EXISTS orders, etl_watermark", KillRuns.Table);
        }

        public string[] Rows() => Programs.Psql(server, "SELECT * FROM orders ORDER BY order_id").Split('\n');

        public IEnumerable<string> ReadLetters() => KillBench.ReadLetters(Letters);
    }
}
