using System.Diagnostics;
using EtlTools.Engine.Load;
using EtlTools.Engine.Stages;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Load;

public class LoadStageTimingTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

    /// <summary>Makes a statement run for minutes.</summary>
    private const string SlowTrigger =
        """
        CREATE TRIGGER slow BEFORE INSERT ON t WHEN NEW.v = 'slow' BEGIN
            INSERT INTO log SELECT count(*) FROM (WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 1000000000) SELECT x FROM c);
        END
        """;

    [Fact]
    public async Task FlushInterval_PipelineThreadAway_CommitsForOthersToSee()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { FlushInterval = TimeSpan.FromMilliseconds(300) });
        var clock = Stopwatch.StartNew();
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        while (db.Rows("SELECT id FROM t").Length == 0)
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), "The batch is not committed.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
        Assert.True(clock.Elapsed > TimeSpan.FromMilliseconds(250), $"Committed after {clock.Elapsed}.");
        Assert.Equal(1, stage.Summarize().Loaded);
    }

    [Fact]
    public async Task FlushInterval_FakeTime_IsTheLoadersClock()
    {
        using var db = new TestDatabase(Table);
        var time = new FakeTimeProvider();
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { FlushInterval = TimeSpan.FromHours(1) }, new EtlRun(time));
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        stage.Flush();
        await Task.Delay(100, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMinutes(59));
        await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(db.Rows("SELECT id FROM t"));
        time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(() => stage.Summarize().Loaded == 1);
        Assert.Equal(["1"], db.Rows("SELECT id FROM t"));
    }

    [Fact]
    public async Task Load_LockedForAWhile_WaitsAndCounts()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options);
        using SqliteConnection other = db.Connect();
        TestDatabase.Execute(other, "BEGIN IMMEDIATE");
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        stage.CompleteInput();
        await UntilAsync(() => stage.Summarize().Retries > 1);
        Assert.Equal(0, stage.Summarize().Loaded);
        TestDatabase.Execute(other, "COMMIT");
        TestDatabase.Drain(stage, []);
        Assert.Equal(1, stage.Summarize().Loaded);
    }

    [Fact]
    public async Task Load_LockedForTooLong_StopsAndClaimsWhatIsCommittedOnly()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 3, OutageBudget = TimeSpan.FromMilliseconds(400) });
        foreach (int id in Enumerable.Range(0, 3))
            Assert.True(stage.TryPost(Rec.Of("id", id)));
        stage.Flush();
        await UntilAsync(() => stage.Summarize().Loaded == 3);
        using SqliteConnection other = db.Connect();
        TestDatabase.Execute(other, "BEGIN IMMEDIATE");
        Assert.True(stage.TryPost(Rec.Of("id", 3)));
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, []));
        Assert.Equal(FailureCodes.OutageBudgetSpent, e.Code);
        Assert.Matches(@"for \d+(\.\d+)? s\b", e.Message);
        Assert.Equal((3L, 4L), (stage.Summarize().Loaded, stage.Summarize().Received));
        Assert.False(stage.IsEnded);
        TestDatabase.Execute(other, "ROLLBACK");
        Assert.Equal(["3"], db.Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Dispose_InTheMiddle_LeavesFileUnlockedAndSummaryExact(bool wal)
    {
        using var db = new TestDatabase(Table, "CREATE TABLE log (n)", SlowTrigger, wal ? "PRAGMA journal_mode = WAL" : "SELECT 1");
        LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 10 });
        foreach (int id in Enumerable.Range(0, 15))
            Assert.True(stage.TryPost(Rec.Of("id", id, "v", id == 14 ? "slow" : "")));
        stage.CompleteInput();
        await UntilAsync(() => stage.Summarize().Batches == 1);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        await stage.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(10, stage.Summarize().Loaded);
        db.Execute("INSERT INTO t VALUES (100, '')");
        Assert.Equal(["11|ok"], db.Rows("SELECT (SELECT count(*) FROM t), integrity_check FROM pragma_integrity_check"));
        Assert.False(File.Exists(db.File + "-journal"));
    }

    [Fact]
    public async Task Dispose_WhileLocked_Returns()
    {
        using var db = new TestDatabase(Table);
        LoadStage stage = await TestDatabase.OpenAsync(db.Options);
        using SqliteConnection other = db.Connect();
        TestDatabase.Execute(other, "BEGIN IMMEDIATE");
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        stage.CompleteInput();
        await UntilAsync(() => stage.Summarize().Retries > 0);
        await stage.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(0, stage.Summarize().Loaded);
    }

    [Fact]
    public async Task Dispose_OutputNotTaken_DoesNotHang()
    {
        using var db = new TestDatabase(Table);
        LoadStage stage = await TestDatabase.OpenAsync(db.Options with { PassThru = true, FlushInterval = TimeSpan.FromMilliseconds(1) });
        foreach (int id in Enumerable.Range(0, 9_000))
            Assert.True(stage.TryPost(Rec.Of("id", id, "v", "")));
        stage.CompleteInput();
        await UntilAsync(() => stage.Summarize().Loaded > 0);
        await stage.DisposeAsync();
        Assert.Equal([$"{stage.Summarize().Loaded}"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_DatabaseFull_EndsTheRunAndRollsBack()
    {
        // The last possible AUTOINCREMENT value is SQLite's other way to be full.
        using var db = new TestDatabase(
            "CREATE TABLE t (no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE)", "INSERT INTO t VALUES (9223372036854775807, 'last')");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 2, OutageBudget = TimeSpan.FromMilliseconds(300) });
        foreach (int id in Enumerable.Range(0, 4))
            Assert.True(stage.TryPost(id < 3 ? Rec.Of("no", id, "id", id) : Rec.Of("id", id)));
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, []));
        Assert.Equal((FailureCodes.OutageBudgetSpent, FailureKind.Unavailable), (e.Code, e.Kind));
        Assert.Contains("the disk is full", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, stage.Summarize().Loaded);
        Assert.Equal(["0", "1", "last"], db.Rows("SELECT id FROM t ORDER BY no"));
    }

    [Fact]
    public async Task Load_TableDroppedMeanwhile_EndsTheRun()
    {
        using var db = new TestDatabase(Table);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 1 });
        Assert.True(stage.TryPost(Rec.Of("id", 1)));
        await UntilAsync(() => stage.Summarize().Loaded == 1);
        db.Execute("DROP TABLE t");
        Assert.True(stage.TryPost(Rec.Of("id", 2)));
        stage.CompleteInput();
        Assert.Equal(FailureCodes.StatementFailed, Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, [])).Code);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "It did not happen.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
