using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteMissingTests : SharedMissingTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    private protected override string Boolean => "BOOLEAN";
}

public sealed class PostgresMissingTests : SharedMissingTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    private protected override string Boolean => "boolean";
}

/// <summary>Loads that delete or mark the rows that no record had.</summary>
public abstract class SharedMissingTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, shop TEXT, v TEXT)";
    private const string Rows = "INSERT INTO t VALUES (1, 'a', 'old'), (2, 'a', 'old'), (3, 'b', 'old'), (4, NULL, 'old')";

    private protected abstract ITestTarget NewTarget(params string[] statements);

    private protected abstract string Boolean { get; }

    /// <summary>What the column gone says.</summary>
    private protected virtual string Gone => "CASE WHEN gone THEN 'yes' WHEN NOT gone THEN 'no' END";

    private static Record Row(int id, string v = "new") => Rec.Of("id", id, "shop", "a", "v", v);

    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    public async Task DeleteMissing_CompleteRun_DeletesWhatDidNotCome(int batchSize)
    {
        using ITestTarget db = NewTarget(Table, Rows);
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { DeleteMissing = true, BatchSize = batchSize }, [Row(1), Row(5), Row(5, "newer")]);
        Assert.Equal(["1|new", "5|newer"], db.Rows("SELECT id, v FROM t ORDER BY id"));
        Assert.Equal((3L, 3L), (run.Summary.Loaded + run.Summary.Superseded, run.Summary.Deleted));
        Assert.Empty(run.Warnings);
    }

    [Fact]
    public async Task DeleteMissing_UnchangedAndInsertOnly_RowsThatCameStay()
    {
        using ITestTarget db = NewTarget(Table, Rows);
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { DeleteMissing = true, SkipUnchanged = true }, [Row(1, "old"), Row(2, "old")]);
        Assert.Equal((2L, 2L), (run.Summary.Unchanged, run.Summary.Deleted));
        run = await TestDatabase.LoadAsync(db.Options with { DeleteMissing = true, InsertOnly = true }, [Row(1), Row(9)]);
        Assert.Equal((1L, 1L), (run.Summary.Inserted!.Value, run.Summary.Deleted));
        Assert.Equal(["1|old", "9|new"], db.Rows("SELECT id, v FROM t ORDER BY id"));
    }

    [Fact]
    public async Task DeleteMissing_Scope_LooksAtItsRowsOnly()
    {
        using ITestTarget db = NewTarget(Table, Rows);
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["shop"] = "a" } }, [Row(1)]);
        Assert.Equal(1, run.Summary.Deleted);
        Assert.Equal(["1", "3", "4"], db.Rows("SELECT id FROM t ORDER BY id"));
        run = await TestDatabase.LoadAsync(db.Options with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["SHOP"] = null } }, [Rec.Of("id", 5, "shop", null, "v", "new")]);
        Assert.Equal(["1", "3", "5"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    [Fact]
    public async Task DeleteMissing_RecordOutsideOfTheScope_EndsTheRunAndChangesNothing()
    {
        using ITestTarget db = NewTarget(Table, Rows);
        LoadOptions options = db.Options with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["shop"] = "a" } };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Row(1), Rec.Of("id", 3, "shop", "b", "v", "new")]));
        Assert.Contains("-MissingScope", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1|old", "2|old", "3|old", "4|old"], db.Rows("SELECT id, v FROM t ORDER BY id"));
        e = Assert.Throws<EtlException>((options with { MissingScope = new Dictionary<string, object?> { ["shop"] = new object[] { "a", "b" } } }).Validate);
        Assert.Contains("a list for 'shop'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteMissing_ScopeWithAValueThatTheColumnCannotHave_IsRefusedBeforeTheFirstRow()
    {
        using ITestTarget db = NewTarget(Table, Rows);
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(
            db.Options with { DeleteMissing = true, MissingScope = new Dictionary<string, object?> { ["id"] = "seven" } }, [Row(1)]));
        Assert.Equal(FailureCodes.InvalidParameter, e.Code);
        Assert.StartsWith("-MissingScope has a value for 'id' that does not have the column's type (", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Nothing was loaded.", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1|old"], db.Rows("SELECT id, v FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task DeleteMissing_DeletedColumn_MarksAndUnmarks()
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER PRIMARY KEY, shop TEXT, v TEXT, gone {Boolean})", "INSERT INTO t VALUES (1, 'a', 'old', NULL), (2, 'a', 'old', NULL)");
        LoadOptions options = db.Options with { DeleteMissing = true, DeletedColumn = "gone" };
        LoadRun run = await TestDatabase.LoadAsync(options, [Row(1)]);
        Assert.Equal(1, run.Summary.Deleted);
        Assert.Equal(["1|null", "2|yes"], db.Rows($"SELECT id, {Gone} FROM t ORDER BY id"));
        run = await TestDatabase.LoadAsync(options, [Row(2)]);
        Assert.Equal(1, run.Summary.Deleted);
        run = await TestDatabase.LoadAsync(options, [Row(2)]);
        Assert.Equal(0, run.Summary.Deleted);
        Assert.Equal(["1|yes", "2|no"], db.Rows($"SELECT id, {Gone} FROM t ORDER BY id"));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options with { DeletedColumn = "id" }, [Row(2)]));
        Assert.Contains("-DeletedColumn", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" CHECK (v <> 'bad')")]
    public async Task DeleteMissing_SkipUnchanged_RowThatIsUnmarkedIsUpdated(string check)
    {
        using ITestTarget db = NewTarget(
            $"CREATE TABLE t (id INTEGER PRIMARY KEY, shop TEXT, v TEXT{check}, gone {Boolean})",
            "INSERT INTO t VALUES (1, 'a', 'old', NULL), (2, 'a', 'old', NULL), (3, 'a', 'old', NULL)");
        LoadOptions options = db.Options with { DeleteMissing = true, DeletedColumn = "gone", SkipUnchanged = true };
        await TestDatabase.LoadAsync(options, [Row(1, "old")]);
        LoadRun run = await TestDatabase.LoadAsync(options, [Row(1, "old"), Row(2, "old"), Row(3)]);
        Assert.Equal((2L, 1L), (run.Summary.Updated!.Value, run.Summary.Unchanged));
        Assert.Equal(["1|old|null", "2|old|no", "3|new|no"], db.Rows($"SELECT id, v, {Gone} FROM t ORDER BY id"));
        run = await TestDatabase.LoadAsync(options, [Row(1, "old"), Row(2, "old"), Row(3)]);
        Assert.Equal(3, run.Summary.Unchanged);
    }

    [Fact]
    public async Task DeleteMissing_RecordsHaveTheDeletedColumn_AreRefused()
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, gone {Boolean})", "INSERT INTO t VALUES (1, 'old', NULL)");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(
            db.Options with { DeleteMissing = true, DeletedColumn = "gone" }, [Rec.Of("id", 2, "v", "new", "gone", true)]));
        Assert.Contains("-DeletedColumn", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1|null"], db.Rows($"SELECT id, {Gone} FROM t"));
    }

    [Theory]
    [InlineData("failed")]
    [InlineData("failed before")]
    [InlineData("drained")]
    [InlineData("missed")]
    [InlineData("empty")]
    public async Task DeleteMissing_RunThatHasNotGotAll_DeletesNothingAndWarns(string how)
    {
        using ITestTarget db = NewTarget(Table, Rows);
        using var run = new EtlRun(TimeProvider.System);
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { DeleteMissing = true }, run);
        var output = new List<Record>();
        foreach (Record record in how switch
        {
            "failed" => [Row(1), Rec.Of("id", "x", "shop", "a", "v", "new")],
            "failed before" => [Row(1), Rec.Failed("id", 2)],
            "empty" => Array.Empty<Record>(),
            _ => [Row(1)],
        })
            TestDatabase.Post(stage, record, output);
        if (how == "drained")
            run.Shutdown.CutShort();
        if (how == "missed")
            run.MissPart("the source ended with an error");
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal((how == "empty" ? 0 : 1, 0L), (stage.Summarize().Loaded, stage.Summarize().Deleted));
        Assert.True(stage.Notices.TryTake(out StageNotice? notice));
        Assert.Equal(FailureCodes.InputIncomplete, notice.Failure.Code);
        Assert.Equal(["4"], db.Rows("SELECT count(*) FROM t"));
        Assert.Equal([how == "empty" ? "old" : "new"], db.Rows("SELECT v FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task DeleteMissing_RowThatIsReferred_EndsTheRunAndChangesNothing()
    {
        using ITestTarget db = NewTarget(Table, "CREATE TABLE child (t INTEGER REFERENCES t (id))", Rows, "INSERT INTO child VALUES (2)");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { DeleteMissing = true }, [Row(1)]));
        Assert.Contains("refer", e.Message, StringComparison.Ordinal);
        Assert.Equal(["1|old", "2|old", "3|old", "4|old"], db.Rows("SELECT id, v FROM t ORDER BY id"));
    }

    [Fact]
    public async Task DeleteMissing_CompoundTextKey_IsComparedAsTheIndexDoes()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (a TEXT, id TEXT, v TEXT, PRIMARY KEY (a, id))", "INSERT INTO t VALUES ('x', '1', 'old'), ('x', '2', 'old'), ('y', '1', 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Key = ["id", "a"], DeleteMissing = true }, [Rec.Of("a", "x", "id", "1", "v", "new"), Rec.Of("a", "y", "id", "1", "v", "new")]);
        Assert.Equal(1, run.Summary.Deleted);
        Assert.Equal(["x|1|new", "y|1|new"], db.Rows("SELECT * FROM t ORDER BY a"));
    }
}
