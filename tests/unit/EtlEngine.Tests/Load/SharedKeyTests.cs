using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedKeyTests : SharedKeyTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    [Theory]
    [InlineData("9F0C6A3E-1B7D-4C55-8E21-AB34CD56EF78", "9F0C6A3E-1B7D-4C55-8E21-AB34CD56EF79")]
    [InlineData("9f0c6a3e-1b7d-4c55-8e21-ab34cd56ef78", "9f0c6a3e-1b7d-4c55-8e21-ab34cd56ef79")]
    public async Task Load_GuidIntoText_IsWrittenInTheLettersOfTheColumn(string stored, string added)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT)", $"INSERT INTO t VALUES ('{stored}', 'app')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", Guid.Parse(stored), "v", "load"), Rec.Of("id", Guid.Parse(added), "v", "new")]);
        Assert.Equal((1L, 1L), (run.Summary.Inserted!.Value, run.Summary.Updated!.Value));
        Assert.Equal([$"{stored}|load", $"{added}|new"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_DecimalIntoTextThatIsNoKey_KeepsItsDecimals()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id TEXT PRIMARY KEY, v TEXT)");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 7.50m, "v", 7.50m)]);
        Assert.Equal(["7.5|7.50"], db.Rows("SELECT * FROM t"));
    }

    [Theory]
    [InlineData("nocase")]
    [InlineData("NoCase")]
    public async Task Load_CollationInAnyCaseOfLetters_CountsRight(string collation)
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id TEXT PRIMARY KEY COLLATE {collation}, v INTEGER)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", "tea", "v", 1), Rec.Of("id", "Tea", "v", 2)]);
        Assert.Equal((1L, 0L, 1L), (run.Summary.Inserted!.Value, run.Summary.Updated!.Value, run.Summary.Superseded));
    }
}

public sealed class PostgresSharedKeyTests : SharedKeyTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    [Theory]
    [InlineData("CREATE UNIQUE INDEX u ON t (id) WHERE id IS NOT NULL", "id")]
    [InlineData("CREATE UNIQUE INDEX u ON t (id, v) WHERE id IS NOT NULL AND v IS NOT NULL", "id,v")]
    public async Task Load_PartialIndexThatHoldsForEachKey_IsTheKey(string index, string key)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER, v TEXT)", index);
        LoadOptions options = db.Options with { Key = key.Split(',') };
        for (int i = 0; i < 2; i++)
            await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 2, "v", "b")]);
        Assert.Equal(["1|a", "2|b"], db.Rows("SELECT id, v FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("v TEXT, gone TIMESTAMP", "gone IS NULL", true)]
    [InlineData("v TEXT, live BOOLEAN NOT NULL DEFAULT true", "live", true)]
    [InlineData("v TEXT, live BOOLEAN NOT NULL DEFAULT true", "live AND id IS NOT NULL", true)]
    [InlineData("v TEXT, live BOOLEAN", "live", false)]
    [InlineData("v TEXT, live BOOLEAN DEFAULT true", "live AND id > 0", false)]
    public async Task Load_PartialIndexByAColumnThatRecordsLeaveAlone_IsTheKeyWhereItsDefaultIsInside(string columns, string where, bool isKey)
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER, {columns})", $"CREATE UNIQUE INDEX u ON t (id) WHERE {where}");
        Task Load() => TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 2, "v", "b")]);
        if (!isKey)
        {
            Assert.Equal(FailureCodes.KeyNotUnique, (await Assert.ThrowsAsync<EtlException>(Load)).Code);
            return;
        }
        await Load();
        await Load();
        Assert.Equal(["1|a", "2|b"], db.Rows("SELECT id, v FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_ColumnsThatDifferByCase_GoToTheOneOfThatName()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, \"Size\" TEXT, size TEXT)");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "size", "small")]);
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 2, "Size", "large")]);
        Assert.Equal(["1|null|small", "2|large|null"], db.Rows("SELECT id, \"Size\", size FROM t ORDER BY id"));
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 3, "SIZE", "which")]));
        Assert.Equal(FailureCodes.UnknownColumn, error.Code);
    }

    [Fact]
    public async Task Load_KeyColumnsThatDifferByCase_AreTakenByTheirVeryName()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (\"Id\" INTEGER DEFAULT 0, id INTEGER PRIMARY KEY, v TEXT)");
        for (int i = 0; i < 2; i++)
            await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", $"{i}")]);
        Assert.Equal(["0|1|1"], db.Rows("SELECT \"Id\", id, v FROM t"));
    }
}

/// <summary>What is one key, and what cannot be one.</summary>
public abstract class SharedKeyTests
{
    private protected abstract ITestTarget NewTarget(params string[] statements);

    [Theory]
    [InlineData("CREATE UNIQUE INDEX u ON t (id) WHERE v IS NULL", true)]
    [InlineData("CREATE UNIQUE INDEX u ON t (id) WHERE v = 'live'", true)]
    [InlineData("CREATE UNIQUE INDEX u ON t (id) WHERE id > 0", true)]
    [InlineData("CREATE UNIQUE INDEX u ON t (id) WHERE id IS NOT NULL AND v = 'live'", true)]
    [InlineData("CREATE UNIQUE INDEX u ON t ((id + 1))", false)]
    [InlineData("CREATE UNIQUE INDEX u ON t (id, (v || ''))", false)]
    public async Task Load_KeyOfAPartOfTheRowsOrOfAnExpression_IsRefused(string index, bool isPartial)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER, v TEXT)", index);
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", "live")]));
        Assert.Equal(FailureCodes.KeyNotUnique, error.Code);
        Assert.Equal(isPartial, error.Message.Contains("The index 'u' covers only some of the rows", StringComparison.Ordinal));
        Assert.Equal(["0"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_DecimalsOfAnyScale_AreOneKey()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true };
        decimal[] same = [7.5m, 7.50m, 7.5000m, 7m, 7.0m, 1000m, 1000.0m, 0.0m, 0m];
        LoadRun run = await TestDatabase.LoadAsync(options, same.Select((size, i) => Rec.Of("id", size, "v", i)));
        LoadRun again = await TestDatabase.LoadAsync(options, [Rec.Of("id", 7.50000m, "v", 99)]);
        Assert.Equal((4L, 5L), (run.Summary.Loaded, run.Summary.Superseded));
        Assert.Equal((0L, 1L), (again.Summary.Inserted!.Value, again.Summary.Updated!.Value));
        Assert.Equal(["4|7"], db.Rows("SELECT count(*), count(DISTINCT v) + 3 FROM t"));
    }

    [Fact]
    public async Task Load_GuidKeyTwice_IsOneRow()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true };
        Guid id = Guid.Parse("9f0c6a3e-1b7d-4c55-8e21-ab34cd56ef78");
        await TestDatabase.LoadAsync(options, [Rec.Of("id", id, "v", 1)]);
        LoadRun again = await TestDatabase.LoadAsync(options, [Rec.Of("id", id, "v", 2)]);
        Assert.Equal(1L, again.Summary.Updated);
        Assert.Equal(["2"], db.Rows("SELECT v FROM t"));
    }
}
