using System.Globalization;
using EtlTools.Engine.Load;
using EtlTools.Testing;
using Npgsql;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A schema of its own in the tests' PostgreSQL.</summary>
internal sealed class PostgresTestTarget : ITestTarget
{
    private static int _count;

    private readonly TempFolder _folder = new();
    private readonly string _schema = $"test{Interlocked.Increment(ref _count)}";

    public PostgresTestTarget(params string[] statements)
    {
        PostgresServer.Execute(PostgresFixture.Server.ConnectionString, $"CREATE SCHEMA {_schema}");
        Execute(statements);
    }

    public string Schema => _schema;

    public string ConnectionString => $"{PostgresFixture.Server.ConnectionString};Search Path={_schema},public";

    public string DeadLetter => _folder.File("dead.jsonl");

    public LoadOptions Options => new() { Provider = "PostgreSQL", ConnectionString = ConnectionString, Table = "t", Key = ["id"] };

    public void Execute(params string[] statements) => PostgresServer.Execute(ConnectionString, statements);

    public string[] Rows(string sql)
    {
        using var connection = new NpgsqlConnection(ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        using NpgsqlDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "null" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return [.. rows];
    }

    public void Dispose()
    {
        PostgresServer.Execute(PostgresFixture.Server.ConnectionString, $"DROP SCHEMA {_schema} CASCADE");
        _folder.Dispose();
    }
}
