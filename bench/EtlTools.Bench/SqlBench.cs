using System.Diagnostics;
using EtlTools.Testing;
using Npgsql;

namespace EtlTools.Bench;

/// <summary>
/// Import-EtlSql | Out-Null against a plain loop over Npgsql's reader that looks at every value, and against psql's \copy to a file.
/// Also: a table copied from one database to another, compared with a dump, and the peak memory of that.
/// </summary>
internal static class SqlBench
{
    private const long Rows = 1_000_000;
    private const string Query = "SELECT * FROM orders";

    public static bool Run(string[] args)
    {
        using var session = new Session();
        using var folder = new BenchFolder();
        using var server = new PostgresServer();
        MakePostgres(server, Rows);
        string sqlite = folder.File("from.db");
        MakeSqlite(sqlite, Rows);
        string connection = Connection(server);
        double[] seconds = Measure.Medians(
            () => ReaderLoop(server),
            () => session.Time($"Import-EtlSql -ConnectionString {connection} -Query '{Query}' | Out-Null"),
            () => session.Time($"Import-EtlSql -ConnectionString {connection} -Table orders -WatermarkColumn order_id | Out-Null"),
            () => PsqlCopy(server, folder.File("copied.csv")),
            () => session.Time($"Import-EtlSql -SqlitePath '{sqlite}' -Query '{Query}' | Out-Null"));
        string[] names = ["NpgsqlDataReader, every value", "Import-EtlSql, PostgreSQL", "the same by -Table and -WatermarkColumn", "psql \\copy to a file", "Import-EtlSql, SQLite"];
        for (int i = 0; i < names.Length; i++)
            Measure.Print(names[i], Rows / seconds[i] / 1000, "k rows/s");
        Measure.Print("Allocated by Import-EtlSql", session.Allocate($"Import-EtlSql -ConnectionString {connection} -Query '{Query}' | Out-Null") / Rows, "bytes/record");
        Measure.Print("Import-EtlSql of psql \\copy", 100 * seconds[3] / seconds[1], "%");
        return Measure.Goal("Import-EtlSql of the reader loop", seconds[0] / seconds[1], 0.60)
            & Measure.Goal("by -Table and -WatermarkColumn of the reader loop", seconds[0] / seconds[2], 0.60);
    }

    /// <summary>Copies a table both ways; each copy is equal to the original's dump, and takes as much memory for 3,000,000 rows as for
    /// 1,000,000. A load of 100,000 ends before its buffers are full.</summary>
    public static bool RunCopy(string[] args)
    {
        using var folder = new BenchFolder();
        using var server = new PostgresServer();
        string sqlite = folder.File("copy.db");
        var peaks = new Dictionary<(bool, long), double>();
        int differences = 0;
        foreach (long rows in new[] { Rows / 10, Rows, 3 * Rows })
        {
            MakePostgres(server, rows);
            string dump = DumpPostgres(server, "orders");
            peaks[(true, rows)] = Copy($"-ConnectionString {Connection(server)} -Table orders", $"-SqlitePath '{sqlite}' -Table orders -CreateTable", rows);
            PostgresServer.Execute(server.ConnectionString, $"CREATE TABLE copied ({Columns("bigint", "timestamptz", "numeric(10,2)")})");
            peaks[(false, rows)] = Copy($"-SqlitePath '{sqlite}' -Table orders", $"-ConnectionString {Connection(server)} -Table copied", rows);
            // The first copy is proved by the second, which has nothing else to read.
            differences += DumpPostgres(server, "copied") == dump ? 0 : 1;
            differences += DumpSqlite(sqlite) == DumpPostgresAsText(server) ? 0 : 1;
            File.Delete(sqlite);
            PostgresServer.Execute(server.ConnectionString, "DROP TABLE orders, copied");
        }
        foreach (((bool toSqlite, long rows), double peak) in peaks)
            Measure.Print($"Peak memory, {(toSqlite ? "PostgreSQL to SQLite" : "SQLite to PostgreSQL")}, {rows} rows", peak, "MiB");
        return Measure.None("Copies that differ from the original's dump", differences)
            & Measure.Goal("PostgreSQL to SQLite, 1,000,000 rows' peak of 3,000,000's", peaks[(true, Rows)] / peaks[(true, 3 * Rows)], 1 / 1.20)
            & Measure.Goal("SQLite to PostgreSQL, 1,000,000 rows' peak of 3,000,000's", peaks[(false, Rows)] / peaks[(false, 3 * Rows)], 1 / 1.20);
    }

    private static string Columns(string id, string time, string amount) =>
        $"order_id {id} PRIMARY KEY, customer TEXT, email TEXT, city TEXT, ordered_at {time}, amount {amount}, quantity INTEGER, note TEXT";

    private static string Connection(PostgresServer server) => $"'{server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void MakePostgres(PostgresServer server, long rows) => Programs.Psql(server, $"""
        CREATE TABLE orders ({Columns("bigint", "timestamptz", "numeric(10,2)")});
        \copy orders FROM '{Orders.File(rows)}' WITH (FORMAT csv, HEADER true)
        VACUUM ANALYZE orders;
        """);

    private static void MakeSqlite(string database, long rows) => Programs.Sqlite3(database, $"""
        .mode csv
        CREATE TABLE orders ({Columns("INTEGER", "TEXT", "NUMERIC")});
        .import --skip 1 "{Orders.File(rows)}" orders
        """);

    private static double ReaderLoop(PostgresServer server)
    {
        GC.Collect();
        long began = Stopwatch.GetTimestamp();
        using var connection = new NpgsqlConnection(server.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(Query, connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        long values = 0;
        while (reader.Read())
        {
            for (int i = 0; i < reader.FieldCount; i++)
                values += reader.GetValue(i) is DBNull ? 0 : 1;
        }
        return values == Rows * reader.FieldCount ? Stopwatch.GetElapsedTime(began).TotalSeconds : throw new InvalidOperationException("The loop did not read everything.");
    }

    private static double PsqlCopy(PostgresServer server, string file)
    {
        long began = Stopwatch.GetTimestamp();
        Programs.Psql(server, $"\\copy ({Query}) TO '{file}' WITH (FORMAT csv)\n");
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>Copies in a process of its own, and gives its peak.</summary>
    private static double Copy(string from, string to, long rows)
    {
        using var session = new Session();
        session.Invoke($"$r = Import-EtlSql {from} | Export-EtlSqlUpsert {to} -Key order_id; if ($r.Loaded -ne {rows}) {{ throw \"loaded $($r.Loaded)\" }}");
        return session.PeakMiB;
    }

    private static string DumpPostgres(PostgresServer server, string table) => Programs.Psql(server, $"SELECT * FROM {table} ORDER BY order_id");

    private static string DumpPostgresAsText(PostgresServer server) =>
        Programs.Psql(server, "SELECT order_id, customer, email, city, extract(epoch FROM ordered_at)::bigint, (amount * 100)::bigint, quantity, note FROM orders ORDER BY order_id");

    private static string DumpSqlite(string database) =>
        Programs.Sqlite3(database, ".separator |\nSELECT order_id, customer, email, city, unixepoch(ordered_at), CAST(round(amount * 100) AS INTEGER), quantity, note FROM orders ORDER BY order_id;");
}
