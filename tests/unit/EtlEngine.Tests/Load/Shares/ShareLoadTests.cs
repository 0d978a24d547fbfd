using System.Globalization;
using System.Text.Json;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Shares;
using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using Npgsql;

namespace EtlTools.Engine.Tests.Load.Shares;

/// <summary>Several loads of shares of one input give what one load of it gives.</summary>
public sealed class ShareLoadTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER CHECK (n < 950))";

    [Theory]
    [InlineData(2, 100)]
    [InlineData(3, 7)]
    [InlineData(8, 1_000)]
    public async Task Load_ByShares_GivesWhatOneLoadGives(int count, int batchSize)
    {
        (string[] rows, string[] letters, LoadSummary summary) = await OneAsync(1_000);
        using var db = new PostgresTestTarget(Table);
        foreach (int index in Enumerable.Range(0, count))
            await TestDatabase.LoadAsync(Options(db, index, count) with { BatchSize = batchSize }, Input(1_000));
        Assert.Equal(rows, Rows(db));
        Assert.Equal(letters, Letters(db, count));
        ShareReport report = await Job(db).CompleteAsync(count, fold: true, TestContext.Current.CancellationToken);
        Assert.True(report.IsComplete);
        Assert.Equal(1_000, report.Counts.Received);
        Assert.Equal((summary.DeadLettered, summary.Inserted), (report.Counts.DeadLettered, report.Counts.Inserted));
        Assert.Equal(summary.Loaded + summary.Superseded, report.Counts.Loaded + report.Counts.Superseded);
        Assert.Equal(["job|/data/a.csv|1000"], db.Rows("SELECT name, source, row_number FROM etl_watermark WHERE source <> ''"));
    }

    [Fact]
    public async Task Load_StoppedAnywhere_GoesOnAndCountsEachRecordOnce()
    {
        const int count = 3;
        (string[] rows, string[] letters, LoadSummary summary) = await OneAsync(600);
        using var db = new PostgresTestTarget(Table);
        foreach (int index in Enumerable.Range(0, count))
        {
            for (int stopped = 0; stopped < 3; stopped++)
                await StopAsync(Options(db, index, count) with { BatchSize = 11 }, await RestAsync(db, index, count, 600), 40 + (60 * stopped));
            await TestDatabase.LoadAsync(Options(db, index, count) with { BatchSize = 11 }, await RestAsync(db, index, count, 600));
        }
        Assert.Equal(rows, Rows(db));
        Assert.Equal(letters, Letters(db, count));
        ShareReport report = await Job(db).CompleteAsync(count, fold: true, TestContext.Current.CancellationToken);
        Assert.True(report.IsComplete);
        Assert.Equal((600L, summary.DeadLettered, summary.Inserted), (report.Counts.Received, report.Counts.DeadLettered, report.Counts.Inserted));
        Assert.Equal(summary.Loaded + summary.Superseded, report.Counts.Loaded + report.Counts.Superseded);
    }

    [Fact]
    public async Task Load_FromTheBeginningAgain_CountsEachRecordOnce()
    {
        using var db = new PostgresTestTarget(Table);
        for (int i = 0; i < 2; i++)
        {
            await TestDatabase.LoadAsync(Options(db, 0, 2), Input(100));
            await TestDatabase.LoadAsync(Options(db, 1, 2), Input(100));
        }
        ShareReport report = await Job(db).CompleteAsync(2, fold: false, TestContext.Current.CancellationToken);
        Assert.True(report.IsComplete);
        Assert.Equal((100L, (long)Rows(db).Length), (report.Counts.Received, report.Counts.Inserted));
    }

    [Fact]
    public async Task Complete_ShareThatSawLess_IsOpenUntilItHasReadOn()
    {
        using var db = new PostgresTestTarget(Table);
        Assert.Equal("0,1", Open(await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken)));
        await TestDatabase.LoadAsync(Options(db, 0, 2), Input(100));
        Assert.Equal("1", Open(await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken)));
        await TestDatabase.LoadAsync(Options(db, 1, 2), Input(120));
        Assert.Equal("0", Open(await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken)));
        await TestDatabase.LoadAsync(Options(db, 0, 2), (await RestAsync(db, 0, 2, 120)));
        ShareReport report = await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken);
        Assert.True(report.IsComplete);
        Assert.Equal(120, report.Counts.Received);
        ShareReport again = await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken);
        Assert.Equal((true, 120L), (again.IsComplete, again.Counts.Received));
        EtlException other = await Assert.ThrowsAsync<EtlException>(() => Job(db).CompleteAsync(3, fold: true, TestContext.Current.CancellationToken));
        Assert.Equal(FailureCodes.PartitionMismatch, other.Code);
    }

    [Fact]
    public async Task Complete_ByTwoAtOnce_IsCompleteForBoth()
    {
        using var db = new PostgresTestTarget(Table);
        foreach (int index in new[] { 0, 1 })
            await TestDatabase.LoadAsync(Options(db, index, 2), Input(100));
        await using var connection = new NpgsqlConnection(db.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlTransaction lockOfPlan = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var command = new NpgsqlCommand("SELECT FROM etl_watermark WHERE source_id = '#plan' FOR UPDATE", connection))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Task<ShareReport[]> both = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken)));
        while (db.Rows("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%#plan%'") is not ["2"])
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await lockOfPlan.CommitAsync(TestContext.Current.CancellationToken);
        Assert.All(await both, report => Assert.Equal((true, 100L), (report.IsComplete, report.Counts.Received)));
    }

    [Fact]
    public async Task Load_BehindCompleteShares_GoesOnInAnyNumber()
    {
        using var db = new PostgresTestTarget(Table);
        await TestDatabase.LoadAsync(Options(db, 0, 2), Input(300));
        await TestDatabase.LoadAsync(Options(db, 1, 2), Input(300));
        Assert.True((await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken)).IsComplete);
        foreach (int index in Enumerable.Range(0, 5))
        {
            Record[] rest = await RestAsync(db, index, 5, 400);
            Assert.Equal(100, rest.Length);
            await TestDatabase.LoadAsync(Options(db, index, 5), rest);
        }
        ShareReport report = await Job(db).CompleteAsync(5, fold: true, TestContext.Current.CancellationToken);
        Assert.Equal((true, 100L), (report.IsComplete, report.Counts.Received));
        Assert.Equal((await OneAsync(400)).Rows, Rows(db));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public async Task Load_InAnotherNumber_GoesOnFromTheLeastWhenNoneRuns(int count)
    {
        using var db = new PostgresTestTarget(Table);
        foreach (int index in Enumerable.Range(0, 4))
            await StopAsync(Options(db, index, 4) with { BatchSize = 5 }, Input(600), 100 + (100 * index));
        await using (await TestDatabase.OpenAsync(Options(db, 2, 4)))
        {
            EtlException running = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 0, count)));
            Assert.Equal(FailureCodes.PartitionMismatch, running.Code);
        }
        long least = db.Rows("SELECT min(row_number) FROM etl_watermark WHERE name LIKE 'job#%/4' AND source <> ''").Select(row => long.Parse(row, CultureInfo.InvariantCulture)).Single();
        foreach (int index in Enumerable.Range(0, count))
        {
            Record[] rest = await RestAsync(db, index, count, 600);
            Assert.Equal(least, 600 - rest.Length);
            await TestDatabase.LoadAsync(Options(db, index, count), rest);
        }
        Assert.Empty(db.Rows("SELECT name FROM etl_watermark WHERE name LIKE 'job#%/4'"));
        Assert.True((await Job(db).CompleteAsync(count, fold: true, TestContext.Current.CancellationToken)).IsComplete);
        Assert.Equal((await OneAsync(600)).Rows, Rows(db));
    }

    [Fact]
    public async Task Open_NameThatIsTaken_IsRefused()
    {
        using var db = new PostgresTestTarget(Table);
        await using LoadStage first = await TestDatabase.OpenAsync(Options(db, 0, 2));
        Assert.Equal(FailureCodes.WatermarkInUse, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 0, 2)))).Code);
        Assert.Equal(FailureCodes.WatermarkInUse, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Whole(db)))).Code);
        await using LoadStage second = await TestDatabase.OpenAsync(Options(db, 1, 2));
    }

    [Fact]
    public async Task Open_ShareOfALoadThatRunsWhole_IsRefused()
    {
        using var db = new PostgresTestTarget(Table);
        await using LoadStage whole = await TestDatabase.OpenAsync(Whole(db));
        Assert.Equal(FailureCodes.WatermarkInUse, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 0, 2)))).Code);
    }

    [Fact]
    public async Task Load_WhatOtherSharesDoNotSee_IsRefused()
    {
        using var db = new PostgresTestTarget(Table);
        var b = new Rows("b.csv");
        await TestDatabase.LoadAsync(Options(db, 0, 2), [.. Input(10), b.Record(1, "id", 1, "v", "b", "n", 1)]);
        Assert.Equal(FailureCodes.PartitionMismatch, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Options(db, 1, 2), [b.Record(1, "id", 1, "v", "b", "n", 1), .. Input(10)]))).Code);
        Assert.Equal(FailureCodes.PartitionMismatch, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Options(db, 1, 2), [new Rows("a.csv", "f2").Record(1, "id", 1, "v", "b", "n", 1)]))).Code);
        db.Execute("ALTER TABLE t DROP CONSTRAINT t_pkey", "CREATE UNIQUE INDEX ON t (id, v)");
        Assert.Equal(FailureCodes.PartitionMismatch, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 1, 2) with { Key = ["id", "v"] }))).Code);
    }

    [Fact]
    public async Task Open_PlanOfWhichNothingCame_IsMadeAnew()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id INTEGER, v TEXT, n INTEGER, UNIQUE (id, v))");
        db.Execute("CREATE UNIQUE INDEX one ON t (id)");
        await using (await TestDatabase.OpenAsync(Options(db, 0, 2)))
            db.Execute("DROP INDEX one");
        LoadOptions other = Options(db, 1, 3) with { Key = ["id", "v"] };
        await using LoadStage first = await TestDatabase.OpenAsync(other);
        EtlException running = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 0, 2) with { Key = ["id", "v"] }));
        Assert.Equal(FailureCodes.PartitionMismatch, running.Code);
        await using LoadStage second = await TestDatabase.OpenAsync(Options(db, 2, 3) with { Key = ["id", "v"] });
    }

    [Fact]
    public async Task Load_WatermarksOfAllSharesRemoved_BeginsAnewWithOtherSources()
    {
        using var db = new PostgresTestTarget(Table);
        await TestDatabase.LoadAsync(Options(db, 0, 2), Input(10));
        foreach (Watermark mark in await Watermarks.ReadAsync(db.Options, "etl_watermark", TestContext.Current.CancellationToken))
            await Watermarks.RemoveAsync(db.Options, "etl_watermark", mark, TestContext.Current.CancellationToken);
        Record other = new Rows("a.csv", "f2").Record(1, "id", 1, "v", "b", "n", 1);
        foreach (int index in new[] { 0, 1 })
            await TestDatabase.LoadAsync(Options(db, index, 2), [other]);
        ShareReport report = await Job(db).CompleteAsync(2, fold: true, TestContext.Current.CancellationToken);
        Assert.Equal((true, 1L), (report.IsComplete, report.Counts.Received));
    }

    [Theory]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT UNIQUE, n INTEGER)")]
    [InlineData("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INTEGER REFERENCES t)")]
    public async Task Open_TableWhoseRowsDependOnOrder_IsRefused(string table)
    {
        using var db = new PostgresTestTarget(table);
        Assert.Equal(FailureCodes.PartitionImpossible, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(Options(db, 0, 2)))).Code);
    }

    [Fact]
    public async Task Open_LoadThatCannotBeShared_IsRefused()
    {
        using var db = new PostgresTestTarget(Table);
        using var sqlite = new TestDatabase(Table);
        LoadOptions share = db.Options.In(new Partition(0, 2, "Parameters"));
        await RefusedAsync(share with { Mode = LoadMode.Append, Key = [] });
        await RefusedAsync(share with { Mode = LoadMode.Replace });
        await RefusedAsync(share with { DeleteMissing = true });
        await RefusedAsync(sqlite.Options.In(new Partition(0, 2, "Parameters")));
    }

    [Fact]
    public async Task Load_TableThatIsNotThere_IsMadeOnceByAllShares()
    {
        using var db = new PostgresTestTarget();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(index => Task.Run(
            () => TestDatabase.LoadAsync(Options(db, index, 4) with { CreateTable = true }, Input(200).Where(record => record.Error is null)))));
        using var one = new PostgresTestTarget();
        await TestDatabase.LoadAsync(Whole(one) with { CreateTable = true }, Input(200).Where(record => record.Error is null));
        const string columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 't' ORDER BY 1";
        Assert.Equal(one.Rows(columns), db.Rows(columns));
        Assert.Equal(Rows(one), Rows(db));
    }

    [Fact]
    public async Task Load_KeysThatTheServerFindsEqual_AreOfOneShare()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id float8 PRIMARY KEY, v TEXT)");
        var rows = new Rows("a.csv");
        object[] keys = [0.0, -0.0, double.NaN, -double.NaN, BitConverter.Int64BitsToDouble(0x7FF8000000000001), "0", "-0", 1, "1.0", "1e0"];
        for (int index = 0; index < 7; index++)
            await TestDatabase.LoadAsync(Options(db, index, 7) with { WatermarkName = null, JobName = null }, keys.Select((key, i) => rows.Record(i + 1, "id", key, "v", $"{i}")));
        Assert.Equal(["0|6", "1|9", "NaN|4"], db.Rows("SELECT id + 0, v FROM t ORDER BY id"));
    }

    public static readonly TheoryData<string, object[]> SelectedKeys = new()
    {
        { "bigint", [1, 2L, (short)3, "4", 5m, 6.0m, -7] },
        { "text", ["a", "A", " b ", "", "é", "1.50"] },
        { "uuid", [Guid.Parse("00112233-4455-6677-8899-AABBCCDDEEFF"), "10112233-4455-6677-8899-aabbccddeeff"] },
        { "numeric", [0m, 1.50m, 1.5e3m, -0.00050m, 12345678901234567890.5m, 100000000m, 0.1, 3, "4.25", "-7", 10000m, 20000.0001m] },
        { "numeric(12,4)", [0.10m, 2m, "3.5", 99999999.9999m] },
        { "double precision", [0.0, 1.5, 1e300, -2.25, 3, "4.5", double.NaN] },
        { "real", [0.1f, 2f, "3.5"] },
        { "date", [new DateOnly(2026, 2, 3), new DateTime(2026, 2, 4), "2026-02-05", new DateOnly(1, 1, 1)] },
        { "timestamp", [new DateTime(2026, 2, 3, 4, 5, 6), new DateTime(2026, 2, 3, 4, 5, 6).AddMicroseconds(120), new DateOnly(2026, 2, 4), "2026-02-05 06:07:08", new DateTimeOffset(2026, 2, 3, 1, 0, 0, TimeSpan.FromHours(2))] },
        { "timestamptz", [new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.FromHours(2)), new DateTimeOffset(2026, 2, 3, 2, 0, 0, TimeSpan.FromHours(2)), new DateTime(2026, 2, 3, 4, 5, 7, DateTimeKind.Utc)] },
        { "time", [new TimeOnly(1, 2, 3), new TimeOnly(4, 5, 6, 70), "07:08:09", "24:00:00"] },
        { "boolean", [true, false] },
        { "bytea", [new byte[] { 1, 2, 255 }, Array.Empty<byte>()] },
    };

    [Theory]
    [MemberData(nameof(SelectedKeys))]
    public async Task Load_BehindASelection_AgreesOnKeysOfTheType(string type, object[] keys)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id {type}, part text, v text, PRIMARY KEY (id, part))");
        for (int index = 0; index < 3; index++)
        {
            LoadOptions options = Options(db, index, 3) with { Key = ["id", "part"], WatermarkName = null, JobName = null };
            var selection = new RecordSelection(new Partition(index, 3, "Parameters"), ["id", "part"]);
            var run = new EtlRun(TimeProvider.System);
            run.Select(selection);
            var rows = new Rows("a.csv");
            Record[] records = [.. keys.SelectMany((key, i) => new[] { "x", "y" }.Select((part, j) => rows.Record((2 * i) + j + 1, "id", key, "part", part, "v", "1")))];
            await TestDatabase.LoadAsync(options, records.Where(selection.Takes), run);
        }
        Assert.Equal([$"{2 * keys.Length}"], db.Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData("integer", "007")]
    [InlineData("numeric", "1.50")]
    [InlineData("timestamp", "2026-02-03T04:05:06")]
    public async Task Load_BehindASelectionThatTellsKeysApartOtherwise_EndsAndSaysWhatToDo(string type, string key)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id {type} PRIMARY KEY, v text)");
        var messages = new List<string>();
        for (int index = 0; index < 64; index++)
        {
            var selection = new RecordSelection(new Partition(index, 64, "Parameters"), ["id"]);
            var run = new EtlRun(TimeProvider.System);
            run.Select(selection);
            Record[] taken = [.. new[] { new Rows("a.csv").Record(1, "id", key, "v", "1") }.Where(selection.Takes)];
            if (taken.Length > 0)
                messages.Add((await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Options(db, index, 64) with { WatermarkName = null, JobName = null }, taken, run))).Message);
        }
        string message = Assert.Single(messages);
        Assert.Contains("a.csv", message, StringComparison.Ordinal);
        Assert.Contains("-Type", message, StringComparison.Ordinal);
        Assert.Equal(["0"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_OrdinaryLoad_KeepsNoPlan()
    {
        using var db = new PostgresTestTarget(Table);
        await TestDatabase.LoadAsync(Whole(db), Input(10));
        Assert.Equal(["|", "/data/a.csv|"], db.Rows("SELECT source, coalesce(value_text, '') FROM etl_watermark ORDER BY source"));
    }

    private static async Task RefusedAsync(LoadOptions options) =>
        Assert.Equal(FailureCodes.PartitionImpossible, (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(options))).Code);

    /// <summary>Keys that come again, records that failed before, that fit no column, that have no key, and that the table refuses.</summary>
    private static IEnumerable<Record> Input(int count, long behind = 0)
    {
        var rows = new Rows("a.csv");
        for (long row = behind + 1; row <= count; row++)
        {
            Record record = rows.Record(row, "id", row % 31 == 0 ? null : row % 37 == 0 ? "x" : (row * 7919) % 400, "v", $"v{row}", "n", row % 41 == 0 ? "no" : (row * 31) % 1_000);
            yield return row % 29 == 0 ? record.Fail(new RecordError { Code = ErrorCodes.ConversionFailed, Message = "a column", Stage = "Import-EtlCsv", FailedIn = new object() }) : record;
        }
    }

    private static async Task<Record[]> RestAsync(PostgresTestTarget db, int index, int count, int records)
    {
        IReadOnlyList<Watermark> marks = await Job(db).ReadOnAsync(new Partition(index, count, "Parameters"), TestContext.Current.CancellationToken);
        return [.. Input(records, marks.Count == 0 ? 0 : Assert.Single(marks).Row)];
    }

    /// <summary>A load that is dropped when some of its records are in.</summary>
    private static async Task StopAsync(LoadOptions options, IEnumerable<Record> input, int records)
    {
        await using LoadStage stage = await TestDatabase.OpenAsync(options with { FlushInterval = TimeSpan.FromMilliseconds(50) });
        var output = new List<Record>();
        foreach (Record record in input.Take(records))
            TestDatabase.Post(stage, record, output);
        stage.Flush();
        while (stage.Summarize().Batches == 0)
            stage.Wait(TimeSpan.FromMilliseconds(10));
    }

    private static async Task<(string[] Rows, string[] Letters, LoadSummary Summary)> OneAsync(int records)
    {
        using var db = new PostgresTestTarget(Table);
        LoadRun run = await TestDatabase.LoadAsync(Whole(db), Input(records));
        return (Rows(db), LettersOf(db.DeadLetter), run.Summary);
    }

    private static LoadOptions Whole(PostgresTestTarget db) => db.Options with { WatermarkName = "job", DeadLetterPath = db.DeadLetter };

    private static LoadOptions Options(PostgresTestTarget db, int index, int count)
    {
        var share = new Partition(index, count, "Parameters");
        return Whole(db).In(share) with { DeadLetterPath = share.LetterOf(db.DeadLetter) };
    }

    private static ShareJob Job(PostgresTestTarget db) => new(db.Options, "etl_watermark", "job", TimeProvider.System);

    private static string Open(ShareReport report) => string.Join(",", report.Shares.Where(share => !share.IsComplete).Select(share => share.Index));

    private static string[] Rows(PostgresTestTarget db) => db.Rows("SELECT * FROM t ORDER BY id");

    private static string[] Letters(PostgresTestTarget db, int count) =>
        [.. Enumerable.Range(0, count).SelectMany(index => LettersOf(new Partition(index, count, "").LetterOf(db.DeadLetter))).Order(StringComparer.Ordinal)];

    private static string[] LettersOf(string path) => !File.Exists(path) ? [] :
    [
        .. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(letter => $"{letter.GetProperty("letterId").GetString()} {letter.GetProperty("row").GetInt64()} {letter.GetProperty("code").GetString()} {letter.GetProperty("data").GetRawText()}")
            .Distinct().Order(StringComparer.Ordinal),
    ];
}
