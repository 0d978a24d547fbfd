using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Testing;

namespace EtlTools.Engine.Tests.Load;

/// <summary>PostgreSQL behind a pooler that gives each transaction another session, and where connections are few.</summary>
public class PostgresPoolerTests
{
    [Fact]
    public async Task Load_TwoAtOnceBehindAPooler_StoreTheirOwnValues()
    {
        using var pooler = new PgBouncer(PostgresFixture.Server);
        using var db = new PostgresTestTarget("CREATE TABLE litres (id int PRIMARY KEY, v bigint)", "CREATE TABLE grams (id int PRIMARY KEY, v double precision)");
        for (int round = 0; round < 3; round++)
        {
            // Tables with rows are loaded through a staging table.
            db.Execute("TRUNCATE litres, grams", "INSERT INTO litres VALUES (0, 0)", "INSERT INTO grams VALUES (0, 0)");
            LoadRun[] runs = await Task.WhenAll(LoadAsync("litres", id => id * 3L), LoadAsync("grams", id => id * 3d));
            Assert.All(runs, run => Assert.Empty(run.Output));
            foreach (string table in new[] { "litres", "grams" })
                Assert.Equal(["3001|0"], db.Rows($"SELECT count(*), count(*) FILTER (WHERE v <> id * 3) FROM {table}"));
        }

        Task<LoadRun> LoadAsync(string table, Func<int, object> value) => Task.Run(() => TestDatabase.LoadAsync(
            Behind(pooler, db) with { Table = $"{db.Schema}.{table}", ThrottleLimit = 4, BatchSize = 50 },
            Enumerable.Range(1, 3000).Select(id => Rec.Of("id", id, "v", value(id)))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";Max Auto Prepare=20;Auto Prepare Min Usages=1")]
    [InlineData(";No Reset On Close=true;Pooling=true;Multiplexing=true")]
    public async Task Load_BehindAPooler_WritesWhatItWritesDirectly(string parameters)
    {
        const string Table = "CREATE TABLE t (id int PRIMARY KEY, n int UNIQUE DEFERRABLE INITIALLY DEFERRED, v text CHECK (v <> 'bad'))";
        using var pooler = new PgBouncer(PostgresFixture.Server, sessions: 2);
        using var direct = new PostgresTestTarget(Table);
        using var pooled = new PostgresTestTarget(Table);
        LoadOptions behind = Behind(pooler, pooled) with { ConnectionString = pooler.ConnectionString + parameters };
        for (int again = 0; again < 2; again++)
        {
            LoadRun wanted = await LoadAsync(direct.Options);
            LoadRun run = await LoadAsync(behind);
            Assert.Contains(ErrorCodes.CheckViolation, run.Codes);
            Assert.Contains(ErrorCodes.UniqueViolation, run.Codes);
            Assert.Equal(wanted.Codes, run.Codes);
            Assert.Equal(direct.Rows("SELECT * FROM t ORDER BY id"), pooled.Rows("SELECT * FROM t ORDER BY id"));
        }

        static Task<LoadRun> LoadAsync(LoadOptions options) => TestDatabase.LoadAsync(
            options with { BatchSize = 7 }, Enumerable.Range(0, 60).Select(i => Rec.Of("id", i % 50, "n", i == 20 ? 19 : i % 50, "v", i % 10 == 3 ? "bad" : $"{i}")));
    }

    [Fact]
    public async Task Watermark_BehindAPooler_IsHeldByOneOfTwoAndFreeAfterIt()
    {
        using var pooler = new PgBouncer(PostgresFixture.Server, sessions: 3);
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        // Other tests hold locks in the same server.
        string locks = $"SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted AND application_name = '{db.Schema}'";
        LoadOptions behind = Behind(pooler, db);
        LoadOptions options = behind with { ConnectionString = $"{behind.ConnectionString};Application Name={db.Schema}", WatermarkName = "job", WatermarkTable = new TableName(db.Schema, "etl_watermark"), DeadLetterPath = db.DeadLetter };
        for (int round = 0; round < 3; round++)
        {
            await using (await TestDatabase.OpenAsync(options))
            {
                EtlException second = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(options));
                Assert.Equal(FailureCodes.WatermarkInUse, second.Code);
                Assert.Equal(["1"], db.Rows(locks));
            }
            for (int i = 0; i < 100 && db.Rows(locks) is not ["0"]; i++)
                await Task.Delay(50, TestContext.Current.CancellationToken);
            Assert.Equal(["0"], db.Rows(locks));
            LoadRun run = await TestDatabase.LoadAsync(options with { ThrottleLimit = 2 }, [new Rows("a.csv").Record(1, "id", 1, "v", "a")]);
            Assert.Equal(1, run.Summary.Watermark!.Row);
        }
    }

