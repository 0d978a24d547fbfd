using System.Data;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;
using Microsoft.Data.SqlClient;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>The double itself, with the real driver as its client.</summary>
public sealed class TdsDoubleTests
{
    private static readonly TdsColumn[] BulkColumns =
    [
        new("a", "bit"), new("b", "tinyint"), new("c", "smallint"), new("d", "int"), new("e", "bigint"), new("f", "real"), new("g", "float"),
        new("h", "smallmoney"), new("i", "money"), new("j", "decimal(18,4)"), new("k", "date"), new("l", "time(3)"), new("m", "smalldatetime"),
        new("n", "datetime"), new("o", "datetime2(7)"), new("p", "datetimeoffset(7)"), new("q", "uniqueidentifier"), new("r", "varchar(20)"),
        new("s", "nvarchar(20)"), new("t", "nvarchar(max)"), new("u", "varbinary(8)"), new("v", "varbinary(max)"), new("w", "nchar(2)"),
        new("x", "decimal(38,10)"), new("y", "varchar(20) COLLATE Latin1_General_100_CI_AS_SC_UTF8"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Login_WithPassword_SendsWhatTheConnectionStringSays()
    {
        await using var server = new TdsServer();
        await using var connection = new SqlConnection(server.ConnectionString + ";Application Name=EtlTools");
        await connection.OpenAsync(Token);
        LoginRequest login = Assert.Single(server.Logins);
        Assert.Equal(("etl", "secret", "shop", "EtlTools", false), (login.User, login.Password, login.Database, login.Application, login.Encrypted));
        Assert.Equal("shop", connection.Database);
    }

    [Fact]
    public async Task Login_OverTls_IsEncrypted()
    {
        await using var server = new TdsServer { Certificate = TdsCertificate.New() };
        string encrypted = server.ConnectionString.Replace("Encrypt=Optional", "Encrypt=Mandatory;Trust Server Certificate=True", StringComparison.Ordinal);
        await using var connection = new SqlConnection(encrypted);
        await connection.OpenAsync(Token);
        Assert.True(Assert.Single(server.Logins).Encrypted);
    }

    [Fact]
    public async Task Login_WithToken_SendsTheToken()
    {
        await using var server = new TdsServer { Certificate = TdsCertificate.New() };
        await using var connection = new SqlConnection($"Data Source={server.DataSource};Encrypt=Mandatory;Trust Server Certificate=True;Pooling=False") { AccessToken = "a.b.c" };
        await connection.OpenAsync(Token);
        LoginRequest login = Assert.Single(server.Logins);
        Assert.Equal(("", "a.b.c"), (login.User, login.Token));
    }

    [Fact]
    public async Task Query_WithParameters_AnswersRows()
    {
        await using var server = new TdsServer
        {
            OnRequest = request => request is RpcCall ? new TdsReply().Rows([new TdsColumn("n", "int"), new TdsColumn("t", "nvarchar(20)")], [7, "seven"], [null, null]) : null,
        };
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using SqlCommand command = connection.CreateCommand();
        command.CommandText = "SELECT n, t FROM x WHERE n = @n AND t = @t AND d = @d";
        command.Parameters.AddWithValue("@n", 7);
        command.Parameters.AddWithValue("@t", "seven");
        command.Parameters.AddWithValue("@d", 1.5m);
        await using SqlDataReader reader = await command.ExecuteReaderAsync(Token);
        Assert.True(await reader.ReadAsync(Token));
        Assert.Equal((7, "seven"), (reader.GetInt32(0), reader.GetString(1)));
        Assert.True(await reader.ReadAsync(Token));
        Assert.True(await reader.IsDBNullAsync(0, Token));
        RpcCall call = Assert.Single(server.Requests.OfType<RpcCall>());
        Assert.Equal("sp_executesql", call.Procedure);
        Assert.Contains("FROM x", call.Text, StringComparison.Ordinal);
        Assert.Equal([7, "seven", 1.5m], call.Parameters.Skip(2).Select(parameter => parameter.Value));
    }

    [Fact]
    public async Task BulkLoad_OfEveryType_ReceivesTheValues()
    {
        object?[] values =
        [
            true, (byte)200, (short)-2, -3, long.MaxValue, 1.5f, -2.25, 1.25m, -922_337_203_685_477.5808m, 12345678901234.5678m, new DateOnly(2026, 2, 28),
            new TimeOnly(23, 59, 59, 123), new DateTime(2026, 2, 28, 12, 30, 0), new DateTime(2026, 2, 28, 12, 30, 1, 10), new DateTime(2026, 2, 28).AddTicks(1),
            new DateTimeOffset(2026, 2, 28, 12, 0, 0, TimeSpan.FromHours(5.5)).AddTicks(3), Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), "caf\u00e9",
            "\u65e5\u672c", new string('x', 20_000), new byte[] { 1, 2 }, new byte[9_000], "ab", 1234567890123456789.0123456789m, "\u65e5\u672c",
        ];
        await using TdsServer server = BulkServer();
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        using var table = new DataTable { Locale = System.Globalization.CultureInfo.InvariantCulture };
        foreach (object? value in values)
            table.Columns.Add(null, value!.GetType());
        table.Rows.Add(values);
        table.Rows.Add(new object[values.Length]);
        using var bulk = new SqlBulkCopy(connection) { DestinationTableName = "#t" };
        await bulk.WriteToServerAsync(table, Token);
        BulkLoad load = Assert.Single(server.Requests.OfType<BulkLoad>());
        Assert.Equal(BulkColumns.Select(column => column.Name), load.Columns.Select(column => column.Name));
        Assert.Equal(values, load.Rows[0]);
        Assert.All(load.Rows[1], Assert.Null);
    }

    [Fact]
    public async Task BulkLoad_DroppedOnTheWay_FailsTheClient()
    {
        await using TdsServer server = BulkServer(new TdsReply().DropInBulk(2));
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        using var table = new DataTable { Locale = System.Globalization.CultureInfo.InvariantCulture };
        table.Columns.Add("t", typeof(string));
        for (int i = 0; i < 1_000; i++)
            table.Rows.Add(new string('x', 1_000));
        using var bulk = new SqlBulkCopy(connection) { DestinationTableName = "#t" };
        bulk.ColumnMappings.Add("t", "t");
        await Assert.ThrowsAnyAsync<Exception>(() => bulk.WriteToServerAsync(table, Token));
        Assert.Empty(server.Requests.OfType<BulkLoad>());
    }

    [Fact]
    public async Task Stall_Cancelled_EndsWithAnAttention()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new TdsServer
        {
            OnRequest = request =>
            {
                if (request is BatchRequest)
                    begun.TrySetResult();
                return new TdsReply().Stall();
            },
        };
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using SqlCommand command = connection.CreateCommand();
        command.CommandText = "WAITFOR DELAY '1:00'";
        using var cancel = new CancellationTokenSource();
        Task<int> running = command.ExecuteNonQueryAsync(cancel.Token);
        await begun.Task.WaitAsync(Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => running);
        Assert.Single(server.Requests.OfType<Attention>());
        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Fact]
    public async Task Transaction_BeginAndCommit_AreSeen()
    {
        await using var server = new TdsServer { OnRequest = request => request is BatchRequest ? new TdsReply().Count(3) : null };
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using var transaction = (SqlTransaction)await connection.BeginTransactionAsync(Token);
        await using SqlCommand command = connection.CreateCommand();
        command.CommandText = "UPDATE x SET y = 1";
        command.Transaction = transaction;
        Assert.Equal(3, await command.ExecuteNonQueryAsync(Token));
        await transaction.CommitAsync(Token);
        Assert.Equal([TransactionAction.Begin, TransactionAction.Commit], server.Requests.OfType<TransactionRequest>().Select(request => request.Action));
    }

