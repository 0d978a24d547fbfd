using System.Globalization;
using System.Text.RegularExpressions;
using EtlTools.Engine.Load;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>A database of its own on the server that ETLTOOLS_TEST_SQLSERVER connects to. Needs the right to CREATE DATABASE, and no more:
/// Azure SQL Database gives it to members of dbmanager
/// (https://learn.microsoft.com/azure/azure-sql/database/logins-create-manage#additional-special-roles).</summary>
internal sealed partial class SqlServerTestTarget : ITestTarget
{
    public const string Variable = "ETLTOOLS_TEST_SQLSERVER";

    private readonly TempFolder _folder = new();
    private readonly string _database = $"etltools_test_{Guid.NewGuid():N}";

    public SqlServerTestTarget(params string[] statements)
    {
        Run(Server, $"CREATE DATABASE [{_database}]");
        Execute(statements);
    }

    public string DeadLetter => _folder.File("dead.jsonl");

    public LoadOptions Options => new() { Provider = "SqlServer", ConnectionString = ConnectionString, Table = "t", Key = ["id"] };

    private static string Server =>
        Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"{Variable} was set when the tests were built, and is not now.");

    private string ConnectionString => new SqlConnectionStringBuilder(Server) { InitialCatalog = _database, Pooling = false }.ConnectionString;

    public void Execute(params string[] statements) => Run(ConnectionString, [.. statements.Select(ToTransactSql)]);

    public string[] Rows(string sql)
    {
        using var connection = new SqlConnection(ConnectionString);
        connection.Open();
        using var command = new SqlCommand(ToTransactSql(sql), connection);
        using SqlDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "null" : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))));
        return [.. rows];
    }

    public void Dispose()
    {
        Drop();
        _folder.Dispose();
    }

    /// <summary>Drops the database, as soon as the server has noticed that all connections are closed.</summary>
    private void Drop()
    {
        const int inUse = 3702, attempts = 100;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Run(Server, $"DROP DATABASE [{_database}]");
                return;
            }
            catch (SqlException e) when (e.Number == inUse && attempt < attempts)
            {
                Thread.Sleep(100);
            }
        }
    }

    /// <summary>What the shared tests write in the words of the other two.</summary>
    private static string ToTransactSql(string sql) =>
        TextType().Replace(IntegerType().Replace(sql, "bigint"), "nvarchar(400)").Replace("length(", "len(", StringComparison.OrdinalIgnoreCase);

    private static void Run(string connectionString, params string[] statements)
    {
        using var connection = new SqlConnection(connectionString);
        connection.Open();
        foreach (string statement in statements)
        {
            using var command = new SqlCommand(statement, connection);
            command.ExecuteNonQuery();
        }
    }

    [GeneratedRegex(@"\bTEXT\b", RegexOptions.IgnoreCase)]
    private static partial Regex TextType();

    [GeneratedRegex(@"\bINTEGER\b", RegexOptions.IgnoreCase)]
    private static partial Regex IntegerType();
}