    [Fact]
    public async Task Watermark_PoolerWithOneSession_IsRefusedWithWhatToDo()
    {
        using var pooler = new PgBouncer(PostgresFixture.Server, sessions: 1);
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        LoadOptions options = Behind(pooler, db) with { WatermarkName = "job", WatermarkTable = new TableName(db.Schema, "etl_watermark"), DeadLetterPath = db.DeadLetter };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(options));
        Assert.Equal(FailureCodes.TargetUnavailable, e.Code);
        Assert.Contains("pool_size", e.Message, StringComparison.Ordinal);
        // Without a watermark one session is enough, for several writers too.
        LoadRun run = await TestDatabase.LoadAsync(Behind(pooler, db) with { ThrottleLimit = 4, BatchSize = 10 }, Enumerable.Range(0, 200).Select(i => Rec.Of("id", i, "v", "x")));
        Assert.Equal(200, run.Summary.Loaded);
    }

    [Fact]
    public async Task Watermark_LockIsLostAndAnotherRunHasTheName_TheFirstWritesItNoMore()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        LoadOptions options = db.Options with { WatermarkName = "job", DeadLetterPath = db.DeadLetter, BatchSize = 1 };
        await using LoadStage first = await TestDatabase.OpenAsync(options with { ConnectionString = options.ConnectionString + ";Application Name=lost" });
        db.Execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lost'");
        await using LoadStage second = await TestDatabase.OpenAsync(options);
        EtlException e = Assert.Throws<EtlException>(() =>
        {
            TestDatabase.Post(first, new Rows("a.csv").Record(1, "id", 1, "v", "a"), []);
            first.CompleteInput();
            TestDatabase.Drain(first, []);
        });
        Assert.Equal(FailureCodes.WatermarkInUse, e.Code);
        Assert.Empty(db.Rows("SELECT row_number FROM etl_watermark WHERE source <> ''"));
    }

    [Fact]
    public async Task Open_ParameterThatThePoolerRefuses_SaysSo()
    {
        using var pooler = new PgBouncer(PostgresFixture.Server);
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(
            Behind(pooler, db) with { ConnectionString = $"{pooler.ConnectionString};Search Path={db.Schema}", Table = "t" }));
        Assert.Equal(FailureCodes.InvalidConnectionString, e.Code);
        Assert.Contains("pooler", e.Message, StringComparison.Ordinal);
        Assert.Contains("-Table (schema.table)", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, null)]
    [InlineData(1, null)]
    [InlineData(2, "job")]
    public async Task Load_UserMayHaveFewConnections_GoesOnWithTheWritersItGot(int limit, string? watermark)
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (0, 'x')",
            "DO $$ BEGIN CREATE ROLE narrow LOGIN PASSWORD 'narrow'; EXCEPTION WHEN duplicate_object THEN NULL; END $$", $"ALTER ROLE narrow CONNECTION LIMIT {limit}");
        db.Execute($"GRANT USAGE, CREATE ON SCHEMA {db.Schema} TO narrow", "GRANT SELECT, INSERT, UPDATE ON t TO narrow");
        LoadOptions options = db.Options with
        {
            Credential = new("narrow", "narrow"),
            ThrottleLimit = 4,
            BatchSize = 50,
            OutageBudget = TimeSpan.FromSeconds(20),
            WatermarkName = watermark,
            DeadLetterPath = watermark is null ? null : db.DeadLetter,
        };
        var rows = new Rows("a.csv");
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(1, 1000).Select(i => rows.Record(i, "id", i, "v", "x")));
        Assert.Empty(run.Output);
        Assert.Equal(["1001"], db.Rows("SELECT count(*) FROM t"));
        Assert.Single(run.Warnings, warning => warning.Contains("of 4 writers", StringComparison.Ordinal));
    }

    private static LoadOptions Behind(PgBouncer pooler, PostgresTestTarget db) =>
        new() { Provider = "PostgreSQL", ConnectionString = pooler.ConnectionString, Table = $"{db.Schema}.t", Key = ["id"] };
}
