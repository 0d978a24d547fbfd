using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Testing;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteReplaceTests : SharedReplaceTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);
}

public sealed class PostgresReplaceTests : SharedReplaceTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    [Fact]
    public async Task Replace_ConnectionLostInTheMiddle_LeavesTheOldRows()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'old')");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Mode = LoadMode.Replace, BatchSize = 10, FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        for (int i = 0; i < 50; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "new"), output);
        stage.Flush();
        const string inLoad = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE 'RELEASE SAVEPOINT etl_batch%' AND datname = current_database()";
        while (db.Rows(inLoad) is ["0"])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        for (int i = 50; i < 100; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "new"), output);
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, output));
        Assert.Equal(FailureCodes.TargetUnavailable, e.Code);
        Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
        Assert.Equal((0L, 0L), (stage.Summarize().Loaded, stage.Summarize().Deleted));
    }

    [Fact]
    public async Task Replace_ViewsRightsAndIndexes_AreWhatTheyWere()
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "CREATE INDEX by_v ON t (v)", "CREATE VIEW seen AS SELECT v FROM t", "GRANT SELECT ON t TO PUBLIC", "INSERT INTO t VALUES (1, 'old')");
        string before = Assert.Single(db.Rows("SELECT oid, relacl, relfilenode FROM pg_class WHERE oid = 't'::regclass"));
        await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Replace }, [Rec.Of("id", 2, "v", "new")]);
        Assert.Equal([before], db.Rows("SELECT oid, relacl, relfilenode FROM pg_class WHERE oid = 't'::regclass"));
        Assert.Equal(["new"], db.Rows("SELECT * FROM seen"));
    }
}

