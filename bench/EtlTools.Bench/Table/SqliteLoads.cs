using EtlTools.Testing;

namespace EtlTools.Bench;

/// <summary>A file of orders into a table of SQLite: by the module in a session or in a new pwsh, by sqlite3's .import with INSERT … ON
/// CONFLICT, and by sqlite-utils.</summary>
internal sealed class SqliteLoads(BenchFolder folder, long rows)
{
    private readonly string _file = Orders.File(rows);

    private string Database => folder.File("orders.db");

    public string Pipeline => $"$r = Import-EtlCsv '{_file}' | Export-EtlSqlUpsert -SqlitePath '{Database}' -Table orders -Key order_id; if ($r.Loaded -ne {rows}) {{ throw \"loaded $($r.Loaded)\" }}";

    public Taken Warm(Session session, bool fresh)
    {
        Prepare(fresh);
        return session.Take(Pipeline);
    }

    public Taken Cold()
    {
        Prepare(fresh: true);
        return Taken.OfProcesses(() => Session.RunNew(Pipeline));
    }

    public Taken Sqlite3(bool fresh)
    {
        Prepare(fresh);
        return Taken.OfProcesses(() => Programs.Sqlite3(Database, $"""
            .mode csv
            CREATE TEMP TABLE staging({Orders.Columns});
            .import --skip 1 --schema temp "{_file}" staging
            INSERT INTO orders({Orders.Header}) SELECT {Orders.Header} FROM staging WHERE true ON CONFLICT(order_id) DO UPDATE SET {Orders.Updates};
            """));
    }

    /// <summary>It infers nothing and makes the table itself.</summary>
    public Taken SqliteUtils()
    {
        DeleteAll();
        return Taken.OfProcesses(() => Programs.Output("sqlite-utils", ["upsert", Database, "orders", _file, "--csv", "--pk", "order_id", "--silent"]));
    }

    public void Prepare(bool fresh)
    {
        if (!fresh)
            return;
        DeleteAll();
        Programs.Sqlite3(Database, $"PRAGMA journal_mode = WAL; CREATE TABLE orders({Orders.Columns}, PRIMARY KEY(order_id));");
    }

    private void DeleteAll()
    {
        foreach (string suffix in new[] { "", "-wal", "-shm", "-journal" })
            File.Delete(Database + suffix);
    }
}
