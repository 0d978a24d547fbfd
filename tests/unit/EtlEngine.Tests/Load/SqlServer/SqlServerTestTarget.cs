using System.Globalization;
using System.Text.RegularExpressions;
using EtlTools.Engine.Load;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>A database of its own on the server that ETLTOOLS_TEST_SQLSERVER connects to.</summary>
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
        Run(Server, $"ALTER DATABASE [{_database}] SET SINGLE_USER WITH ROLLBACK IMMEDIATE", $"DROP DATABASE [{_database}]");
        _folder.Dispose();
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
