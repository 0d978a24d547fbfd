using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Whole loads with the real driver against the double of the protocol.</summary>
public sealed class SqlServerLoadTests
{
    private static readonly CatalogColumn[] Orders =
        [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40), new("amount", "decimal", 9, 10, 2), new("at", "datetime2", 8, 0, 3)];

    private static Record Order(int id, string? name = "x", decimal amount = 1.5m) =>
        Rec.Of("id", id, "name", name, "amount", amount, "at", new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc).AddTicks(5_000));

    private static IEnumerable<Record> Orders_(int count) => Enumerable.Range(0, count).Select(i => Order(i));

    [Fact]
    public async Task Load_ManyRows_SendsTheirValuesAndCommits()
    {
        await using var target = new ScriptedTarget(Orders);
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { BatchSize = 100 }, Enumerable.Range(0, 250).Select(i => Order(i, $"name {i}", i / 4m)));
        Assert.Equal((250, 250, 250L, 0L, 3), (run.Summary.Received, run.Summary.Loaded, run.Summary.Inserted, run.Summary.Updated, run.Summary.Batches));
        var at = new DateTime(2026, 2, 28, 12, 0, 0).AddMilliseconds(1);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => new object?[] { i, $"name {i}", i / 4m, at }), target.Rows);
        LoadStep[] first =
        [
            LoadStep.Settings, LoadStep.Describe, LoadStep.Settings, LoadStep.MakeStaging, LoadStep.DescribeStaging, LoadStep.AnnounceRows, LoadStep.Rows,
            LoadStep.Duplicates, LoadStep.Begin, LoadStep.Upsert, LoadStep.Commit,
        ];
        LoadStep[] next = [LoadStep.ClearStaging, LoadStep.AnnounceRows, LoadStep.Rows, LoadStep.Duplicates, LoadStep.Begin, LoadStep.Upsert, LoadStep.Commit];
        Assert.Equal([.. first, .. next, .. next], target.Steps);
        await WaitUntilAsync(() => target.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Load_AbsentColumns_AreNotWritten()
    {
        await using var target = new ScriptedTarget(Orders);
        await TestDatabase.LoadAsync(target.Options, [Rec.Of("id", 1, "name", "a"), Rec.Of("id", 2, "amount", 2m), Rec.Of("id", 3, "amount", null)]);
        string[] upserts = [.. target.Server.Requests.OfType<RpcCall>().Where(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert).Select(call => call.Text)];
        Assert.Equal(2, upserts.Length);
        Assert.Contains("([id], [name])", upserts[0], StringComparison.Ordinal);
        Assert.Contains("([id], [amount])", upserts[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_DuplicateKeys_WritesTheLastOfEach()
    {
        await using var target = new ScriptedTarget(Orders) { Duplicates = [(0, 2), (2, 3)] };
        LoadRun run = await TestDatabase.LoadAsync(target.Options, [Order(1, "a"), Order(2, "b"), Order(1, "c"), Order(1, "d")]);
        Assert.Equal((2L, 2L), (run.Summary.Loaded, run.Summary.Superseded));
        RpcCall upsert = target.Server.Requests.OfType<RpcCall>().Single(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert);
        // The new row has the key as the first record wrote it.
        Assert.Equal([0, 2, 0, 1], ScriptedTarget.FirstRows(upsert));
    }

    [Fact]
    public async Task Load_ServerTellsUpdates_AreCounted()
    {
        await using var target = new ScriptedTarget(Orders)
        {
            Instead = (step, _) => step == LoadStep.Upsert ? ScriptedTarget.Effect(updated: 3, inserted: 2) : null,
        };
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(5));
        Assert.Equal((2L, 3L), (run.Summary.Inserted, run.Summary.Updated));
    }

    [Fact]
    public async Task Load_ValuesThatDoNotFit_NeverReachTheServer()
    {
        await using var target = new ScriptedTarget(Orders);
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options, [Order(1), Order(2, new string('x', 21)), Order(3, "x", 123456789m), Rec.Of("id", null, "name", "n"), Rec.Of("id", "abc")]);
        Assert.Equal((1L, 4L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal([ErrorCodes.TargetTypeMismatch, ErrorCodes.TargetTypeMismatch, ErrorCodes.KeyIsNull, ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Equal(["name", "amount", "id", "id"], run.Output.Select(record => record.Error!.Column));
        Assert.Single(target.Rows);
    }

    [Theory]
    [InlineData(2627)]
    [InlineData(2601)]
    [InlineData(515)]
    [InlineData(547)]
    [InlineData(8152)]
    [InlineData(2628)]
    [InlineData(245)]
    [InlineData(8114)]
    [InlineData(8115)]
    [InlineData(241)]
    [InlineData(50001)]
    public async Task Upsert_DataError_IsolatesTheGuiltyRow(int number)
    {
        await using ScriptedTarget target = Guilty(number, doomed: false);
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(1_000));
        Assert.Equal((999L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Record failed = Assert.Single(run.Output);
        Assert.Equal(617, failed[0]);
        Assert.Contains($"{number}", failed.Error!.Message, StringComparison.Ordinal);
        // Two for each halving, on one connection, and nothing is sent twice.
        Assert.InRange(target.Steps.Count(step => step == LoadStep.Upsert), 10, 22);
        Assert.Single(target.Server.Requests.OfType<BulkLoad>());
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
    }

    [Fact]
    public async Task Upsert_DataErrorThatDoomsTheTransaction_IsolatesTheGuiltyRow()
    {
        await using ScriptedTarget target = Guilty(245, doomed: true);
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(1_000));
        Assert.Equal((999L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(617, Assert.Single(run.Output)[0]);
        // What is staged outlives the rollback.
        Assert.Single(target.Server.Requests.OfType<BulkLoad>());
        Assert.DoesNotContain(LoadStep.GoBack, target.Steps);
    }

    [Theory]
    [InlineData(1205, "MakeStaging")]
    [InlineData(10928, "MakeStaging")]
    [InlineData(1205, "AnnounceRows")]
    [InlineData(40501, "Rows")]
    [InlineData(40613, "Duplicates")]
    [InlineData(1204, "Begin")]
    [InlineData(1205, "Upsert")]
    [InlineData(1222, "Upsert")]
    [InlineData(40197, "Upsert")]
    [InlineData(40501, "Upsert")]
    [InlineData(49918, "Upsert")]
    [InlineData(49920, "Upsert")]
    [InlineData(10929, "Upsert")]
    [InlineData(233, "Upsert")]
    [InlineData(64, "Upsert")]
    [InlineData(4060, "Upsert")]
    [InlineData(1205, "Commit")]
    [InlineData(40613, "Commit")]
    public async Task Step_TransientError_IsTriedAgainAndLoadsAll(int number, string failing)
    {
        await using var target = new ScriptedTarget(Orders);
        int failures = 2;
        target.Instead = (step, _) => step.ToString() == failing && failures-- > 0 ? new TdsReply().Error(number, level: 13) : null;
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(10));
        Assert.Equal((10L, 0L, 2L), (run.Summary.Loaded, run.Summary.Errors, run.Summary.Retries));
        // A deadlock or a lock is tried again as it stands, all else on a fresh connection.
        Assert.Equal(number is 1204 or 1205 or 1222 ? 2 : 4, target.Server.Connections);
        await WaitUntilAsync(() => target.Server.OpenConnections == 0);
    }

    [Theory]
    [InlineData(208, "Describe")]
    [InlineData(262, "MakeStaging")]
    [InlineData(229, "AnnounceRows")]
    [InlineData(1105, "Rows")]
    [InlineData(207, "Upsert")]
    [InlineData(229, "Upsert")]
    [InlineData(8622, "Upsert")]
    [InlineData(9002, "Commit")]
    public async Task Step_FatalError_EndsTheRunClearly(int number, string failing)
    {
        await using var target = new ScriptedTarget(Orders) { Instead = (step, _) => step.ToString() == failing ? new TdsReply().Error(number, "The text of the server.") : null };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(target.Options, Orders_(10)));
        Assert.Equal(FailureCodes.StatementFailed, error.Code);
        Assert.Contains($"SQL Server error {number}", error.Message, StringComparison.Ordinal);
        // Any text may quote values.
        Assert.DoesNotContain("The text of the server", error.Message, StringComparison.Ordinal);
        Assert.Single(target.Steps, step => step.ToString() == failing);
        await WaitUntilAsync(() => target.Server.OpenConnections == 0);
    }

    [Theory]
    [InlineData("AnnounceRows")]
    [InlineData("Rows")]
    [InlineData("Upsert")]
    [InlineData("Commit")]
    public async Task Step_ConnectionDropped_LoadsAllOnAFreshOne(string failing)
    {
        await using var target = new ScriptedTarget(Orders);
        int failures = 1;
        target.Instead = (step, _) => step.ToString() == failing && failures-- > 0 ? new TdsReply().Drop() : null;
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(10));
        Assert.Equal((10L, 1L), (run.Summary.Loaded, run.Summary.Retries));
        Assert.Equal(3, target.Server.Connections);
        // Nobody knows what became of a commit that was not answered.
        Assert.Equal(failing == "Commit" ? null : 10L, run.Summary.Inserted);
    }

    [Fact]
    public async Task Rows_DroppedInTheMiddle_AreSentAgain()
    {
        await using var target = new ScriptedTarget(Orders);
        int failures = 1;
        target.Instead = (step, _) => step == LoadStep.AnnounceRows && failures-- > 0 ? new TdsReply().DropInBulk(3) : null;
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Orders_(2_000));
        Assert.Equal((2_000L, 1L), (run.Summary.Loaded, run.Summary.Retries));
        Assert.Equal(2_000, Assert.Single(target.Server.Requests.OfType<BulkLoad>()).Rows.Count);
    }

    [Theory]
    [InlineData("Upsert")]
    [InlineData("Commit")]
    [InlineData("Rows")]
    public async Task Step_Stalled_EndsByTheCommandTimeout(string failing)
    {
        await using var target = new ScriptedTarget(Orders);
        int failures = 1;
        target.Instead = (step, _) => step.ToString() == failing && failures-- > 0 ? new TdsReply().Stall() : null;
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { CommandTimeout = TimeSpan.FromSeconds(1) }, Orders_(10));
        Assert.Equal((10L, 1L), (run.Summary.Loaded, run.Summary.Retries));
        Assert.NotEmpty(target.Server.Requests.OfType<Attention>());
    }

    [Theory]
    [InlineData("Upsert")]
    [InlineData("Commit")]
    [InlineData("Begin")]
    public async Task Stop_WhileTheServerWorks_ReachesItAsAttention(string stalled)
    {
        await using var target = new ScriptedTarget(Orders);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        target.Instead = (step, _) =>
        {
            if (step.ToString() != stalled)
                return null;
            reached.TrySetResult();
            return new TdsReply().Stall();
        };
        LoadStage stage = await TestDatabase.OpenAsync(target.Options);
        Assert.True(stage.TryPost(Order(1)));
        stage.CompleteInput();
        await reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        await stage.DisposeAsync();
        Assert.Single(target.Server.Requests.OfType<Attention>());
        await WaitUntilAsync(() => target.Server.OpenConnections == 0);
    }

    [Fact]
    public async Task Outage_LongerThanTheBudget_EndsTheRun()
    {
        await using var target = new ScriptedTarget(Orders) { Instead = (step, _) => step == LoadStep.Upsert ? new TdsReply().Error(40613) : null };
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(target.Options with { OutageBudget = TimeSpan.FromSeconds(1) }, Orders_(10)));
        Assert.Equal(FailureCodes.OutageBudgetSpent, error.Code);
        Assert.DoesNotContain(LoadStep.Commit, target.Steps);
    }

    [Fact]
    public async Task Load_WithWatermark_WritesItInTheTransaction()
    {
        await using var target = new ScriptedTarget(Orders);
        target.Instead = (step, request) => step != LoadStep.Other ? null : AnswerWatermark(request);
        using var folder = new TempFolder();
        IEnumerable<Record> records = Enumerable.Range(1, 30).Select(i => Positioned(Order(i), i));
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { BatchSize = 10, WatermarkName = "orders", DeadLetterPath = folder.File("dead.jsonl") }, records);
        Assert.Equal(30, run.Summary.Loaded);
        TdsRequest[] requests = [.. target.Server.Requests];
        int[] writes = [.. requests.Index().Where(r => r.Item is RpcCall call && call.Text.Contains("line_number = @line", StringComparison.Ordinal)).Select(r => r.Index)];
        Assert.NotEmpty(writes);
        // Each between a BEGIN and its COMMIT.
        Assert.All(writes, at => Assert.Equal(
            LoadStep.Begin, requests[..at].Select(ScriptedTarget.StepOf).Last(step => step is LoadStep.Begin or LoadStep.Commit)));
        Assert.Contains(requests.OfType<RpcCall>(), call => call.Text.Contains("sp_getapplock", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_ConnectionsLost_ClaimsTheWatermarkAgain()
    {
        await using var target = new ScriptedTarget(Orders);
        bool isLost = false;
        int? holder = null;
        target.Instead = (step, request) =>
        {
            if (step == LoadStep.Upsert && !isLost)
            {
                isLost = true;
                return new TdsReply().Drop();
            }
            if (IsClaim(request))
                holder = request.Session;
            // The connection that holds the lock is lost as well, and nobody has noticed.
            return step == LoadStep.Probe && request.Session == holder ? new TdsReply().Drop() : step == LoadStep.Other ? AnswerWatermark(request) : null;
        };
        using var folder = new TempFolder();
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { WatermarkName = "orders", DeadLetterPath = folder.File("dead.jsonl") }, Enumerable.Range(1, 3).Select(i => Positioned(Order(i), i)));
        Assert.Equal(3, run.Summary.Loaded);
        Assert.Equal(2, target.Server.Requests.Count(IsClaim));
    }

    [Fact]
    public async Task Load_CommitOfAWatermarkAloneRefused_SaysWhatTheServerSays()
    {
        await using var target = new ScriptedTarget(Orders);
        target.Instead = (step, request) => step == LoadStep.Commit ? new TdsReply().Error(547, "The statement conflicted with a constraint.") : step == LoadStep.Other ? AnswerWatermark(request) : null;
        using var folder = new TempFolder();
        Record failed = Positioned(Order(1), 1).Fail(new RecordError { Code = ErrorCodes.ConversionFailed, Message = "no", Stage = "Import-EtlCsv", FailedIn = new object() });
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(target.Options with { WatermarkName = "orders", DeadLetterPath = folder.File("dead.jsonl") }, [failed]));
        Assert.Contains("547", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WatermarkHeldByAnother_IsRefused()
    {
        await using var target = new ScriptedTarget(Orders)
        {
            Instead = (step, request) => IsClaim(request)
                ? new TdsReply().Rows([new TdsColumn("", "int")], [-1])
                : step == LoadStep.Other ? AnswerWatermark(request) : null,
        };
        using var folder = new TempFolder();
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(target.Options with { WatermarkName = "orders", DeadLetterPath = folder.File("dead.jsonl") }, Orders_(1)));
        Assert.Equal(FailureCodes.WatermarkInUse, error.Code);
    }

    [Fact]
    public async Task CreateTable_AbsentTable_IsMadeFromTheFirstRecord()
    {
        await using var target = new ScriptedTarget([new("id", "bigint", 8) { Nullable = false }, new("name", "nvarchar", -1)]) { Exists = false };
        string? created = null;
        target.Instead = (step, request) =>
        {
            if (request is not BatchRequest { Text: var text } || !text.Contains("CREATE TABLE [orders]", StringComparison.Ordinal))
                return null;
            created = text;
            target.Exists = true;
            return new TdsReply();
        };
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { CreateTable = true }, [Rec.Of("id", 1, "name", "a")]);
        Assert.Equal(1, run.Summary.Loaded);
        Assert.Contains("([id] bigint NOT NULL, [name] nvarchar(max) NULL, PRIMARY KEY ([id]))", created, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "nvarchar(max)")]
    [InlineData(true, "nvarchar(250)")]
    public async Task CreateTable_ValuesOfTheFirstBatch_AreTaken(bool evolves, string text)
    {
        await using var target = new ScriptedTarget([new("id", "varbinary", 900) { Nullable = false }, new("name", "nvarchar", -1), new("n", "decimal", 17, 38, 12)]) { Exists = false };
        string? created = null;
        target.Instead = (step, request) =>
        {
            if (request is not BatchRequest { Text: var sql } || !sql.Contains("CREATE TABLE [orders]", StringComparison.Ordinal))
                return null;
            created = sql;
            target.Exists = true;
            return new TdsReply();
        };
        await TestDatabase.LoadAsync(
            target.Options with { CreateTable = true, SchemaChange = evolves ? SchemaChange.Evolve : SchemaChange.Freeze },
            [Rec.Of("id", new byte[] { 1 }, "name", "a", "n", 1.5m), Rec.Of("id", new byte[] { 2 }, "name", new string('x', 60), "n", 0.000000000001m)]);
        // The key of an index takes no varbinary(max) (error 1919): https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql
        Assert.Contains($"([id] varbinary(900) NOT NULL, [name] {text} NULL, [n] decimal(38,12) NULL, PRIMARY KEY ([id]))", created, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThrottleLimit_HashableKey_UsesAConnectionAWriter()
    {
        await using var target = new ScriptedTarget(Orders);
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { ThrottleLimit = 3 }, Orders_(500));
        Assert.Equal(500, run.Summary.Loaded);
        Assert.Equal(4, target.Server.Connections);
        Assert.Equal(Enumerable.Range(0, 500), target.Rows.Select(row => (int)row[0]!).Order());
    }

    [Fact]
    public async Task ThrottleLimit_AnotherUniqueColumn_UsesOneWriterAndWritesRowByRow()
    {
        await using var target = new ScriptedTarget(Orders) { UniqueIndexes = [["id"], ["name"]] };
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { ThrottleLimit = 3 }, Orders_(50));
        Assert.Equal(50, run.Summary.Loaded);
        Assert.Equal(2, target.Server.Connections);
        Assert.Contains(target.Server.Requests.OfType<RpcCall>(), call => call.Text.Contains("WHILE @at < @to", StringComparison.Ordinal));
    }

    /// <summary>A server that refuses every range that has row 617.</summary>
    private static ScriptedTarget Guilty(int number, bool doomed)
    {
        var target = new ScriptedTarget(Orders);
        target.Instead = (step, request) => step switch
        {
            LoadStep.Upsert when target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 617) =>
                doomed ? new TdsReply().Error(number).Error(3998) : new TdsReply().Error(number),
            LoadStep.State when doomed => new TdsReply().Rows([new TdsColumn("", "int")], [0]),
            _ => null,
        };
        return target;
    }

    private static bool IsClaim(TdsRequest request) => request is RpcCall call && call.Text.Contains("sp_getapplock", StringComparison.Ordinal);

    private static TdsReply? AnswerWatermark(TdsRequest request)
    {
        string text = request is RpcCall call ? call.Text : ((BatchRequest)request).Text;
        return text.Contains("sp_getapplock", StringComparison.Ordinal) ? new TdsReply().Rows([new TdsColumn("", "int")], [0])
            : text.Contains("OBJECT_ID", StringComparison.Ordinal) ? new TdsReply().Rows([new TdsColumn("", "int")], [1])
            : text.StartsWith("SELECT name", StringComparison.Ordinal) ? new TdsReply().Rows([.. Enumerable.Range(0, 9).Select(i => new TdsColumn($"c{i}", "nvarchar(max)"))])
            : new TdsReply().Count(1);
    }

    private static Record Positioned(Record record, int row) => new Record(record.Schema, new RowBlock(record, row), 0);

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (!condition())
            await Task.Delay(10, patience.Token);
    }

    private sealed class RowBlock(Record record, int row) : RecordBlock
    {
        private static readonly SourceInfo Source = new("orders.csv", "/data/orders.csv");

        public override object? GetValue(int _, int column) => record[column];

        public override SourcePosition GetPosition(int _) => new(Source, row + 1, row * 10, row);
    }
}
