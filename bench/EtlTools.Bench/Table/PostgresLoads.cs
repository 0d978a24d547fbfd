using System.Globalization;
using EtlTools.Testing;
using Npgsql;

namespace EtlTools.Bench;

/// <summary>A file of orders into a table of PostgreSQL: by the module, by psql's \copy with INSERT … ON CONFLICT, by prepared upserts and
/// by pgloader. The server's processor time is counted with the client's.</summary>
internal sealed class PostgresLoads(PostgresServer server, long rows)
{
    private const int LoopBatch = 5_000;

    private readonly string _file = Orders.File(rows);

    public string Pipeline(string parameters) =>
        $"$r = Import-EtlCsv '{_file}' | Export-EtlSqlUpsert -ConnectionString '{server.ConnectionString.Replace("'", "''", StringComparison.Ordinal)}' -Table orders -Key order_id {parameters}; if ($r.Loaded -ne {rows}) {{ throw \"loaded $($r.Loaded)\" }}";

    public Taken Warm(Session session, bool fresh, string parameters = "") => WithServer(fresh, () => session.Take(Pipeline(parameters)));

    public Taken Cold() => WithServer(fresh: true, () => Taken.OfProcesses(() => Session.RunNew(Pipeline(""))));

    public Taken Psql(bool fresh) => WithServer(fresh, () => Taken.OfProcesses(() => Programs.Psql(server, $"""
        CREATE TEMP TABLE staging({Orders.Columns});
        \copy staging FROM '{_file}' WITH (FORMAT csv, HEADER true)
        INSERT INTO orders({Orders.Header}) SELECT {Orders.Header} FROM staging ON CONFLICT(order_id) DO UPDATE SET {Orders.Updates};
        """)));

    /// <summary>What one writes without a tool: a prepared upsert a row, a transaction a batch.</summary>
    public Taken Loop()
    {
        string[][] values = [.. File.ReadLines(_file).Skip(1).Select(line => line.Replace("\"gift, wrap\"", "gift wrap", StringComparison.Ordinal).Split(','))];
        return WithServer(fresh: true, () => Taken.OfThisProcess(() => Upsert(values)));
    }

    /// <summary>Without upserts: it only inserts.</summary>
    public Taken Pgloader() => WithServer(fresh: true, () => Taken.OfProcesses(() => Programs.Output(
        "pgloader",
        ["--quiet", "--type", "csv", "--field", Orders.Header, "--with", "skip header = 1", "--with", "fields terminated by ','", _file,
            $"postgresql://postgres@127.0.0.1:{server.Port}/postgres?tablename=orders"],
        PostgresServer.Password)));

    public void Prepare() => PostgresServer.Execute(server.ConnectionString, "DROP TABLE IF EXISTS orders", $"CREATE TABLE orders({Orders.Columns}, PRIMARY KEY(order_id))");

    private Taken WithServer(bool fresh, Func<Taken> load)
    {
        if (fresh)
            Prepare();
        double before = server.ProcessorSeconds();
        Taken client = load();
        return client with { Processor = client.Processor + server.ProcessorSeconds() - before };
    }

    private void Upsert(string[][] values)
    {
        using var connection = new NpgsqlConnection(server.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(
            $"INSERT INTO orders({Orders.Header}) VALUES ({string.Join(", ", Enumerable.Range(1, 8).Select(i => string.Create(CultureInfo.InvariantCulture, $"${i}")))}) ON CONFLICT(order_id) DO UPDATE SET {Orders.Updates}", connection);
        for (int i = 0; i < 8; i++)
            command.Parameters.Add(new NpgsqlParameter<string>());
        foreach (string[][] batch in values.Chunk(LoopBatch))
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
    }
}
