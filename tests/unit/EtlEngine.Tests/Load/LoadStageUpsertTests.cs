using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public class LoadStageUpsertTests
{
    [Fact]
    public async Task Load_NewTable_CreatesItFromTheFirstRecord()
    {
        using var db = new TestDatabase();
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { CreateTable = true }, [
            Rec.Of("id", 1L, "name", "a", "price", 1.50m, "rate", 0.5, "at", new DateTime(2024, 1, 2, 3, 4, 5), "raw", new byte[] { 1 }, "note", null),
            Rec.Of("id", 2L, "name", "", "price", 2m, "rate", 2.0, "at", null, "raw", null, "note", 5L)]);
        Assert.Equal(2, run.Summary.Inserted);
        Assert.Equal(
            ["id|INTEGER|1|1", "name|TEXT|0|0", "price|TEXT|0|0", "rate|REAL|0|0", "at|TEXT|0|0", "raw|BLOB|0|0", "note||0|0"],
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
        Assert.Equal((1000L, 1000L, 0L, 4L), (first.Summary.Loaded, first.Summary.Inserted, first.Summary.Updated, first.Summary.Batches));
        Assert.Equal((1000L, 0L, 1000L), (second.Summary.Loaded, second.Summary.Inserted, second.Summary.Updated));
    }
}
