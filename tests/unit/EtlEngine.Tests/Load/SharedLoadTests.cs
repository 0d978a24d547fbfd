using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedLoadTests : SharedLoadTests
{
    protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);
}

public sealed class PostgresSharedLoadTests : SharedLoadTests
{
    protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);
}

/// <summary>What the loader does whatever the database. Written once; each dialect has a class that runs it.</summary>
public abstract class SharedLoadTests
{
    protected abstract ITestTarget NewTarget(params string[] statements);

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
}
