using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteFirstUseTests : SharedFirstUseTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);
}

public sealed class PostgresFirstUseTests : SharedFirstUseTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);
}

/// <summary>Several loads that make the table, a column or the table of watermarks at the same moment.</summary>
public abstract class SharedFirstUseTests
{
    private const int Rounds = 8;
    private const int Loads = 6;

    private protected abstract ITestTarget NewTarget(params string[] statements);

    [Fact]
    public async Task Load_SixAtOnce_MakeTableColumnsAndWatermarksOnce()
    {
        for (int round = 0; round < Rounds; round++)
        {
            using ITestTarget db = NewTarget();
            LoadRun[] runs = await AtOnceAsync(db, (options, load) => options with
            {
                CreateTable = true,
                ExtraColumn = ExtraColumn.Add,
                WatermarkName = $"w{load}",
                DeadLetterPath = db.DeadLetter,
            }, (file, load, i) => i < 5
                ? file.Record(i, "id", (load * 100) + i, "name", $"n{i}")
                : file.Record(i, "id", (load * 100) + i, "name", $"n{i}", "extra", "e", $"own{load % 2}", i));
            Assert.All(runs, run => Assert.Equal((10L, 10L), (run.Summary.Loaded, run.Summary.Inserted!.Value)));
            Assert.Equal(["60|30|15|15"], db.Rows("SELECT count(*), count(extra), count(own0), count(own1) FROM t"));
            Assert.Equal([$"{Loads}"], db.Rows("SELECT count(*) FROM etl_watermark WHERE source <> ''"));
        }
    }

    [Fact]
    public async Task Load_SixAtOnce_AddTheSameColumnOnce()
    {
        for (int round = 0; round < Rounds; round++)
        {
            using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY)");
            LoadRun[] runs = await AtOnceAsync(db, (options, _) => options with { ExtraColumn = ExtraColumn.Add, SchemaChange = SchemaChange.Evolve },
                (file, load, i) => file.Record(i, "id", (load * 100) + i, "v", i < 8 ? i : i + 0.5));
            Assert.All(runs, run => Assert.Equal(10L, run.Summary.Loaded));
            Assert.Equal(["60|12"], db.Rows("SELECT count(*), count(CASE WHEN v > 8.2 THEN 1 END) FROM t"));
        }
    }

    private static async Task<LoadRun[]> AtOnceAsync(ITestTarget db, Func<LoadOptions, int, LoadOptions> change, Func<Rows, int, int, Record> make)
    {
        using var start = new Barrier(Loads);
        return await Task.WhenAll(Enumerable.Range(0, Loads).Select(load => Task.Factory.StartNew(
            () =>
            {
                var file = new Rows($"f{load}");
                Record[] records = [.. Enumerable.Range(0, 10).Select(i => make(file, load, i))];
                start.SignalAndWait(TestContext.Current.CancellationToken);
                return TestDatabase.LoadAsync(change(db.Options, load), records);
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
    }
}
