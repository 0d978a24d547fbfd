using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedLoadTests : SharedLoadTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);
}

public sealed class PostgresSharedLoadTests : SharedLoadTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);
}

/// <summary>What the loader does whatever the database. Written once; each dialect has a class that runs it.</summary>
public abstract class SharedLoadTests
{
    private protected abstract ITestTarget NewTarget(params string[] statements);

    [Fact]
    public async Task Load_Twice_UpdatesAndGivesTheSameTable()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
        Record[] records = [.. Enumerable.Range(0, 1000).Select(i => Rec.Of("id", i, "name", $"n{i}"))];
        LoadRun first = await TestDatabase.LoadAsync(db.Options with { BatchSize = 300 }, records);
        string[] once = db.Rows("SELECT * FROM t ORDER BY id");
        LoadRun second = await TestDatabase.LoadAsync(db.Options with { BatchSize = 70 }, records);
        Assert.Equal(1000, once.Length);
        Assert.Equal(once, db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((1000L, 1000L, 0L, 4L), (first.Summary.Loaded, first.Summary.Inserted!.Value, first.Summary.Updated!.Value, first.Summary.Batches));
        Assert.Equal((1000L, 0L, 1000L), (second.Summary.Loaded, second.Summary.Inserted!.Value, second.Summary.Updated!.Value));
    }

