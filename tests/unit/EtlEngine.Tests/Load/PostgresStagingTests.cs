using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

/// <summary>What PostgreSQL does with rows that are staged before the statement that writes them.</summary>
public class PostgresStagingTests
{
    [Theory]
    [InlineData("upsert")]
    [InlineData("delete missing")]
    [InlineData("replace")]
    public async Task Load_KeyThatTheServerCannotRead_FailsItsRecordAlone(string how)
    {
        // Equal keys are looked for before a batch is written where the batch before had some; -DeleteMissing keeps all keys.
        using var db = new PostgresTestTarget("CREATE TABLE t (id inet PRIMARY KEY, v int)", "CREATE TABLE child (id inet REFERENCES t (id))", "INSERT INTO t VALUES ('10.9.9.9', 0)");
        LoadOptions options = db.Options with
        {
            BatchSize = 20,
            DeleteMissing = how == "delete missing",
            Mode = how == "replace" ? LoadMode.Replace : LoadMode.Upsert,
        };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 200).Select(i => Rec.Of("id", i % 40 == 27 ? "nowhere" : $"10.0.0.{i % 20 / 2}", "v", i)));
        Assert.Equal(5, run.Output.Count);
        Assert.All(run.Output, record => Assert.Equal((ErrorCodes.TargetTypeMismatch, "id"), (record.Error!.Code, record.Error.Column)));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"10.0.0.{i}/32|{(i == 3 ? 186 : 180 + (2 * i) + 1)}"), db.Rows("SELECT id::text, v FROM t WHERE v > 0 ORDER BY id"));
        Assert.Equal([how == "replace" ? "0" : "1"], db.Rows("SELECT count(*) FROM t WHERE v = 0"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneTransaction_TableOfAsManyColumnsAsCanBe_TakesSomeOfThem(bool replaces)
    {
        using var db = new PostgresTestTarget(
            $"CREATE TABLE t (id INTEGER PRIMARY KEY, {string.Join(", ", Enumerable.Range(1, 1599).Select(i => $"c{i} INTEGER"))})", "INSERT INTO t (id) VALUES (9)");
        LoadOptions options = db.Options with { Mode = replaces ? LoadMode.Replace : LoadMode.Upsert, DeleteMissing = !replaces, BatchSize = 2 };
        LoadRun run = await TestDatabase.LoadAsync(options, [
            Rec.Of("id", 1, "c7", 1), Rec.Of("id", 2, "c1599", 1), Rec.Of("id", 3, "c7", 1), Rec.Of("id", 4, "c7", "x"), Rec.Of("id", 5, "c7", 1), Rec.Of("id", 6, "c8", 1)]);
        Assert.Equal((5L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(["1|1|null|null", "2|null|null|1", "3|1|null|null", "5|1|null|null", "6|null|1|null"], db.Rows("SELECT id, c7, c8, c1599 FROM t WHERE id < 9 ORDER BY id"));
    }

    [Theory]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, shop text, v text)")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY, shop text, v text) PARTITION BY RANGE (id)", "CREATE TABLE low PARTITION OF t FOR VALUES FROM (0) TO (5)", "CREATE TABLE high PARTITION OF t FOR VALUES FROM (5) TO (1000)")]
    public async Task DeleteMissing_RowsThatOthersWriteMeanwhile_Stay(params string[] tables)
    {
        using var db = new PostgresTestTarget([.. tables, "INSERT INTO t SELECT i, CASE WHEN i > 100 THEN 'b' ELSE 'a' END, 'old' FROM generate_series(1, 110) AS i"]);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["shop"] = "a" }, BatchSize = 10 });
        var output = new List<Record>();
        for (int i = 1; i <= 20; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "shop", "a", "v", "new"), output);
        stage.Flush();
        while (stage.Counters.Batches < 2)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        db.Execute("INSERT INTO t VALUES (500, 'a', 'theirs')", "UPDATE t SET v = 'theirs' WHERE id = 50", "UPDATE t SET shop = 'a' WHERE id = 105");
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal(79, stage.Summarize().Deleted);
        Assert.Equal([.. Enumerable.Range(1, 20), 50, .. Enumerable.Range(101, 10), 500], db.Rows("SELECT id FROM t ORDER BY id").Select(int.Parse));
    }
}
