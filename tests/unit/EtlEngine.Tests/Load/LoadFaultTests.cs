using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Faults put into real databases, and the limits that end a load.</summary>
public sealed class LoadFaultTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER CONSTRAINT small CHECK (n < 100))";

    [Fact]
    public async Task OnOutageDeadLetter_LockedTooLong_LettersTheBatchAndGoesOn()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(
            db.Options with { BatchSize = 3, OutageBudget = TimeSpan.FromMilliseconds(200), DeadLetterOutages = true, DeadLetterPath = db.DeadLetter });
        using (SqliteConnection other = db.Connect())
        {
            TestDatabase.Execute(other, "BEGIN IMMEDIATE");
            foreach (int id in Enumerable.Range(0, 3))
                Assert.True(stage.TryPost(Rec.Of("id", id, "v", "a")));
            stage.Flush();
            for (int i = 0; i < 600 && stage.Summarize().DeadLettered < 3; i++)
                await Task.Delay(50, TestContext.Current.CancellationToken);
            Assert.Equal(3, stage.Summarize().DeadLettered);
            TestDatabase.Execute(other, "ROLLBACK");
        }
        foreach (int id in Enumerable.Range(3, 3))
            Assert.True(stage.TryPost(Rec.Of("id", id, "v", "b")));
        stage.CompleteInput();
        TestDatabase.Drain(stage, []);
        Assert.Equal((3L, 3L), (stage.Summarize().Loaded, stage.Summarize().DeadLettered));
        Assert.Equal(["3", "4", "5"], db.Rows("SELECT id FROM t ORDER BY id"));
        await stage.DisposeAsync();
        string[] letters = File.ReadAllLines(db.DeadLetter);
        Assert.Equal(3, letters.Length);
        Assert.All(letters, letter => Assert.Contains($"\"code\":\"{ErrorCodes.TargetUnavailable}\"", letter, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(3, false)]
    [InlineData(4, true)]
    public async Task MaxErrorCount_OneMore_EndsTheRunAndKeepsWhatWasCommitted(int failing, bool ends)
    {
        using var db = new PostgresTestTarget(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 10, MaxErrorCount = 3, DeadLetterPath = db.DeadLetter });
        foreach (int id in Enumerable.Range(0, 20))
            Assert.True(stage.TryPost(Rec.Of("id", id, "n", id % 5 == 1 && id / 5 < failing ? 100 : 1)));
        stage.CompleteInput();
        if (ends)
            Assert.Equal(FailureCodes.TooManyErrors, Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, [])).Code);
        else
            TestDatabase.Drain(stage, []);
        Assert.Equal([ends ? "8" : "17"], db.Rows("SELECT count(*) FROM t"));
        Assert.Equal(ends ? 8 : 17, stage.Summarize().Loaded);
    }

    [Fact]
    public async Task MaxErrorRate_AboveItInALargeSample_EndsTheRun()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 500, MaxErrorRate = 0.1, DeadLetterPath = db.DeadLetter });
        foreach (int id in Enumerable.Range(0, 1500))
            Assert.True(stage.TryPost(Rec.Of("id", id, "n", id < 200 ? 100 : 1)));
        stage.CompleteInput();
        // The first batch is worse, but too few to tell.
        Assert.Equal(FailureCodes.TooManyErrors, Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, [])).Code);
        Assert.Equal(["300"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task CommandTimeout_ServerStallsOnce_TriesAgainAndLoadsAll()
    {
        using PostgresTestTarget db = Stalling("nextval('stalls') = 1");
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { CommandTimeout = TimeSpan.FromSeconds(1) }, Enumerable.Range(0, 100).Select(i => Rec.Of("id", i, "v", i == 50 ? "slow" : "a")));
        Assert.Equal(100, run.Summary.Loaded);
        Assert.True(run.Summary.Retries > 0);
        Assert.Equal(["100"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task CommandTimeout_ServerStallsForGood_EndsTheRunAndNamesTheParameter()
    {
        using PostgresTestTarget db = Stalling("true");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(
            db.Options with { CommandTimeout = TimeSpan.FromSeconds(1), OutageBudget = TimeSpan.Zero }, [Rec.Of("id", 1, "v", "slow")]));
        Assert.Equal(FailureCodes.OutageBudgetSpent, e.Code);
        Assert.Contains("-CommandTimeoutSec", e.Message, StringComparison.Ordinal);
        Assert.Empty(db.Rows("SELECT * FROM t"));
    }

    private static PostgresTestTarget Stalling(string condition)
    {
        var db = new PostgresTestTarget(Table, "CREATE SEQUENCE stalls");
        db.Execute(
            $"CREATE FUNCTION stall() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v = 'slow' AND {condition} THEN PERFORM pg_sleep(600); END IF; RETURN NEW; END $$",
            "CREATE TRIGGER stall BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION stall()");
        return db;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Commit_AnswerLost_IsSettledByLoadingAgainAndCountsAreUnknown(int writers)
    {
        using var db = new PostgresTestTarget(Table, "INSERT INTO t VALUES (3, 'old', 1)");
        using var proxy = new PostgresProxy(db.ConnectionString);
        var rows = new Rows("a.csv");
        proxy.LoseNextCommit();
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { ConnectionString = proxy.ConnectionString, BatchSize = 10, ThrottleLimit = writers, WatermarkName = "job", DeadLetterPath = db.DeadLetter },
            Enumerable.Range(1, 40).Select(i => rows.Record(i, "id", i, "v", "new", "n", i == 5 ? 100 : 1)));
        Assert.Equal((39L, 1L, null, null), (run.Summary.Loaded, run.Summary.DeadLettered, run.Summary.Inserted, run.Summary.Updated));
        Assert.True(run.Summary.Retries > 0);
        Assert.Equal(["39|39"], db.Rows("SELECT count(*), count(*) FILTER (WHERE v = 'new') FROM t"));
        Assert.Equal(["40"], db.Rows("SELECT row_number FROM etl_watermark WHERE source <> ''"));
        Assert.Single(File.ReadAllLines(db.DeadLetter));
    }

    [Fact]
    public async Task Upsert_OneGuiltyRowOfMany_NeedsLogarithmicallyManyStatements()
    {
        using var db = new PostgresTestTarget(Table);
        using var proxy = new PostgresProxy(db.ConnectionString);
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { ConnectionString = proxy.ConnectionString }, Enumerable.Range(0, 5000).Select(i => Rec.Of("id", i, "v", "a", "n", i == 3210 ? 100 : 1)));
        Assert.Equal((4999L, ErrorCodes.CheckViolation), (run.Summary.Loaded, run.Codes.Single()));
        // 5,000 rows are halved 13 times, with two statements each.
        Assert.InRange(proxy.Statements.Count(text => text.StartsWith("WITH w AS (INSERT", StringComparison.Ordinal)), 14, 28);
        Assert.Single(proxy.Statements, "COMMIT");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_WholeBatchGuilty_FailsEachRowAndNoOther(bool isPostgres)
    {
        using ITestTarget db = isPostgres ? new PostgresTestTarget(Table) : new TestDatabase(Table);
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options, Enumerable.Range(0, 5001).Select(i => Rec.Of("id", i, "n", i < 5000 ? 100 : 1)));
        Assert.Equal(Enumerable.Range(0, 5000), run.Output.Select(record => (int)record[0]!));
        Assert.All(run.Codes, code => Assert.Equal(ErrorCodes.CheckViolation, code));
        Assert.Equal(["5000"], db.Rows("SELECT id FROM t"));
    }

    [Theory]
    [InlineData("id citext PRIMARY KEY, n int, v int CHECK (v < 8)")]
    [InlineData("id text COLLATE folding PRIMARY KEY, n int, v int CHECK (v < 8)")]
    [InlineData("id text, n int, v int CHECK (v < 8), active bool NOT NULL DEFAULT true")]
    public async Task Load_FoldedOrPartialKeys_WhereBatchesEndDoesNotMatter(string columns)
    {
        string[]? table = null;
        string[]? failed = null;
        foreach ((int batchSize, int writers) in new[] { (1, 1), (7, 1), (1000, 1), (7, 4), (1000, 4) })
        {
            using var db = new PostgresTestTarget(
                "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public", "CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                $"CREATE TABLE t ({columns})");
            if (columns.Contains("active", StringComparison.Ordinal))
                db.Execute("CREATE UNIQUE INDEX ON t (id) WHERE active", "INSERT INTO t VALUES ('a1', -1, 0, false), ('a1', -2, 0, false)");
            var random = new Random(23);
            Record[] records = [.. Enumerable.Range(0, 200).Select(i => Rec.Of("id", $"{(random.Next(2) == 0 ? 'a' : 'A')}{random.Next(15)}", "n", i, "v", random.Next(10)))];
            LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize, ThrottleLimit = writers }, records);
            string[] rows = db.Rows("SELECT lower(id::text COLLATE \"C\"), n, v FROM t ORDER BY n");
            string[] bad = [.. run.Output.Select(record => $"{record[1]} {record.Error!.Code}").Order(StringComparer.Ordinal)];
            Assert.Equal(table ??= rows, rows);
            Assert.Equal(failed ??= bad, bad);
        }
        Assert.NotEmpty(table!);
        Assert.NotEmpty(failed!);
    }
}