    [Theory]
    [InlineData(ExtraColumn.Error)]
    [InlineData(ExtraColumn.Ignore)]
    [InlineData(ExtraColumn.Add)]
    internal async Task Load_FlattenedObjectThatIsNullOrEmpty_ClearsItsMembers(ExtraColumn extra)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, \"addr.city\" TEXT, \"addr.geo.lat\" TEXT, zip TEXT, addr_x TEXT)");
        var map = new Dictionary<string, string> { ["addr.zip"] = "zip" };
        Record Whole(int id) => Rec.Of("id", id, "addr.city", "Rome", "addr.geo.lat", "1", "addr.zip", "2", "addr_x", "3");
        await TestDatabase.LoadAsync(db.Options with { ColumnMap = map }, [Whole(1), Whole(2), Whole(3)]);
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { ColumnMap = map, ExtraColumn = extra },
            [Rec.Of("addr", null, "id", 1), Rec.Of("id", 2, "addr", new JsonValue("{ }"u8.ToArray())), Rec.Of("id", 3, "addr.city", "Oslo", "addr.geo", null)]);
        Assert.Empty(run.Output);
        Assert.Equal(["1|null|null|null|3", "2|null|null|null|3", "3|Oslo|null|2|3"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_LargeRecords_AreFewerInABatch()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
        string large = new('x', 5 * RecordWeight.Unit / sizeof(char));
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = 10 }, [.. Enumerable.Range(0, 20).Select(i => Rec.Of("id", i, "name", large))]);
        Assert.Equal((20L, 10L), (run.Summary.Loaded, run.Summary.Batches));
    }

    public static readonly TheoryData<string, string, string> GuiltyRows = new()
    {
        { "qty", "x", ErrorCodes.TargetTypeMismatch },
        { "must", "null", ErrorCodes.NotNullViolation },
        { "qty", "100", ErrorCodes.CheckViolation },
        { "p", "9", ErrorCodes.ForeignKeyViolation },
        { "email", "taken", ErrorCodes.UniqueViolation },
        { "id", "null", ErrorCodes.KeyIsNull },
    };

    [Theory]
    [MemberData(nameof(GuiltyRows))]
    public async Task Load_GuiltyRows_AreIsolatedWhateverTheirNumber(string column, string value, string code)
    {
        foreach ((int rows, int[] guilty) in new (int, int[])[] { (5000, [3777]), (5000, [.. Enumerable.Range(0, 50).Select(i => i * 97)]), (100, [.. Enumerable.Range(0, 100)]) })
        {
            using ITestTarget db = NewTarget(
                "CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p VALUES (1)",
                "CREATE TABLE t (id INTEGER PRIMARY KEY, email TEXT UNIQUE, must TEXT NOT NULL, qty INTEGER CONSTRAINT small CHECK (qty < 100), p INTEGER REFERENCES p (id))",
                "INSERT INTO t VALUES (-1, 'taken', 'm', 1, 1)");
            Record Make(int i)
            {
                Record record = Rec.Of("id", i, "email", $"e{i}", "must", "m", "qty", "5", "p", 1);
                if (guilty.Contains(i))
                    record.Set(column, value == "null" ? null : value == "9" ? 9 : value);
                return record;
            }
            LoadRun run = await TestDatabase.LoadAsync(db.Options, Enumerable.Range(0, rows).Select(Make));
            Assert.Equal(guilty.Length, run.Output.Count);
            Assert.All(run.Output, record => Assert.Equal(code, record.Error!.Code));
            if (column != "id")
                Assert.Equal(guilty, run.Output.Select(record => (int)record[0]!));
            Assert.Equal([$"{rows - guilty.Length}"], db.Rows("SELECT count(*) FROM t WHERE id >= 0"));
            Assert.All(run.Output, record => Assert.DoesNotContain("taken", record.Error!.Message, StringComparison.Ordinal));
            Assert.True(code == ErrorCodes.ForeignKeyViolation || code == ErrorCodes.CheckViolation || run.Output[0].Error!.Column == column, run.Output[0].Error!.Message);
        }
    }

    [Fact]
    public async Task Load_InsertOnly_LeavesExistingRows()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, must TEXT NOT NULL)", "INSERT INTO t VALUES (1, 'old', 'm')");
        LoadOptions options = db.Options with { InsertOnly = true };
        Record[] records = [Rec.Of("id", 1, "v", "new", "must", "m"), Rec.Of("id", 2, "v", "a", "must", "m"), Rec.Of("id", 2, "v", "b", "must", "m"), Rec.Of("id", 1, "v", "x")];
        LoadRun run = await TestDatabase.LoadAsync(options, records);
        Assert.Equal((1L, 1L, 3L), (run.Summary.Loaded, run.Summary.Inserted!.Value, run.Summary.Unchanged));
        Assert.Equal(["1|old", "2|a"], db.Rows("SELECT id, v FROM t ORDER BY id"));
        LoadRun again = await TestDatabase.LoadAsync(options, records);
        Assert.Equal((0L, 4L), (again.Summary.Loaded, again.Summary.Unchanged));
    }

    [Fact]
    public async Task Load_SkipUnchanged_CountsWhatNeedsNoChange()
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, must TEXT NOT NULL)", "INSERT INTO t VALUES (1, 'same', 'm'), (2, NULL, 'm'), (3, 'old', 'm')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SkipUnchanged = true }, [
            Rec.Of("id", 1, "v", "same"), Rec.Of("id", 2, "v", null), Rec.Of("id", 3, "v", "new"), Rec.Of("id", 4, "v", "n", "must", "m"), Rec.Of("id", 3, "v", "new", "must", "m")]);
        Assert.Empty(run.Output);
        Assert.Equal(["1|same|m", "2|null|m", "3|new|m", "4|n|m"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((2L, 2L, 1L), (run.Summary.Loaded, run.Summary.Unchanged, run.Summary.Superseded));
    }

    [Fact]
    public async Task Load_UpdateColumn_ChangesOnlyThese()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT)", "INSERT INTO t VALUES (1, 'a', 'b')");
        await TestDatabase.LoadAsync(db.Options with { UpdateColumn = ["B"] }, [Rec.Of("id", 1, "a", "x", "b", "y"), Rec.Of("id", 2, "a", "x", "b", "y")]);
        Assert.Equal(["1|a|y", "2|x|y"], db.Rows("SELECT * FROM t ORDER BY id"));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { UpdateColumn = ["nope"] }, [Rec.Of("id", 1, "a", "x")]));
        Assert.Equal(FailureCodes.UnknownColumn, e.Code);
    }

    [Fact]
    public async Task Load_ColumnMap_RenamesAndKeysByTheNewName()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)");
        var map = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["No."] = "id", ["Full Name"] = "name" };
        await TestDatabase.LoadAsync(db.Options with { ColumnMap = map }, [Rec.Of("no.", 1, "full name", "Ada")]);
        Assert.Equal(["1|Ada"], db.Rows("SELECT * FROM t"));
    }

    [Fact]
    public async Task Load_ExtraColumnIgnore_LeavesThemOut()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        await TestDatabase.LoadAsync(db.Options with { ExtraColumn = ExtraColumn.Ignore }, [Rec.Of("x", 1, "id", 1, "y", 2, "v", "a"), Rec.Of("v", "b", "z", 1, "id", 2)]);
        Assert.Equal(["1|a", "2|b"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Load_ExtraColumnAdd_AddsThemAsTheyCome(int writers)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        Record[] records = [.. Enumerable.Range(0, 300).Select(i => i switch
        {
            < 100 => Rec.Of("id", i, "v", "a"),
            < 200 => Rec.Of("id", i, "v", "b", "n", (long)i),
            _ => Rec.Of("id", i, "late", 1.5, "v", "c"),
        })];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { ExtraColumn = ExtraColumn.Add, BatchSize = 64, ThrottleLimit = writers }, records);
        Assert.Empty(run.Output);
        Assert.Equal(["50|a|null|null", "150|b|150|null", "250|c|null|1.5"], db.Rows("SELECT id, v, n, late FROM t WHERE id IN (50, 150, 250) ORDER BY id"));
    }

    [Fact]
    public async Task Load_NewTable_IsMadeFromTheFirstGoodRecord()
    {
        using ITestTarget db = NewTarget();
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { CreateTable = true, ThrottleLimit = 4 }, [
            Rec.Failed("id", "x"), Rec.Of("id", null, "v", "bad"), .. Enumerable.Range(0, 50).Select(i => Rec.Of("id", (long)i, "v", "a", "raw", new byte[] { 1 }))]);
        Assert.Equal((50L, 2L), (run.Summary.Inserted!.Value, run.Summary.Errors));
        Assert.Equal(["50"], db.Rows("SELECT count(*) FROM t"));
    }

    public static readonly TheoryData<string> Streams = ["duplicates", "self reference", "swapped", "plain", "absent columns"];

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task Load_WhereBatchesEnd_DoesNotMatter(string stream)
    {
        (string[] tables, Func<Random, int, Record> make) = StreamOf(stream);
        string[]? table = null;
        string[]? failed = null;
        foreach ((int batchSize, int writers) in new[] { (1, 1), (7, 1), (1000, 1), (1, 4), (7, 4), (1000, 4) })
        {
            using ITestTarget db = NewTarget(tables);
            var random = new Random(17);
            Record[] records = [.. Enumerable.Range(0, 400).Select(i => make(random, i))];
            LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize, ThrottleLimit = writers }, records);
            string[] rows = db.Rows("SELECT * FROM t ORDER BY id");
            string[] bad = [.. run.Output.Select(record => $"{record[1]} {record.Error!.Code}").Order(StringComparer.Ordinal)];
            Assert.Equal(table ??= rows, rows);
            Assert.Equal(failed ??= bad, bad);
        }
        Assert.NotEmpty(table!);
    }

    private static (string[] Tables, Func<Random, int, Record> Make) StreamOf(string stream) => stream switch
    {
        "duplicates" => (
            ["CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER, v INTEGER CHECK (v < 8))"],
            (random, i) => Rec.Of("id", $"k{random.Next(20)}", "n", i, "v", random.Next(10))),
        "self reference" => (
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, boss INTEGER REFERENCES t (id))", "INSERT INTO t VALUES (0, -1, NULL)"],
            (random, i) => Rec.Of("id", random.Next(60), "n", i, "boss", random.Next(60))),
        "swapped" => (
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, u TEXT UNIQUE)", "INSERT INTO t VALUES (1, -1, 'a'), (2, -2, 'b')"],
            (random, i) => Rec.Of("id", random.Next(6), "n", i, "u", random.Next(3) == 0 ? null : $"{(char)('a' + random.Next(5))}")),
        "absent columns" => (
            ["CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, v TEXT NOT NULL, w TEXT DEFAULT 'd')"],
            (random, i) => random.Next(3) switch
            {
                0 when i > 0 => Rec.Of("id", random.Next(30), "n", i),
                1 when i > 0 => Rec.Of("id", random.Next(30), "n", i, "w", random.Next(2) == 0 ? null : $"w{i}"),
                _ => Rec.Of("id", random.Next(30), "n", i, "v", $"v{i}"),
            }),
        _ => (
            ["CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER)"],
            (random, i) => Rec.Of("id", $"k{random.Next(50)}", "n", random.Next(20) == 0 ? "bad" : i)),
    };
}
