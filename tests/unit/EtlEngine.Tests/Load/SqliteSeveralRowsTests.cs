using CsCheck;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Records;
using Microsoft.Data.Sqlite;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Rows that one statement writes together leave what they leave one after another.</summary>
public class SqliteSeveralRowsTests
{
    private const string Columns = "id TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER NOT NULL CHECK (n < 8), u TEXT UNIQUE";

    /// <summary>A trigger, whatever it does, has each row written by a statement of its own.</summary>
    private const string Apart = "CREATE TRIGGER apart AFTER INSERT ON t BEGIN SELECT 1; END";

    [Fact]
    public Task Load_AnyRows_DoesWhatOneStatementARowDoes() =>
        Gen.Select(
            Gen.Select(Gen.Int[0, 40], Gen.Int[0, 60], Gen.Int[0, 400], (id, n, u) => Rec.Of("id", id == 0 ? null : $"k{id}", "n", n > 8 ? n % 8 : n, "u", u == 0 ? null : $"u{u}")).Array[0, 150],
            Gen.Int[1, 90], Gen.Bool).SampleAsync(
            async (records, batchSize, appends) =>
            {
                using var together = new TestDatabase($"CREATE TABLE t ({Columns})");
                using var apart = new TestDatabase($"CREATE TABLE t ({Columns})", Apart);
                Assert.True(TakesSeveral(together));
                Assert.False(TakesSeveral(apart));
                LoadRun[] runs = [await LoadAsync(together), await LoadAsync(apart)];
                Assert.Equal(apart.Rows("SELECT rowid, * FROM t ORDER BY rowid"), together.Rows("SELECT rowid, * FROM t ORDER BY rowid"));
                Assert.Equal(Told(runs[1]), Told(runs[0]));

                Task<LoadRun> LoadAsync(TestDatabase db) => TestDatabase.LoadAsync(
                    db.Options with { BatchSize = batchSize, Mode = appends ? LoadMode.Append : LoadMode.Upsert, Key = appends ? [] : ["id"], PassThru = true }, records);
            },
            iter: 300, threads: 1);

    [Fact]
    public async Task Load_NewAndOldAndTwice_CountsEach()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (3, 'old'), (14, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [.. Rows(1, 20), Rec.Of("id", 5, "v", "again")]);
        Assert.Equal((18L, 2L, 1L), (run.Summary.Inserted, run.Summary.Updated, run.Summary.Superseded));
        Assert.Equal(["again"], db.Rows("SELECT v FROM t WHERE id = 5"));
    }

    [Theory]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE ON CONFLICT REPLACE)")]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER REFERENCES t (id))")]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT) WITHOUT ROWID")]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", Apart)]
    public void TakesSeveral_TableWhoseRowsActOnEachOther_IsFalse(params string[] statements)
    {
        using var db = new TestDatabase(statements);
        Assert.False(TakesSeveral(db));
    }

    [Fact]
    public async Task Load_ChildBeforeItsParentInOneTable_FailsTheChild()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t (id))");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, Enumerable.Range(1, 20).Select(id => Rec.Of("id", id, "parent", id == 4 ? 8 : null)));
        Assert.Equal([ErrorCodes.ForeignKeyViolation], run.Codes);
        Assert.Equal(["19"], db.Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData("SELECT RAISE(IGNORE) WHERE NEW.id % 7 = 0", 35, 5)]
    [InlineData("SELECT RAISE(ABORT, 'no') WHERE NEW.id % 7 = 0", 35, 5)]
    [InlineData("SELECT RAISE(ROLLBACK, 'no') WHERE NEW.id % 7 = 0", 35, 5)]
    [InlineData("INSERT INTO other VALUES (NEW.id)", 40, 0)]
    public async Task Load_TriggerThatComesDuringTheLoad_IsMinded(string does, int rows, int failed)
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "CREATE TABLE other (id INTEGER)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = 20, BufferSize = 20 }, RowsWithATrigger());
        Assert.Equal(failed, run.Codes.Count());
        Assert.Equal([$"{20 + rows}"], db.Rows("SELECT count(*) FROM t"));
        Assert.Equal(20 + rows, run.Summary.Inserted);

        IEnumerable<Record> RowsWithATrigger()
        {
            foreach (Record record in Rows(101, 20))
                yield return record;
            Assert.True(SpinWait.SpinUntil(() => db.Rows("SELECT count(*) FROM t") is ["20"], TimeSpan.FromMinutes(1)));
            db.Execute($"CREATE TRIGGER late BEFORE INSERT ON t BEGIN {does}; END");
            foreach (Record record in Rows(1, 40))
                yield return record;
        }
    }

    [Fact]
    public async Task Load_LargeValuesAmongSmall_ArriveWhole()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        int[] lengths = [.. Enumerable.Range(1, 60).Select(i => i % 13 == 0 ? 100_000 : i % 2 == 0 ? 4_000 : i)];
        await TestDatabase.LoadAsync(db.Options, lengths.Select((length, i) => Rec.Of("id", i, "v", new string((char)('a' + (i % 26)), length))));
        Assert.Equal(lengths.Select((length, i) => $"{length}|{(char)('a' + (i % 26))}"), db.Rows("SELECT length(v), substr(v, -1) FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData(false, -8 * 1024)]
    [InlineData(true, -64 * 1024)]
    public void Cache_GrowsWhereRowsReadManyPages(bool scattered, long kib)
    {
        using var db = new TestDatabase(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
            "WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO t SELECT i, hex(zeroblob(250)) FROM n");
        using SqliteConnection connection = db.Connect();
        SqliteCache.Begin(connection.Handle!);
        var cache = new SqliteCache(connection.Handle!);
        TestDatabase.Execute(connection, $"UPDATE t SET v = 'x' WHERE id % {(scattered ? 20 : 1)} = 0");
        cache.Adjust(scattered ? 1_000 : 20_000);
        Assert.Equal(scattered, cache.IsLarge);
        Assert.Equal(kib, SqliteExec.ReadInteger(connection.Handle!, "PRAGMA cache_size"));
    }

    [Fact]
    public void Cache_FewRowsThatReadMuch_StaysSmall()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a')");
        using SqliteConnection connection = db.Connect();
        var cache = new SqliteCache(connection.Handle!);
        TestDatabase.Execute(connection, "UPDATE t SET v = 'x'");
        cache.Adjust(1);
        Assert.False(cache.IsLarge);
    }

    [Fact]
    public async Task Load_NothingButARowidThatIsNull_GetsOne()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Append, Key = [] }, [Rec.Of("id", null), Rec.Of("id", 7), Rec.Of("id", null)]);
        Assert.Equal(["1", "7", "8"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    private static IEnumerable<Record> Rows(int first, int count) => Enumerable.Range(first, count).Select(id => Rec.Of("id", id, "v", "new"));

    private static bool TakesSeveral(TestDatabase db)
    {
        using SqliteConnection connection = db.Connect();
        return SqliteTableReader.Read(connection, TableName.Parse("t"), ["id"])!.TakesSeveral;
    }

    private static IEnumerable<string> Told(LoadRun run) =>
        run.Output.Select(record => $"{record[0]}|{record[1]}|{record[2]}|{record.Error?.Code}|{record.Error?.Message}")
            .Prepend($"{run.Summary.Inserted}|{run.Summary.Updated}|{run.Summary.Superseded}|{run.Summary.Errors}");
}
