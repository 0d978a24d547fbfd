using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedWatermarkTests : SharedWatermarkTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    private protected override string OtherNameOfTable(ITestTarget db) => "main.ETL_Watermark";
}

public sealed class PostgresSharedWatermarkTests : SharedWatermarkTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    private protected override string OtherNameOfTable(ITestTarget db) => $"{((PostgresTestTarget)db).Schema}.etl_watermark";
}

/// <summary>Watermarks, whatever the database.</summary>
public abstract class SharedWatermarkTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)";

    private protected abstract ITestTarget NewTarget(params string[] statements);

    /// <summary>Another name of the table etl_watermark.</summary>
    private protected abstract string OtherNameOfTable(ITestTarget db);

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 1)]
    [InlineData(7, 4)]
    public async Task Load_ToTheEnd_CoversTheLastRecordOfEachSource(int batchSize, int writers)
    {
        using ITestTarget db = NewTarget(Table);
        var rows = new Rows("a.csv");
        var more = new Rows("b.csv");
        LoadRun run = await TestDatabase.LoadAsync(
            Options(db) with { BatchSize = batchSize, ThrottleLimit = writers },
            [.. Enumerable.Range(1, 50).Select(i => rows.Record(i, "id", i, "v", "a")), .. Enumerable.Range(1, 30).Select(i => more.Record(i, "id", 100 + i, "v", "b"))]);
        Assert.Equal(("/data/b.csv", 30L, 31L), (run.Summary.Watermark!.Source, run.Summary.Watermark.Row, run.Summary.Watermark.Line));
        Assert.Equal(["/data/a.csv|50|51", "/data/b.csv|30|31"], db.Rows("SELECT source, row_number, line_number FROM etl_watermark WHERE name = 'job' AND source <> '' ORDER BY source"));
        await using WatermarkStore store = await Dialects.Get(db.Options).OpenWatermarksAsync(db.Options, TableName.Parse("etl_watermark"), TestContext.Current.CancellationToken);
        IReadOnlyList<Watermark> read = await store.ReadAsync("job", TestContext.Current.CancellationToken);
        Assert.Equal([30L, 50L], read.Select(watermark => watermark.Row).Order());
    }

    [Fact]
    public async Task Load_SeveralRecordsOfOneRow_AreCoveredTogether()
    {
        using ITestTarget db = NewTarget(Table);
        var rows = new Rows("a.csv");
        LoadStage stage = await TestDatabase.OpenAsync(Options(db) with { BatchSize = 3, FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        foreach ((int row, int id) in new[] { (1, 1), (2, 2), (2, 3), (2, 4), (3, 5), (3, 6) })
            TestDatabase.Post(stage, rows.Record(row, "id", id, "v", "x"), output);
        stage.Flush();
        while (stage.Summarize().Loaded < 6)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        // The last row may have more records to come.
        Assert.Equal(2, stage.Summarize().Watermark!.Row);
        Assert.Equal(["2"], db.Rows("SELECT row_number FROM etl_watermark WHERE source <> ''"));
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal(["3"], db.Rows("SELECT row_number FROM etl_watermark WHERE source <> ''"));
        await stage.DisposeAsync();
    }

    /// <summary>A row that is loaded again would become another one, so the watermark does not wait for the next one.</summary>
    [Fact]
    public async Task Append_KilledBeforeTheNextRow_HasPassedTheLastOne()
    {
        using ITestTarget db = NewTarget(Table);
        Rows[] sources = [new("a.csv"), new("b.csv")];
        LoadStage stage = await TestDatabase.OpenAsync(Options(db) with { Mode = LoadMode.Append, Key = [], FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        int loaded = 0;
        await LoadAsync(sources[0].Record(1, "id", 1, "v", "x"), "/data/a.csv|1");
        await LoadAsync(sources[0].Record(2, "id", 2, "v", "x"), "/data/a.csv|2");
        await LoadAsync(sources[1].Record(1, "id", 3, "v", "x"), "/data/a.csv|2", "/data/b.csv|1");
        await LoadAsync(sources[1].Record(2, "id", 4, "v", "x").BeforeAnotherPart(), "/data/a.csv|2", "/data/b.csv|1");
        await LoadAsync(sources[1].Record(2, "id", 5, "v", "x"), "/data/a.csv|2", "/data/b.csv|2");
        await stage.DisposeAsync();

        async Task LoadAsync(Record record, params string[] watermarks)
        {
            TestDatabase.Post(stage, record, output);
            stage.Flush();
            loaded++;
            while (stage.Summarize().Loaded < loaded)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            Assert.Equal(watermarks, db.Rows("SELECT source, row_number FROM etl_watermark WHERE source <> '' ORDER BY source"));
        }
    }

    [Fact]
    public async Task Load_FailingEverywhere_NeverLeadsAndResumesToTheSameTable()
    {
        // Whatever a killed load leaves behind: what the watermark covers is in the table or in the dead letter.
        foreach (int writers in new[] { 1, 4 })
        {
            using ITestTarget db = NewTarget(Table);
            var random = new Random(5);
            long resumeBehind = 0;
            for (int attempt = 0; attempt < 12; attempt++)
            {
                var rows = new Rows("a.csv");
                LoadOptions options = Options(db) with { BatchSize = 1 + random.Next(40), ThrottleLimit = writers, BufferSize = 50 };
                LoadStage stage = await TestDatabase.OpenAsync(options);
                var output = new List<Record>();
                int until = attempt == 11 ? 2000 : (int)resumeBehind + random.Next(400);
                for (int i = (int)resumeBehind + 1; i <= Math.Min(until, 2000); i++)
                    TestDatabase.Post(stage, rows.Record(i, "id", i % 10 == 3 ? "bad" : i, "v", $"{i}"), output);
                if (attempt == 11)
                {
                    stage.CompleteInput();
                    TestDatabase.Drain(stage, output);
                }
                await stage.DisposeAsync();
                string[] stored = db.Rows("SELECT row_number FROM etl_watermark WHERE source <> ''");
                resumeBehind = stored.Length == 0 ? 0 : long.Parse(stored[0], null);
                HashSet<long> loaded = [.. db.Rows("SELECT id FROM t").Select(long.Parse)];
                HashSet<long> letters = File.Exists(db.DeadLetter) ? [.. Letters(db).Select(letter => letter.Row)] : [];
                for (long row = 1; row <= resumeBehind; row++)
                    Assert.True(row % 10 == 3 ? letters.Contains(row) : loaded.Contains(row), $"row {row} of {resumeBehind}");
            }
            Assert.Equal(2000, resumeBehind);
            Assert.Equal(["1800"], db.Rows("SELECT count(*) FROM t"));
            Assert.Equal(200, Letters(db).Count);
            Assert.Equal(200, Letters(db).Select(letter => letter.Id).Distinct().Count());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Load_FailedRecordsOvertakeGoodOnes_WatermarkWaitsForTheGoodOnes(int writers)
    {
        using ITestTarget db = NewTarget(Table);
        Rows[] sources = [new("all-bad.csv"), new("a.csv"), new("b.csv")];
        LoadStage stage = await TestDatabase.OpenAsync(
            Options(db) with { BatchSize = 10, ThrottleLimit = writers, FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        Overtake(sources[0], 1, 2);
        Good(sources[1], 1);
        Overtake(sources[1], 40, 41, 100);
        Good(sources[1], 2, 3);
        stage.Flush();
        while (stage.Summarize() is { Loaded: < 3 } or { DeadLettered: < 5 })
            await Task.Delay(10, TestContext.Current.CancellationToken);
        Assert.True(stage.Summarize().Watermark is null or { Source: "/data/a.csv", Row: <= 2 });
        Good(sources[1], [.. Enumerable.Range(4, 95).Where(row => row is not (40 or 41))]);
        Good(sources[2], [.. Enumerable.Range(1, 20)]);
        Overtake(sources[2], 21, 22);
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal(
            ["/data/a.csv|100", "/data/all-bad.csv|2", "/data/b.csv|22"],
            db.Rows("SELECT source, row_number FROM etl_watermark WHERE source <> '' ORDER BY source"));
        Assert.Equal(stage.Summarize().Received, stage.Summarize().Loaded + stage.Summarize().DeadLettered);
        await stage.DisposeAsync();
        Assert.Equal([1L, 2L, 40L, 41L, 100L, 21L, 22L], Letters(db).Select(letter => letter.Row));

        void Good(Rows source, params int[] rows)
        {
            foreach (int row in rows)
                TestDatabase.Post(stage, source.Record(row, "id", (source == sources[2] ? 1000 : 0) + row, "v", "good"), output);
        }

        void Overtake(Rows source, params int[] rows)
        {
            foreach (int row in rows)
            {
                Record failed = source.Record(row, "id", row, "v", "bad").Fail(new RecordError { Code = ErrorCodes.ConversionFailed, Message = "", FailedIn = this });
                failed.Overtake();
                TestDatabase.Post(stage, failed, output);
            }
        }
    }

    [Fact]
    public async Task Open_SecondRunOfTheName_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        await using LoadStage first = await TestDatabase.OpenAsync(Options(db));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db)));
        Assert.Equal(FailureCodes.WatermarkInUse, e.Code);
        Assert.Contains("'job'", e.Message, StringComparison.Ordinal);
        await using (await TestDatabase.OpenAsync(Options(db) with { WatermarkName = "other" }))
        {
        }
        await first.DisposeAsync();
        await using LoadStage again = await TestDatabase.OpenAsync(Options(db));
    }

    [Fact]
    public async Task Change_WhileALoadHasTheName_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        var mark = new Watermark { Name = "job", Source = "a.csv", FullFingerprint = "f", Row = 1, Line = 2, ByteOffset = 0, UpdatedAt = DateTimeOffset.UnixEpoch };
        await using (await TestDatabase.OpenAsync(Options(db)))
        {
            foreach (Func<Task> change in new[] { () => SetAsync(mark), () => RemoveAsync(mark) })
                Assert.Equal(FailureCodes.WatermarkInUse, (await Assert.ThrowsAsync<EtlException>(change)).Code);
            await SetAsync(mark with { Name = "other" });
        }
        await SetAsync(mark);
        await RemoveAsync(mark);
        Assert.Equal("other", Assert.Single(await Watermarks.ReadAsync(Options(db), "etl_watermark", TestContext.Current.CancellationToken)).Name);

        Task SetAsync(Watermark watermark) => Watermarks.SetAsync(Options(db), "etl_watermark", watermark, TestContext.Current.CancellationToken);

        Task RemoveAsync(Watermark watermark) => Watermarks.RemoveAsync(Options(db), "etl_watermark", watermark, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Open_SecondRunByAnotherNameOfTheTable_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        var other = TableName.Parse(OtherNameOfTable(db));
        await using (await TestDatabase.OpenAsync(Options(db) with { WatermarkTable = other }))
        {
            EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db)));
            Assert.Equal(FailureCodes.WatermarkInUse, e.Code);
        }
        await using LoadStage first = await TestDatabase.OpenAsync(Options(db));
        EtlException again = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db) with { WatermarkTable = other }));
        Assert.Equal(FailureCodes.WatermarkInUse, again.Code);
    }

    [Fact]
    public async Task Open_WatermarkOfAHostWhoseClockIsAhead_IsNotTakenForAnotherRunsMove()
    {
        using ITestTarget db = NewTarget(Table);
        await TestDatabase.LoadAsync(Options(db), Enumerable.Range(1, 10).Select(i => new Rows("a.csv").Record(i, "id", i, "v", "a")));
        db.Execute($"UPDATE etl_watermark SET updated_at = '{DateTime.UtcNow.AddMinutes(5):O}'");
        using var run = new EtlRun(TimeProvider.System);
        await using LoadStage stage = await TestDatabase.OpenAsync(Options(db), run);
    }

    [Fact]
    public async Task Open_WatermarkMovedByAnotherRunMeanwhile_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        using var early = new EtlRun(TimeProvider.System);
        var rows = new Rows("a.csv");
        await LoadAsync(1, 10);
        Watermark stale = Assert.Single(await ReadAsync());
        await LoadAsync(11, 20);
        using var waited = new EtlRun(TimeProvider.System);
        waited.ResumeFrom(stale);
        string[] owner = db.Rows("SELECT run_id FROM etl_watermark WHERE source_id = ''");
        foreach (EtlRun run in new[] { early, waited })
        {
            EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db), run));
            Assert.Equal(FailureCodes.WatermarkInUse, e.Code);
            Assert.Contains("has moved the watermark 'job'", e.Message, StringComparison.Ordinal);
        }
        Assert.Equal(owner, db.Rows("SELECT run_id FROM etl_watermark WHERE source_id = ''"));
        Watermark now = Assert.Single(await ReadAsync());
        Assert.Equal(20, now.Row);
        using var fresh = new EtlRun(TimeProvider.System);
        fresh.ResumeFrom(now);
        await using LoadStage stage = await TestDatabase.OpenAsync(Options(db), fresh);

        async Task LoadAsync(int from, int to) =>
            await TestDatabase.LoadAsync(Options(db), Enumerable.Range(from, to - from + 1).Select(i => rows.Record(i, "id", i, "v", "a")));

        async Task<IReadOnlyList<Watermark>> ReadAsync()
        {
            await using WatermarkStore store = await Dialects.Get(db.Options).OpenWatermarksAsync(db.Options, TableName.Parse("etl_watermark"), TestContext.Current.CancellationToken);
            return await store.ReadAsync("job", TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Read_ByAnotherNameOfTheTable_FindsTheWatermarks()
    {
        using ITestTarget db = NewTarget(Table);
        await TestDatabase.LoadAsync(Options(db), [new Rows("a.csv").Record(1, "id", 1, "v", "a")]);
        await using WatermarkStore store = await Dialects.Get(db.Options).OpenWatermarksAsync(db.Options, TableName.Parse(OtherNameOfTable(db)), TestContext.Current.CancellationToken);
        Assert.Single(await store.ReadAsync("job", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Open_WatermarkWithoutDeadLetter_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db) with { DeadLetterPath = null }));
        Assert.Contains("-DeadLetterPath", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_PositionsBackwardsOrNone_IsRefused()
    {
        using ITestTarget db = NewTarget(Table);
        var rows = new Rows("a.csv");
        EtlException backwards = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Options(db), [rows.Record(2, "id", 2, "v", ""), rows.Record(1, "id", 1, "v", "")]));
        EtlException none = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Options(db), [Rec.Of("id", 1, "v", "")]));
        var run = new EtlRun(TimeProvider.System);
        run.GiveUpOrder("Invoke-EtlTransform");
        EtlException unordered = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db), run));
        Assert.All([backwards, none, unordered], e => Assert.Equal(FailureCodes.WatermarkImpossible, e.Code));
        Assert.Empty(db.Rows("SELECT 1 FROM etl_watermark WHERE source <> ''"));
    }

    [Theory]
    [InlineData(NullWatermark.Include, 3, 0, 0)]
    [InlineData(NullWatermark.Exclude, 2, 1, 0)]
    [InlineData(NullWatermark.Error, 2, 0, 1)]
    internal async Task Load_WatchedColumn_KeepsItsLargestValueLessTheLag(NullWatermark onNull, long loaded, long filtered, long failed)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        var rows = new Rows("a.csv");
        LoadRun run = await TestDatabase.LoadAsync(
            Options(db) with { WatermarkColumn = "v", WatermarkLag = TimeSpan.FromHours(1), NullWatermark = onNull },
            [rows.Record(1, "id", 1, "v", "2026-01-02T03:00:00Z"), rows.Record(2, "id", 2, "v", "2026-01-01T00:00:00Z"), rows.Record(3, "id", 3, "v", null)]);
        Assert.Equal((loaded, filtered, failed), (run.Summary.Loaded, run.Summary.Filtered, run.Summary.DeadLettered));
        Assert.StartsWith("2026-01-02T02:00:00", run.Summary.Watermark!.Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1764000300L)]
    [InlineData("Mon, 02 Feb 2026 12:00:00 GMT")]
    [InlineData("20260301120000")]
    internal async Task Load_LagOfWhatIsNoTime_IsRefused(object value)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        EtlException failure = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(
            Options(db) with { WatermarkColumn = "v", WatermarkLag = TimeSpan.FromHours(1) }, [new Rows("a.csv").Record(1, "id", 1, "v", value)]));
        Assert.Equal(FailureCodes.InvalidParameter, failure.Code);
        Assert.StartsWith("-WatermarkLag needs a time in -WatermarkColumn, and 'v' has none in the record a.csv", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NullWatermark.Include, 3, 0)]
    [InlineData(NullWatermark.Error, 2, 1)]
    internal async Task Load_NaNInTheWatchedColumn_IsNoWatermark(NullWatermark onNull, long loaded, long failed)
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        var rows = new Rows("a.csv");
        LoadRun run = await TestDatabase.LoadAsync(
            Options(db) with { WatermarkColumn = "v", NullWatermark = onNull }, [rows.Record(1, "id", 1, "v", 9.0), rows.Record(2, "id", 2, "v", double.NaN), rows.Record(3, "id", 3, "v", 11.0)]);
        Assert.Equal((loaded, failed), (run.Summary.Loaded, run.Summary.DeadLettered));
        Assert.Equal("11", run.Summary.Watermark!.Value);
    }

    private static LoadOptions Options(ITestTarget db) => db.Options with { WatermarkName = "job", DeadLetterPath = db.DeadLetter };

    private static List<(string Id, long Row)> Letters(ITestTarget db) =>
    [
        .. File.ReadLines(db.DeadLetter).Select(line => System.Text.Json.JsonDocument.Parse(line).RootElement)
            .Select(letter => (letter.GetProperty("letterId").GetString()!, letter.GetProperty("row").GetInt64())),
    ];
}