    [Fact]
    public async Task Error_Scripted_ReachesTheClient()
    {
        await using var server = new TdsServer { OnRequest = _ => new TdsReply().Error(1205, "deadlock", level: 13) };
        await using var connection = new SqlConnection(server.ConnectionString);
        await connection.OpenAsync(Token);
        await using SqlCommand command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => command.ExecuteNonQueryAsync(Token));
        Assert.Equal((1205, (byte)13), (error.Number, error.Class));
    }

    [Fact]
    public async Task Login_Refused_ReachesTheClient()
    {
        await using var server = new TdsServer { OnLogin = _ => new TdsReply().Error(18456, "Login failed for user 'etl'.", level: 14) };
        await using var connection = new SqlConnection(server.ConnectionString);
        SqlException error = await Assert.ThrowsAsync<SqlException>(() => connection.OpenAsync(Token));
        Assert.Equal(18456, error.Number);
    }

    private static TdsServer BulkServer(TdsReply? atInsert = null) => new()
    {
        OnRequest = request => request switch
        {
            BatchRequest { Text: var text } when text.Contains("FMTONLY", StringComparison.Ordinal) => BulkReplies.Describe(BulkColumns),
            BatchRequest { Text: var text } when text.StartsWith("insert bulk", StringComparison.Ordinal) => atInsert ?? new TdsReply(),
            BulkLoad load => new TdsReply().Count(load.Rows.Count),
            _ => null,
        },
    };
}
