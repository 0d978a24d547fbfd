using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public class LoadStageUpsertTests
{
    [Fact]
    public async Task Load_NewTable_CreatesItForTheFirstBatch()
    {
        using var db = new TestDatabase();
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { CreateTable = true }, [
            Rec.Of("id", 1L, "name", "a", "price", 1.50m, "rate", 0.5, "at", new DateTime(2024, 1, 2, 3, 4, 5), "raw", new byte[] { 1 }, "note", null),
            Rec.Of("id", 2L, "name", "", "price", 2m, "rate", 2.0, "at", null, "raw", null, "note", 5L)]);
        Assert.Equal(2, run.Summary.Inserted);
        Assert.Equal(
            ["id|INTEGER|1|1", "name|TEXT|0|0", "price|TEXT|0|0", "rate|REAL|0|0", "at|TEXT|0|0", "raw|BLOB|0|0", "note|INTEGER|0|0"],
            db.Rows("SELECT name, type, \"notnull\", pk FROM pragma_table_info('t')"));
        Assert.Equal(
            ["1|'a'|'1.50'|0.5|'2024-01-02 03:04:05'|X'01'|NULL", "2|''|'2'|2.0|NULL|NULL|5"],
            db.Rows("SELECT id, quote(name), quote(price), quote(rate), quote(at), quote(raw), quote(note) FROM t ORDER BY id"));
        Assert.Equal(["wal"], db.Rows("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Load_Twice_UpdatesAndGivesTheSameTable()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
        Record[] records = [.. Enumerable.Range(0, 1000).Select(i => Rec.Of("id", i, "name", $"n{i}"))];
        LoadRun first = await TestDatabase.LoadAsync(db.Options with { BatchSize = 300 }, records);
        string[] once = db.Rows("SELECT * FROM t ORDER BY id");
        LoadRun second = await TestDatabase.LoadAsync(db.Options with { BatchSize = 70 }, records);
        Assert.Equal(once, db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((1000L, 1000L, 0L, 4L), (first.Summary.Loaded, first.Summary.Inserted!.Value, first.Summary.Updated!.Value, first.Summary.Batches));
        Assert.Equal((1000L, 0L, 1000L), (second.Summary.Loaded, second.Summary.Inserted!.Value, second.Summary.Updated!.Value));
        Assert.Equal(["delete"], db.Rows("PRAGMA journal_mode"));
    }

    [Fact]
    public async Task Load_CompositeKeyAndOddNames_MatchesByBoth()
    {
        using var db = new TestDatabase("CREATE TABLE \"odd \"\"name.x\" (\"a b\" TEXT, \"select\" INTEGER, \"v;\" TEXT, UNIQUE (\"select\", \"a b\"))");
        LoadOptions options = db.Options with { Table = "main.\"odd \"\"name.x\"", Key = ["A b", "select"] };
        LoadRun run = await TestDatabase.LoadAsync(options, [
            Rec.Of("a b", "x", "SELECT", 1, "v;", "1"),
            Rec.Of("a b", "x", "SELECT", 2, "v;", "2"),
            Rec.Of("a b", "x", "SELECT", 1, "v;", "3")]);
        Assert.Equal((2L, 1L), (run.Summary.Loaded, run.Summary.Superseded));
        Assert.Equal(["x|1|3", "x|2|2"], db.Rows("SELECT \"a b\", \"select\", \"v;\" FROM \"odd \"\"name.x\" ORDER BY 2"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("CHECK (n >= 0)")]
    public async Task Load_MissingColumns_KeepStoredValueAndTakeDefault(string check)
    {
        using var db = new TestDatabase(
            $"CREATE TABLE t (id TEXT PRIMARY KEY, must TEXT NOT NULL, n INTEGER DEFAULT 7 {check}, other TEXT)",
            "INSERT INTO t VALUES ('old', 'kept', 5, 'o')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [
            Rec.Of("id", "old", "other", null),
            Rec.Of("id", "new", "must", "m"),
            Rec.Of("id", "bad", "other", "x"),
            Rec.Of("id", "old", "n", 6)]);
        Assert.Equal([ErrorCodes.NotNullViolation], run.Codes);
        Assert.Equal("must", run.Output.Single().Error!.Column);
        Assert.Equal(["new|m|7|null", "old|kept|6|null"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((1L, 1L, 1L), (run.Summary.Inserted!.Value, run.Summary.Updated!.Value, run.Summary.Superseded));
    }

    [Fact]
    public async Task Load_OnlyKeyColumns_LeavesExistingRows()
    {
        using var db = new TestDatabase("CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES ('a', 'kept')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", "a"), Rec.Of("id", "b"), Rec.Of("id", "b")]);
        Assert.Equal((1L, 1L, 1L), (run.Summary.Loaded, run.Summary.Unchanged, run.Summary.Superseded));
        Assert.Equal(["a|kept", "b|null"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_RowidThatIsNoKey_StaysWhenNull()
    {
        using var db = new TestDatabase("CREATE TABLE t (no INTEGER PRIMARY KEY, id TEXT UNIQUE, v TEXT)", "INSERT INTO t VALUES (41, 'a', 'old')");
        await TestDatabase.LoadAsync(db.Options, [
            Rec.Of("no", null, "id", "a", "v", "new"), Rec.Of("no", null, "id", "b", "v", "b"), Rec.Of("no", 7, "id", "c", "v", "c")]);
        Assert.Equal(["7|c|c", "41|a|new", "42|b|b"], db.Rows("SELECT * FROM t ORDER BY no"));
    }

    [Theory]
    [InlineData("id TEXT PRIMARY KEY", "A", "a ", 2, 0)]
    [InlineData("id TEXT COLLATE NOCASE PRIMARY KEY", "A", "a", 1, 1)]
    [InlineData("id TEXT COLLATE RTRIM PRIMARY KEY", "a", "a  ", 1, 1)]
    [InlineData("id INTEGER PRIMARY KEY", "1", "01", 1, 1)]
    [InlineData("id NUMERIC PRIMARY KEY", "1.5", "1.50", 1, 1)]
    [InlineData("id REAL UNIQUE", "1", "1.0", 1, 1)]
    [InlineData("id TEXT, x INTEGER UNIQUE, UNIQUE (id COLLATE NOCASE)", "A", "a", 1, 1)]
    [InlineData("id, UNIQUE (id)", "1", "1.0", 2, 0)]
    public async Task Load_DuplicatesAsTheTargetComparesThem_AreSuperseded(string id, string first, string second, int loaded, int superseded)
    {
        using var db = new TestDatabase($"CREATE TABLE t (v TEXT, {id})");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", first, "v", "1"), Rec.Of("id", second, "v", "2")]);
        Assert.Equal((loaded, superseded), ((int)run.Summary.Loaded, (int)run.Summary.Superseded));
        Assert.Equal(loaded, run.Summary.Inserted);
        Assert.Equal([$"{loaded}|2"], db.Rows("SELECT count(*), max(v) FROM t"));
    }

    [Fact]
    public async Task Load_RejectedLastDuplicate_LeavesItsPredecessor()
    {
        using var db = new TestDatabase("CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER CHECK (n < 10))");
        Record[] records = [Rec.Of("id", "a", "n", 1), Rec.Of("id", "a", "n", 2), Rec.Of("id", "a", "n", 11)];
        LoadRun run = await TestDatabase.LoadAsync(db.Options, records);
        Assert.Equal(["a|2"], db.Rows("SELECT * FROM t"));
        Assert.Equal((1L, 1L, 1L), (run.Summary.Loaded, run.Summary.Superseded, run.Summary.Errors));
        Assert.Equal([ErrorCodes.CheckViolation], run.Codes);
    }

    [Fact]
    public async Task Load_WithoutRowid_CountsLoadedAndDoesNotGuessInserts()
    {
        using var db = new TestDatabase("CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT) WITHOUT ROWID");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", "a", "v", "1"), Rec.Of("id", "b", "v", "2"), Rec.Of("id", "a", "v", "3")]);
        Assert.Equal((2L, 1L), (run.Summary.Loaded, run.Summary.Superseded));
        Assert.Null(run.Summary.Inserted);
        Assert.Equal(["a|3", "b|2"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_PassThru_PutsOutCommittedRecordsInOrder()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        Record[] records = [.. Enumerable.Range(0, 5000).Select(i => i % 100 == 7 ? Rec.Of("id", "x", "v", "") : Rec.Of("id", i, "v", ""))];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { PassThru = true, BatchSize = 700, BufferSize = 50 }, records);
        Assert.Equal(records.Select(record => record[0]), run.Output.Select(record => record[0]));
        Assert.Equal((4950L, 50L, 50L), (run.Counters.Out, run.Counters.Failed, run.Summary.Errors));
    }

    [Fact]
    public async Task Load_ManySchemas_KeepsPlansBoundedAndRight()
    {
        string[] columns = [.. Enumerable.Range(0, 100).Select(i => $"c{i}")];
        using var db = new TestDatabase($"CREATE TABLE t (id INTEGER PRIMARY KEY, {string.Join(", ", columns)})");
        await TestDatabase.LoadAsync(db.Options, Enumerable.Range(0, 300).Select(i => Rec.Of("id", i % 100, columns[i % 100], i)));
        Assert.Equal(["100|249"], db.Rows($"SELECT count(*), (SELECT c49 FROM t WHERE id = 49) FROM t"));
    }
}
