using System.Globalization;
using System.Management.Automation;
using EtlTools.Tests.Tds;
using Xunit;

namespace EtlTools.Cmdlets.Tests;

/// <summary>Import-EtlSql on SQL Server, against a double of its protocol: what is sent, and what becomes of the answers.</summary>
public sealed class ImportSqlServerTests : IDisposable
{
    private static readonly TdsColumn[] Columns = [new("id", "int"), new("at", "datetime2(7)"), new("name", "nvarchar(40)")];
    private static readonly DateTime Day = new(2026, 11, 2, 9, 12, 30);

    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task Import_QueryWithParameters_SendsThemAsValues()
    {
        await using TdsServer server = NewServer(_ => Rows(1, 2));
        string[] output = Run(server, "Import-EtlSql @db -Query 'SELECT id, at, name FROM orders WHERE name = @name AND at < @before AND amount > @least' -Parameter @{ name = \"x'; DROP TABLE t\"; before = [datetime]'2026-11-02T09:12:30.1234567'; least = 1.5 } | ForEach-Object { \"$($_.id) $($_.at.ToString('O')) $($_.name)\" }");
        Assert.Equal(["1 2026-11-02T09:12:31.0000000 name 1", "2 2026-11-02T09:12:32.0000000 name 2"], output);
        RpcCall call = Assert.Single(server.Requests.OfType<RpcCall>());
        Assert.Equal("SELECT id, at, name FROM orders WHERE name = @name AND at < @before AND amount > @least", call.Text);
        Assert.Contains("@before datetime2", (string)call.Parameters[1].Value!, StringComparison.Ordinal);
        Assert.Equal(["x'; DROP TABLE t", new DateTime(2026, 11, 2, 9, 12, 30).AddTicks(1_234_567), 1.5], call.Parameters.Skip(2).OrderBy(p => p.Name switch { "@name" => 0, "@before" => 1, _ => 2 }).Select(p => p.Value));
        Assert.Contains(Texts(server), text => text == "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; BEGIN TRANSACTION");
        // Closing rolls back.
        Assert.DoesNotContain(Texts(server), text => text.Contains("COMMIT", StringComparison.Ordinal) && !text.Contains("COMMITTED", StringComparison.Ordinal));
        Assert.True(SpinWait.SpinUntil(() => server.OpenConnections == 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Import_Table_NamesSchemaColumnsAndCondition()
    {
        await using TdsServer server = NewServer(_ => Rows(1));
        Assert.Single(Run(server, "Import-EtlSql @db -Table 'sales.\"odd ] name\"' -Column id, at, name -Where 'id > @least' -Parameter @{ least = 0 }"));
        Assert.Equal("SELECT [id], [at], [name] FROM [sales].[odd ]] name] WHERE (id > @least\n)", Assert.Single(server.Requests.OfType<RpcCall>()).Text);
    }

    [Fact]
    public async Task Import_Snapshot_BeginsOne()
    {
        await using TdsServer server = NewServer(_ => Rows(1));
        Run(server, "Import-EtlSql @db -Query 'SELECT id, at, name FROM orders' -Snapshot");
        Assert.Contains(Texts(server), text => text == "SET TRANSACTION ISOLATION LEVEL SNAPSHOT; BEGIN TRANSACTION");
    }

    [Fact]
    public async Task Import_Incremental_GoesOnBehindTheLastRow()
    {
        await using TdsServer server = NewServer(call => call is null ? Rows(1, 2, 3) : Rows(4));
        string load = """
            $mark = Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue
            Import-EtlSql @db -Table orders -WatermarkColumn at, id -NullWatermark Exclude -ResumeFrom $mark |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName copy -DeadLetterPath d.jsonl | ForEach-Object { "$($_.Loaded) $($_.Succeeded)" }
            """;
        Assert.Equal("3 True", Assert.Single(Run(server, load)));
        Assert.Contains("SELECT [id], [at], [name] FROM [orders] WHERE [at] IS NOT NULL AND [id] IS NOT NULL ORDER BY [at], [id]", Texts(server));
        Assert.Equal("1 True", Assert.Single(Run(server, load)));
        RpcCall call = Assert.Single(server.Requests.OfType<RpcCall>());
        // SQL Server compares no rows: https://learn.microsoft.com/sql/t-sql/language-elements/comparison-operators-transact-sql
        Assert.Equal(
            "SELECT [id], [at], [name] FROM [orders] WHERE [at] IS NOT NULL AND [id] IS NOT NULL AND (([at] > @etl_key0) OR ([at] = @etl_key0 AND [id] > @etl_key1)) ORDER BY [at], [id]", call.Text);
        Assert.Equal([Day.AddSeconds(3), 3], call.Parameters.Skip(2).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => p.Value));
        Assert.Equal(["4"], Table.Rows(_session.PathOf("to.db"), "SELECT count(*) FROM copied"));
    }

    [Fact]
    public async Task Import_KeyOfVarchar_IsComparedAsOne()
    {
        TdsColumn[] columns = [new("code", "varchar(20)"), new("title", "nvarchar(20)")];
        await using TdsServer server = NewServer(call => new TdsReply().Rows(columns, call is null ? [["a-c", "x"]] : [["ab", "y"]]), columns);
        string load = """
            Import-EtlSql @db -Table orders -WatermarkColumn code, title -NullWatermark Exclude -ResumeFrom (Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue) |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key code -CreateTable -WatermarkName copy -DeadLetterPath d.jsonl | ForEach-Object Loaded
            """;
        Assert.Equal(["1", "1"], [.. Run(server, load), .. Run(server, load)]);
        string declared = (string)Assert.Single(server.Requests.OfType<RpcCall>()).Parameters[1].Value!;
        Assert.Contains("@etl_key0 varchar(", declared, StringComparison.Ordinal);
        Assert.Contains("@etl_key1 nvarchar(", declared, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_230_000, "2026-11-02T09:12:30.123")]
    [InlineData(0, "2026-11-02T09:12:30.000")]
    [InlineData(1_234_567, "2026-11-02T09:12:30.1234567")]
    public async Task Import_QueryWithWatermark_SendsATimeThatDatetimeTakes(int ticks, string sent)
    {
        await using TdsServer server = NewServer(call => new TdsReply().Rows(Columns, [1, Day.AddTicks(ticks), "a"]));
        string load = """
            Import-EtlSql @db -Query 'SELECT id, at, name FROM orders WHERE at > @watermark OR @watermark IS NULL' -ResumeFrom (Get-EtlWatermark copy -SqlitePath to.db -ErrorAction SilentlyContinue) |
                Export-EtlSqlUpsert -SqlitePath to.db -Table copied -Key id -CreateTable -WatermarkName copy -WatermarkColumn at -DeadLetterPath d.jsonl | ForEach-Object Loaded
            """;
        Assert.Equal(["1", "1"], [.. Run(server, load), .. Run(server, load)]);
        Assert.Equal([null, sent], server.Requests.OfType<RpcCall>().Select(call => call.Parameters[2].Value));
    }

    [Fact]
    public async Task Import_ConnectionCut_GoesOnBehindTheLastRow()
    {
        int cuts = 0;
        await using TdsServer server = NewServer(call =>
        {
            int from = call is null ? 0 : (int)call.Parameters.Single(p => p.Name == "@etl_key0").Value!;
            IEnumerable<object?[]> rows = Enumerable.Range(from + 1, 400 - from).Select(Row);
            return ++cuts < 4 ? new TdsReply().CutRows(Columns, rows.Take(100)) : new TdsReply().Rows(Columns, rows);
        });
        Outcome keyed = Try(server, "Import-EtlSql @db -Table orders -WatermarkColumn id | ForEach-Object id");
        Assert.Null(keyed.Terminating);
        Assert.Equal(Enumerable.Range(1, 400), keyed.Output.Select(id => (int)id.BaseObject));
        Assert.Equal(3, keyed.Warnings.Count);
        cuts = 0;
        Outcome plain = Try(server, "Import-EtlSql @db -Query 'SELECT id, at, name FROM orders' | ForEach-Object id");
        Assert.StartsWith("TargetUnavailable,", plain.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("after 100 rows", plain.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(100, plain.Output.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Import_Stopped_SendsAnAttentionAndCloses(bool hasRows)
    {
        using var reached = new ManualResetEventSlim();
        await using TdsServer server = NewServer(_ =>
        {
            reached.Set();
            return hasRows ? new TdsReply().StallBehindRows(Columns, Row(1)) : new TdsReply().Stall();
        });
        using PowerShell shell = _session.Shell(Database(server) + "Import-EtlSql @db -Query 'SELECT id, at, name FROM orders'");
        using var output = new PSDataCollection<PSObject>();
        Task running = Task.Run(() => shell.Invoke(null, output));
        Assert.True(reached.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        // The first row is there although the database has not given the second.
        Assert.True(!hasRows || SpinWait.SpinUntil(() => output.Count == 1, TimeSpan.FromSeconds(30)));
        shell.Stop();
        await running;
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.True(SpinWait.SpinUntil(() => server.OpenConnections == 0, TimeSpan.FromSeconds(10)));
        Assert.NotEmpty(server.Requests.OfType<Attention>());
    }

    [Theory]
    [InlineData(102, "StatementFailed", "its syntax is wrong")]
    [InlineData(207, "UnknownColumn", "a column that it uses does not exist")]
    [InlineData(208, "TableNotFound", "an object that it uses does not exist")]
    [InlineData(229, "StatementFailed", "lacks a right")]
    [InlineData(241, "StatementFailed", "a text is no time")]
    [InlineData(245, "StatementFailed", "a value cannot be converted")]
    [InlineData(3952, "StatementFailed", "ALLOW_SNAPSHOT_ISOLATION")]
    public async Task Import_ServerRefuses_IsToldWithoutItsText(int number, string id, string says)
    {
        await using TdsServer server = NewServer(_ => new TdsReply().Error(number, "near 'secret value'", level: 15));
        Outcome outcome = Try(server, "Import-EtlSql @db -Query 'SELECT id FROM orders'");
        Assert.Empty(outcome.Output);
        Assert.StartsWith($"{id},", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains(says, outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Contains(number.ToString(CultureInfo.InvariantCulture), outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret value", outcome.EndingError.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_QueryTakesTooLong_IsNotTriedAgain()
    {
        int runs = 0;
        await using TdsServer server = NewServer(_ =>
        {
            runs++;
            return new TdsReply().Stall();
        });
        Outcome outcome = Try(server, "Import-EtlSql @db -Query 'SELECT id FROM orders' -CommandTimeoutSec 1");
        Assert.Contains("-CommandTimeoutSec", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, runs);
    }

    [Fact]
    public async Task Import_StatementWithoutRows_IsRefusedAndRolledBack()
    {
        await using TdsServer server = NewServer(_ => new TdsReply().Count(3));
        Outcome outcome = Try(server, "Import-EtlSql @db -Query 'DELETE FROM orders'");
        Assert.Contains("returns no rows", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests.OfType<TransactionRequest>(), request => request.Action == TransactionAction.Commit);
    }

    [Fact]
    public async Task Import_WrongPassword_NamesTheParameterAndNoSecret()
    {
        await using TdsServer server = NewServer(_ => Rows(1));
        server.OnLogin = _ => new TdsReply().Error(18456, "Login failed for user 'etl'.", level: 14);
        Outcome outcome = Try(server, "Import-EtlSql @db -Query 'SELECT id FROM orders'");
        Assert.StartsWith("AccessDenied,", outcome.EndingError.FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Contains("-Credential", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", outcome.EndingError.ToString(), StringComparison.Ordinal);
        Assert.Single(server.Logins);
    }

    private static object?[] Row(int id) => [id, Day.AddSeconds(id), $"name {id}"];

    private static TdsReply Rows(params int[] ids) => new TdsReply().Rows(Columns, ids.Select(Row));

    private static IEnumerable<string> Texts(TdsServer server) => server.Requests.OfType<BatchRequest>().Select(batch => batch.Text);

    /// <summary>A server with one table; the query itself is answered by the test, which is given the call where it has parameters.</summary>
    private static TdsServer NewServer(Func<RpcCall?, TdsReply> query, TdsColumn[]? columns = null) => new()
    {
        OnRequest = request => request switch
        {
            BatchRequest { Text: var text } when text.StartsWith("SET ", StringComparison.Ordinal) => new TdsReply(),
            BatchRequest { Text: var text } when text.EndsWith("WHERE 1 = 0", StringComparison.Ordinal) => new TdsReply().Rows(columns ?? Columns),
            BatchRequest { Text: var text } when text.Contains("] IS NULL", StringComparison.Ordinal) => new TdsReply().Rows(columns ?? Columns),
            BatchRequest => query(null),
            RpcCall call => query(call),
            _ => null,
        },
    };

    private static string Database(TdsServer server) => $"$db = @{{ ConnectionString = '{server.ConnectionString}' }}; ";

    private string[] Run(TdsServer server, string script) => [.. _session.Run(Database(server) + script).Select(line => line.ToString())];

    private Outcome Try(TdsServer server, string script) => _session.Try(Database(server) + script);
}