/// <summary>Loads that replace a table's contents.</summary>
public abstract class SharedReplaceTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

    private protected abstract ITestTarget NewTarget(params string[] statements);

    /// <summary>Whether those who read meanwhile see the rows as they were, and do not wait.</summary>
    private protected virtual bool HasRowVersions(ITestTarget db) => true;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replace_Table_HoldsTheRecordsAndNothingElse(bool hasKey)
    {
        using ITestTarget db = NewTarget(Table, "INSERT INTO t VALUES (1, 'old'), (5000, 'old')");
        LoadOptions options = db.Options with { Mode = LoadMode.Replace, Key = hasKey ? ["id"] : [], BatchSize = 70, ThrottleLimit = 4 };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 1000).Select(i => Rec.Of("id", i, "v", "new")));
        Assert.Equal((1000L, 1000L, 2L), (run.Summary.Loaded, run.Summary.Inserted!.Value, run.Summary.Deleted));
        Assert.Equal(["1000|999|new"], db.Rows("SELECT count(*), max(id), min(v) FROM t"));
        LoadRun again = await TestDatabase.LoadAsync(options, [Rec.Of("id", 7, "v", "last")]);
        Assert.Equal((1L, 1000L), (again.Summary.Loaded, again.Summary.Deleted));
        Assert.Equal(["7|last"], db.Rows("SELECT * FROM t"));
    }

    [Fact]
    public async Task Replace_WhileItRuns_ReadersSeeTheOldRows()
    {
        using ITestTarget db = NewTarget(Table, "INSERT INTO t VALUES (1, 'old')");
        Assert.SkipUnless(HasRowVersions(db), "Readers of this database wait for the end of a load.");
        if (db is TestDatabase)
            db.Rows("PRAGMA journal_mode = WAL");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Mode = LoadMode.Replace, BatchSize = 10, FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        for (int i = 0; i < 100; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "new"), output);
        stage.Flush();
        while (stage.Counters.Batches < 10)
        {
            Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
        Assert.Equal(0, stage.Summarize().Loaded);
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal(["100"], db.Rows("SELECT count(*) FROM t WHERE v = 'new'"));
    }

    [Fact]
    public async Task Replace_DroppedRun_LeavesTheOldRows()
    {
        using ITestTarget db = NewTarget(Table, "INSERT INTO t VALUES (1, 'old')");
        await using (LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Mode = LoadMode.Replace, BatchSize = 10 }))
        {
            var output = new List<Record>();
            for (int i = 0; i < 100; i++)
                TestDatabase.Post(stage, Rec.Of("id", i, "v", "new"), output);
        }
        Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
    }

    [Theory]
    [InlineData("drained")]
    [InlineData("missed")]
    public async Task Replace_InputThatIsNotComplete_LeavesTheOldRowsAndSaysSo(string how)
    {
        using ITestTarget db = NewTarget(Table, "INSERT INTO t VALUES (1, 'old')");
        using var run = new EtlRun(TimeProvider.System);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Mode = LoadMode.Replace }, run);
        var output = new List<Record>();
        TestDatabase.Post(stage, Rec.Of("id", 2, "v", "new"), output);
        if (how == "drained")
            run.Shutdown.CutShort();
        else
            run.MissPart("a part of the input could not be read");
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, output));
        Assert.Equal(FailureCodes.InputIncomplete, e.Code);
        await stage.DisposeAsync();
        Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
        Assert.Equal(0, stage.Summarize().Loaded);
    }

    [Fact]
    public async Task Replace_InputThatIsNotComplete_NamesATableWithDotsInItsName()
    {
        using ITestTarget db = NewTarget("CREATE TABLE \"a.b.c\" (id INTEGER PRIMARY KEY)");
        using var run = new EtlRun(TimeProvider.System);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Table = "\"a.b.c\"", Mode = LoadMode.Replace }, run);
        run.MissPart("the source ended with an error");
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, []));
        Assert.Equal(FailureCodes.InputIncomplete, e.Code);
        Assert.Contains("a.b.c' is as it was before", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replace_BadRecords_AreLeftOutAndLettered()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, qty INTEGER CHECK (qty < 100))", "INSERT INTO t VALUES (1, 'old', 1), (2, 'old', 1)");
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { Mode = LoadMode.Replace, DeadLetterPath = db.DeadLetter, BatchSize = 20 },
            Enumerable.Range(0, 100).Select(i => Rec.Of("id", i, "v", "new", "qty", i == 33 ? 100 : 1)));
        Assert.Equal((99L, 1L), (run.Summary.Loaded, run.Summary.DeadLettered));
        Assert.Equal(["99"], db.Rows("SELECT count(*) FROM t WHERE v = 'new'"));
        Assert.Single(await File.ReadAllLinesAsync(db.DeadLetter, TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(
            db.Options with { Mode = LoadMode.Replace, StopAtFirstFailure = true }, [Rec.Of("id", 1, "v", "x", "qty", 1), Rec.Of("id", 2, "v", "x", "qty", 100)]));
        Assert.Equal(["99"], db.Rows("SELECT count(*) FROM t WHERE v = 'new'"));
    }

    [Fact]
    public async Task Replace_NoRecord_LeavesTheTableWithAWarning()
    {
        using ITestTarget db = NewTarget(Table, "INSERT INTO t VALUES (1, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Replace }, []);
        Assert.Contains(run.Warnings, warning => warning.StartsWith(FailureCodes.InputIncomplete, StringComparison.Ordinal));
        Assert.Equal(["1|old"], db.Rows("SELECT * FROM t"));
    }

    [Fact]
    public async Task Replace_ReferencedTable_KeepsRowsThatStayAndTheirChildren()
    {
        using ITestTarget db = NewTarget(
            Table, "CREATE TABLE child (id INTEGER PRIMARY KEY, t INTEGER REFERENCES t (id) ON DELETE CASCADE)",
            "INSERT INTO t VALUES (1, 'old'), (2, 'old'), (3, 'old')", "INSERT INTO child VALUES (10, 1), (11, 2)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Replace, BatchSize = 1 }, [Rec.Of("id", 1, "v", "new"), Rec.Of("id", 2, "v", "new"), Rec.Of("id", 4, "v", "new")]);
        Assert.Equal((3L, 1L), (run.Summary.Loaded, run.Summary.Deleted));
        Assert.Equal(["1|new", "2|new", "4|new"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal(["10", "11"], db.Rows("SELECT id FROM child ORDER BY id"));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Replace, Key = [] }, [Rec.Of("id", 9, "v", "x")]));
        Assert.Contains("-Key", e.Message, StringComparison.Ordinal);
        Assert.Equal(["3"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Replace_NewTable_IsMade()
    {
        using ITestTarget db = NewTarget();
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Replace, CreateTable = true, Key = [] }, [Rec.Of("id", 1), Rec.Of("id", 1)]);
        Assert.Equal(2, run.Summary.Loaded);
        Assert.Equal(["2"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Validate_WhatNeedsMoreThanOneTransaction_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        foreach (LoadOptions options in new[] { db.Options with { Mode = LoadMode.Replace }, db.Options with { DeleteMissing = true } })
        {
            foreach ((LoadOptions wrong, string named) in new (LoadOptions, string)[]
            {
                (options with { WatermarkName = "w", DeadLetterPath = db.DeadLetter }, "-WatermarkName"), (options with { PassThru = true }, "-PassThru"),
                (options with { ExtraColumn = ExtraColumn.Add }, "-ExtraColumn"), (options with { DeadLetterOutages = true, DeadLetterPath = db.DeadLetter }, "-OnOutage"),
            })
                Assert.Contains(named, Assert.Throws<EtlException>(wrong.Validate).Message, StringComparison.Ordinal);
            using var run = new EtlRun(TimeProvider.System);
            run.MissPart("a source of the pipeline continues from a watermark (-ResumeFrom)");
            Assert.Equal(FailureCodes.InputIncomplete, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(options, run))).Code);
        }
    }
}
