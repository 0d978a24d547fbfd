using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>
/// Loads 200,000 rows, some of them bad, with a watermark and a dead letter in a process that is killed at random moments and
/// started again until it comes to its end; half of the kills come right after the dead letter has grown, before the commit.
/// Table and dead letters must be those of a clean run. Also: PostgreSQL itself is restarted in the middle.
/// </summary>
internal static class KillBench
{
    private const long Rows = 200_000;
    private const string Table = "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer TEXT, amount TEXT, quantity INTEGER CHECK (quantity < 1000))";

    /// <param name="args">sqlite, postgres or restart (all, by default), and how many kills or restarts (100 and 20).</param>
    public static bool Run(string[] args)
    {
        string which = args.Length > 0 ? args[0] : "all";
        int? count = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : null;
        using var folder = new BenchFolder();
        string file = MakeFile(folder.File("orders.csv"));
        bool good = true;
        if (which is "all" or "sqlite")
            good &= Kill("SQLite", new SqliteSubject(folder), file, count ?? 100);
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

    /// <summary>One load in this process, from where the watermark stands.</summary>
    public static bool RunChild(string[] args)
    {
        (string connection, string file, string letters) = (args[0], args[1], args[2]);
        using var session = new Session();
        Console.WriteLine("ready");
        session.Invoke($$"""
            $to = @{ ConnectionString = {{Quoted(connection)}} }
            $from = Get-EtlWatermark job @to
            Import-EtlCsv '{{file}}' -Type @{ order_id = 'int'; quantity = 'int' } -ResumeFrom $from |
                Export-EtlSqlUpsert @to -Table orders -Key order_id -BatchSize 2000 -ThrottleLimit 2 -WatermarkName job -DeadLetterPath '{{letters}}' -BreakerCooldownSec 2 | Out-Null
            """);
        return true;
    }

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static bool Kill(string name, ISubject subject, string file, int kills)
    {
        var random = new Random(20260101);
        (string Table, string Letters) clean = Clean(subject, file, out TimeSpan duration);
        int killed = 0;
        int runs = 0;
        int differences = 0;
        while (killed < kills)
        {
            subject.Reset();
            runs++;
            while (!Attempt(subject, file, random, duration, killed < kills))
                killed++;
            if (Look(subject) != clean)
                differences++;
            Console.Error.WriteLine($"{name}: {killed} kills, {runs} loads, {differences} differ");
        }
        Measure.Print($"{name}: kills", killed, "");
        Measure.Print($"{name}: loads completed after them", runs, "");
        return Measure.None($"{name}: loads that differ from a clean one", differences);
    }

    /// <summary>One child; killed at some moment unless it ends before.</summary>
    /// <returns>True when it came to its end.</returns>
    private static bool Attempt(ISubject subject, string file, Random random, TimeSpan duration, bool mayKill)
    {
        using Process child = Start(subject, file);
        if (mayKill)
        {
            child.StandardOutput.ReadLine();
            if (random.Next(2) == 0)
                WaitForLetters(subject.Letters, random.Next(40), child);
            else
                child.WaitForExit(random.Next((int)duration.TotalMilliseconds));
            if (!child.HasExited)
                child.Kill();
        }
        string errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        return child.ExitCode == 0 || (child.ExitCode == 137 ? false : throw new InvalidOperationException($"The load failed: {errors}"));
    }

    /// <summary>Waits until the dead letter has grown so many times.</summary>
    private static void WaitForLetters(string letters, int times, Process child)
    {
        var file = new FileInfo(letters);
        long length = file.Exists ? file.Length : 0;
        while (times >= 0 && !child.HasExited)
        {
            file.Refresh();
            if (!file.Exists || file.Length == length)
                continue;
            length = file.Length;
            times--;
        }
    }

    private static bool Restart(PostgresServer server, ISubject subject, string file, int restarts)
    {
        var random = new Random(20260102);
        (string Table, string Letters) clean = Clean(subject, file, out TimeSpan duration);
        int differences = 0;
        for (int i = 0; i < restarts; i++)
        {
            subject.Reset();
            using Process child = Start(subject, file);
            child.StandardOutput.ReadLine();
            child.WaitForExit(random.Next((int)duration.TotalMilliseconds));
            server.StopAtOnce();
            server.Start();
            string errors = child.StandardError.ReadToEnd();
            child.WaitForExit();
            if (child.ExitCode != 0)
                throw new InvalidOperationException($"The load failed: {errors}");
            if (Look(subject) != clean)
                differences++;
            Console.Error.WriteLine($"{i + 1} restarts, {differences} differ");
        }
        Measure.Print("PostgreSQL: restarts in the middle of a load", restarts, "");
        return Measure.None("PostgreSQL: loads that differ from a clean one", differences);
    }

    private static (string Table, string Letters) Clean(ISubject subject, string file, out TimeSpan duration)
    {
        subject.Reset();
        using Process child = Start(subject, file);
        child.StandardOutput.ReadLine();
        long began = Stopwatch.GetTimestamp();
        string errors = child.StandardError.ReadToEnd();
        child.WaitForExit();
        duration = Stopwatch.GetElapsedTime(began);
        return child.ExitCode == 0 ? Look(subject) : throw new InvalidOperationException($"The clean load failed: {errors}");
    }

    private static Process Start(ISubject subject, string file) => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, ["run-kill", subject.ConnectionString, file, subject.Letters])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>What the table holds and which records Import-EtlDeadLetter gives back, each time it does.</summary>
    private static (string Table, string Letters) Look(ISubject subject)
    {
        using var session = new Session();
        IEnumerable<string> letters = session.Read($"Import-EtlDeadLetter '{subject.Letters}' | ForEach-Object {{ \"$($_.EtlPosition) $($_.EtlError.Code)\" }}").Select(line => line.ToString());
        return (Hash(subject.Rows()), Hash(letters.Order(StringComparer.Ordinal)));
    }

