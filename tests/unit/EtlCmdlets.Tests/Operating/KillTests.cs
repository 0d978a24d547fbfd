using EtlTools.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A small run of the bench of the same name: loads that are killed and run again.</summary>
public sealed class KillTests : IDisposable
{
    private const int Rows = 15_000;
    private const int BatchSize = 150;
    private const int Kills = 5;

    /// <summary>Loads after which a machine on which no kill comes in time is given up.</summary>
    private const int MostLoads = 8;

    private readonly ModuleSession _session = new();
    private readonly string _file;

    public KillTests() => _file = KillRuns.OfFile(KillRuns.MakeFile(_session.PathOf("orders.csv"), Rows));

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData("ForEach-Object { $_ } | Invoke-EtlTransform -Trim | Where-Object { $true } |")]
    public void Load_SqliteKilledAgainAndAgain_EndsLikeACleanOne(string between) => Run(new SqliteSubject(_session), between);

    [Fact]
    public void Load_PostgresKilledAgainAndAgain_EndsLikeACleanOne()
    {
        using PostgresServer server = PostgresFixture.NewServer();
        Run(new PostgresSubject(_session, server));
    }

    [Fact]
    public void Copy_PostgresToSqliteKilledAgainAndAgain_EndsLikeACleanOne()
    {
        using PostgresServer server = PostgresFixture.NewServer();
        PostgresServer.Execute(server.ConnectionString, KillRuns.MakeTable(Rows));
        Run(new SqliteSubject(_session), source: KillRuns.OfTable(server.ConnectionString));
    }

    [Fact]
    public void Copy_SqliteToPostgresKilledAgainAndAgain_EndsLikeACleanOne()
    {
        using PostgresServer server = PostgresFixture.NewServer();
        string from = $"Data Source={_session.PathOf("source.db")};Pooling=False";
        using (var connection = new SqliteConnection(from))
            Table.Rows(connection, string.Join(";\n", KillRuns.MakeTable(Rows)));
        Run(new PostgresSubject(_session, server), source: KillRuns.OfTable(from));
    }

    private void Run(IKillSubject subject, string between = "", string? source = null)
    {
        var runs = new KillRuns(subject, ModuleSession.ManifestPath, source ?? _file, BatchSize, new Random(20260101), between);
        runs.RunClean();
        for (int loads = 0; runs.Kills < Kills || runs.MidLoad == 0; loads++)
        {
            Assert.True(loads < MostLoads, $"Of {runs.Kills} kills {runs.MidLoad} hit a load.");
            Assert.True(runs.RunKilled(Math.Max(1, Kills - runs.Kills)), $"After {runs.Kills} kills table or dead letters differ from those of a clean run.");
        }
    }

    private static IEnumerable<string> ReadLetters(ModuleSession session, string path) =>
        session.Run($"Import-EtlDeadLetter '{path}' | ForEach-Object {{ \"$($_.EtlPosition) $($_.EtlError.Code)\" }}").Select(line => line.ToString());

    private sealed class SqliteSubject(ModuleSession session) : IKillSubject
    {
        private string Database => session.PathOf("kill.db");

        public string ConnectionString => $"Data Source={Database};Pooling=False";

        public string Letters => session.PathOf("kill.jsonl");

        public void Reset()
        {
            foreach (string file in Directory.GetFiles(session.Folder, "kill.*"))
                File.Delete(file);
            using var connection = new SqliteConnection(ConnectionString);
            Table.Rows(connection, $"PRAGMA journal_mode = WAL; {KillRuns.Table}");
        }

        public string[] Rows()
        {
            using var connection = new SqliteConnection(ConnectionString);
            return Table.Rows(connection, "SELECT * FROM orders ORDER BY order_id");
        }

        public IEnumerable<string> ReadLetters() => KillTests.ReadLetters(session, Letters);
    }

    private sealed class PostgresSubject(ModuleSession session, PostgresServer server) : IKillSubject
    {
        public string ConnectionString => server.ConnectionString + ";Pooling=false";

        public string Letters => session.PathOf("kill.jsonl");

        public void Reset()
        {
            File.Delete(Letters);
            PostgresServer.Execute(ConnectionString, "DROP TABLE IF EXISTS orders, etl_watermark", KillRuns.Table);
        }

        public string[] Rows()
        {
            using var connection = new NpgsqlConnection(ConnectionString);
            return Table.Rows(connection, "SELECT * FROM orders ORDER BY order_id");
        }

        public IEnumerable<string> ReadLetters() => KillTests.ReadLetters(session, Letters);
    }
}
