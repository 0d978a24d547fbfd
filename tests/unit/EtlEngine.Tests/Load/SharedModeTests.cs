using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteModeTests : SharedModeTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);
}

public sealed class PostgresModeTests : SharedModeTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);
}

/// <summary>What becomes of records besides the upsert by key.</summary>
public abstract class SharedModeTests
{
    private const string Versions = "CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, name TEXT)";

    private protected abstract ITestTarget NewTarget(params string[] statements);

    private static Record Version(int id, int? version, string name) => Rec.Of("id", id, "v", version, "name", name);

    [Fact]
    public async Task UpdateWhenNewer_OlderEqualNewerAndNull_OnlyNewerUpdates()
    {
        using ITestTarget db = NewTarget(
            Versions, "INSERT INTO t VALUES (1, 5, 'old'), (2, 5, 'old'), (3, 5, 'old'), (4, 5, 'old'), (5, NULL, 'old'), (6, NULL, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = "v" }, [
            Version(1, 4, "new"), Version(2, 5, "new"), Version(3, 6, "new"), Version(4, null, "new"), Version(5, 1, "new"), Version(6, null, "new"), Version(7, null, "new")]);
        Assert.Equal(["1|5|old", "2|5|old", "3|6|new", "4|5|old", "5|1|new", "6|null|old", "7|null|new"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((3L, 1L, 2L, 4L), (run.Summary.Loaded, run.Summary.Inserted!.Value, run.Summary.Updated!.Value, run.Summary.Unchanged));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(5000)]
    public async Task UpdateWhenNewer_KeysThatComeAgain_TheNewestStaysWhateverTheBatch(int batchSize)
    {
        using ITestTarget db = NewTarget(Versions, "INSERT INTO t VALUES (1, 5, 'stored'), (2, 5, 'stored')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = "v", BatchSize = batchSize }, [
            Version(1, 7, "a"), Version(1, 6, "b"), Version(2, 4, "c"), Version(3, 2, "d"), Version(3, 1, "e"), Version(1, 8, "f"), Version(1, 8, "g"), Version(2, 3, "h")]);
        Assert.Equal(["1|8|f", "2|5|stored", "3|2|d"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal(8, run.Summary.Loaded + run.Summary.Unchanged + run.Summary.Superseded);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5000)]
    public async Task UpdateColumn_NewKeyThatComesTwice_KeepsTheOtherColumnsOfTheFirst(int batchSize)
    {
        using ITestTarget db = NewTarget(Versions);
        await TestDatabase.LoadAsync(db.Options with { UpdateColumn = ["v"], BatchSize = batchSize }, [Version(1, 1, "first"), Version(1, 2, "second")]);
        Assert.Equal(["1|2|first"], db.Rows("SELECT * FROM t"));
    }

    [Fact]
    public async Task UpdateColumn_RecordWithoutTheseColumns_IsUnchanged()
    {
        using ITestTarget db = NewTarget(Versions, "INSERT INTO t VALUES (1, 5, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { UpdateColumn = ["v"] }, [Version(1, 6, "new"), Rec.Of("id", 1, "name", "x"), Rec.Of("id", 2, "name", "y")]);
        Assert.Empty(run.Output);
        Assert.Equal(["1|6|old", "2|null|y"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task UpdateWhenNewer_RandomVersions_GiveTheNewestOfEachKey()
    {
        using ITestTarget db = NewTarget(Versions);
        var random = new Random(17);
        var newest = new SortedDictionary<int, (int? Version, string Name)>();
        var records = new List<Record>();
        for (int i = 0; i < 3000; i++)
        {
            (int id, int? version, string name) = (random.Next(300), random.Next(10) == 0 ? null : random.Next(50), $"n{i}");
            records.Add(Version(id, version, name));
            if (!newest.TryGetValue(id, out var known) || version > known.Version || (known.Version is null && version is not null))
                newest[id] = (version, name);
        }
        await TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = "v", BatchSize = 97 }, records);
        Assert.Equal(newest.Select(pair => $"{pair.Key}|{pair.Value.Version?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}|{pair.Value.Name}"), db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task UpdateWhenNewer_RecordsWithoutANotNullColumn_FollowTheSameRule()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, name TEXT, must TEXT NOT NULL)", "INSERT INTO t VALUES (1, 5, 'old', 'm'), (2, 5, 'old', 'm')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = "v", SkipUnchanged = true }, [Version(1, 4, "new"), Version(2, 6, "new")]);
        Assert.Equal(["1|5|old|m", "2|6|new|m"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal((1L, 1L), (run.Summary.Loaded, run.Summary.Unchanged));
    }

    [Fact]
    public async Task UpdateWhenNewer_LaterRecordLacksTheColumn_LeavesTheRow()
    {
        using ITestTarget db = NewTarget(Versions, "INSERT INTO t VALUES (1, 5, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = "v" }, [Version(1, 6, "new"), Rec.Of("id", 1, "name", "x"), Rec.Of("id", 2, "name", "y")]);
        Assert.Equal(["1|6|new", "2|null|y"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Equal(3, run.Summary.Loaded + run.Summary.Unchanged + run.Summary.Superseded);
    }

    [Theory]
    [InlineData("id", "part of the key")]
    [InlineData("vv", "not a column of the table")]
    [InlineData("extra", "the first record does not have")]
    public async Task UpdateWhenNewer_ColumnThatCannotTell_IsRefused(string column, string why)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER, extra TEXT)");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { UpdateWhenNewer = column }, [Rec.Of("id", 1, "v", 2)]));
        Assert.Contains(why, e.Message, StringComparison.Ordinal);
        Assert.Equal(["0"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Append_WithoutKey_AddsEachRecordEachTime()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER, v TEXT)");
        LoadOptions options = db.Options with { Mode = LoadMode.Append, Key = [], BatchSize = 30, ThrottleLimit = 3 };
        Record[] records = [.. Enumerable.Range(0, 2000).Select(i => Rec.Of("id", i % 50, "v", "x"))];
        LoadRun first = await TestDatabase.LoadAsync(options, records);
        LoadRun second = await TestDatabase.LoadAsync(options, records);
        Assert.Equal((2000L, 2000L, 0L), (first.Summary.Loaded, first.Summary.Inserted!.Value, first.Summary.Superseded));
        Assert.Equal(2000L, second.Summary.Inserted);
        Assert.Equal(["4000|50"], db.Rows("SELECT count(*), count(DISTINCT id) FROM t"));
    }

    [Fact]
    public async Task Append_MakesTheTableWithoutAKeyAndIsolatesBadRows()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { Mode = LoadMode.Append, Key = [], CreateTable = true, ColumnTypes = new Dictionary<string, string> { ["v"] = "varchar(40)" } };
        await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 1, "v", "a")]);
        db.Execute("CREATE UNIQUE INDEX ux ON t (v, id) WHERE v <> 'a'");
        LoadRun run = await TestDatabase.LoadAsync(options with { CreateTable = false }, [Rec.Of("id", 1, "v", "b"), Rec.Of("id", 1, "v", "b"), Rec.Of("id", 1, "v", "a")]);
        Assert.Equal((2L, 1L), (run.Summary.Inserted!.Value, run.Summary.Errors));
        Assert.Equal([ErrorCodes.UniqueViolation], run.Codes);
        Assert.Equal(["4"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Append_WithWatermark_GoesOnWhereItWas()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER, v TEXT)");
        var file = new Rows("orders.csv");
        LoadOptions options = db.Options with { Mode = LoadMode.Append, Key = [], WatermarkName = "orders", DeadLetterPath = db.DeadLetter };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 10).Select(i => file.Record(i, "id", i, "v", "x")));
        Assert.Equal((10L, 9L), (run.Summary.Loaded, run.Summary.Watermark!.Row));
        Assert.Equal(["10"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public void Validate_OptionsThatContradict_AreRefused()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options;
        foreach ((LoadOptions wrong, string named) in new (LoadOptions, string)[]
        {
            (options with { Mode = LoadMode.Append }, "-Key"),
            (options with { Key = [] }, "-Key"),
            (options with { Mode = LoadMode.Insert, Key = [] }, "-Key"),
            (options with { Mode = LoadMode.Insert, UpdateWhenNewer = "v" }, "-UpdateWhenNewer"),
            (options with { Mode = LoadMode.Append, Key = [], UpdateWhenNewer = "v" }, "-UpdateWhenNewer"),
            (options with { UpdateColumn = ["name"], UpdateWhenNewer = "v" }, "-UpdateColumn"),
        })
        {
            EtlException e = Assert.Throws<EtlException>(wrong.Validate);
            Assert.Equal(FailureCodes.InvalidParameter, e.Code);
            Assert.Contains(named, e.Message, StringComparison.Ordinal);
        }
    }
}
