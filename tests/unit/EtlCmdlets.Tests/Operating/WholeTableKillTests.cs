using EtlTools.Testing;
using Microsoft.Data.Sqlite;
using Npgsql;
using Xunit;

namespace EtlTools.Cmdlets.Tests.Operating;

/// <summary>A small run of the bench kill-whole: loads of one transaction that are killed.</summary>
public sealed class WholeTableKillTests : IDisposable
{
    private const int Kills = 3;

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("-Mode Replace")]
    [InlineData("-DeleteMissing")]
    public void Kill_SqliteLoadOfOneTransaction_LeavesTheOldOrTheNewTable(string parameters)
    {
        string connectionString = $"Data Source={_session.PathOf("whole.db")};Pooling=False";
        Run(
            connectionString,
            sql =>
            {
                using var connection = new SqliteConnection(connectionString + ";Default Timeout=30");
                return Table.Rows(connection, sql);
            },
            parameters);
    }

    [Theory]
    [InlineData("-Mode Replace")]
    [InlineData("-DeleteMissing")]
    public void Kill_PostgresLoadOfOneTransaction_LeavesTheOldOrTheNewTable(string parameters)
    {
        using PostgresServer server = PostgresFixture.NewServer();
        string connectionString = server.ConnectionString + ";Pooling=false";
        Run(
            connectionString,
            sql =>
            {
                using var connection = new NpgsqlConnection(connectionString);
                return Table.Rows(connection, sql);
            },
            parameters);
    }

    private static void Run(string connectionString, Func<string, string[]> rows, string parameters)
    {
        var kills = new WholeTableKills(connectionString, ModuleSession.ManifestPath, sql => rows(sql), sql => Assert.Single(rows(sql)), new Random(20260101));
        for (int i = 0; i < Kills; i++)
            Assert.True(kills.Kill(parameters), "After a kill the table is neither the old nor the new one.");
        Assert.True(kills.LeftOld > 0, "No kill came before the commit.");
        Assert.True(kills.Finish(parameters));
    }
}