    private static string Hash(IEnumerable<string> lines)
    {
        string[] all = [.. lines];
        return $"{all.Length} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', all))))}";
    }

    private static string MakeFile(string path)
    {
        using var writer = new StreamWriter(path);
        writer.Write("order_id,customer,amount,quantity\n");
        for (long i = 1; i <= Rows; i++)
        {
            string quantity = i % 997 == 5 ? "many" : i % 1009 == 7 ? "1000" : $"{i % 9}";
            // Every fifth row is followed by a later one of its key.
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{(i % 5 == 0 ? i - 3 : i)},Customer {i % 5000},{i % 100_000 / 100m:F2},{quantity}\n"));
        }
        return path;
    }

    private interface ISubject
    {
        string ConnectionString { get; }

        string Letters { get; }

        void Reset();

        string[] Rows();
    }

    private sealed class SqliteSubject(BenchFolder folder) : ISubject
    {
        private string Database => folder.File("kill.db");

        public string ConnectionString => $"Data Source={Database}";

        public string Letters => folder.File("kill-sqlite.jsonl");

        public void Reset()
        {
            foreach (string file in Directory.GetFiles(folder.Path, "kill.db*").Append(Letters))
                File.Delete(file);
            Programs.Sqlite3(Database, $"PRAGMA journal_mode = WAL; {Table};");
        }

        public string[] Rows() => Programs.Sqlite3(Database, "SELECT * FROM orders ORDER BY order_id;").Split('\n');
    }

    private sealed class PostgresSubject(PostgresServer server, BenchFolder folder) : ISubject
    {
        public string ConnectionString => server.ConnectionString;

        public string Letters => folder.File("kill-postgres.jsonl");

        public void Reset()
        {
            File.Delete(Letters);
            PostgresServer.Execute(ConnectionString, "DROP TABLE IF EXISTS orders, etl_watermark", Table);
        }

        public string[] Rows() => Programs.Psql(server, "SELECT * FROM orders ORDER BY order_id").Split('\n');
    }
}
