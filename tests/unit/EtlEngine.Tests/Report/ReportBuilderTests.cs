using EtlTools.Engine.Report;
using EtlTools.Engine.Tests.Load;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Report;

public sealed class ReportBuilderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Build_RunWithCounters_HasTheNumbersOfTheLog()
    {
        string id = LogText.Id(1);
        RunReport run = Assert.Single(Build(new LogText()
            .Began(id, 0)
            .Counters(id, 10, LogText.Stage("Export-EtlSqlUpsert", @in: 0, held: 0, feedsNext: false))
            .Counters(id, 20, LogText.Stage("Import-EtlCsv", made: 3000, @out: 3000, held: 1000), LogText.Stage("Export-EtlSqlUpsert", @in: 3000, @out: 2000, held: 1000, feedsNext: false))
            .Ended(
                id, 30, 30, "Completed", false,
                $"{LogText.Stage("Import-EtlCsv", made: 4000, @out: 3990, failed: 10)},{LogText.Stage("Export-EtlSqlUpsert", @in: 4000, @out: 3990, forwarded: 10, feedsNext: false)}",
                LogText.Load(4000, 3980, superseded: 10, deadLettered: 10), "\"loaded\":3980,\"deadLettered\":10,\"drained\":false")).Runs);
        Assert.Equal((RunOutcome.RecordsFailed, 4000L, 3980L, 10L, 10L), (run.Outcome, run.Read, run.Loaded, run.DeadLettered, run.Failed));
        Assert.Equal((LogText.Night, LogText.Night.AddSeconds(30)), (run.StartedAt, run.EndedAt));
        Assert.Equal("orders", run.Tags["job"]);
        Assert.All(run.Stages, stage => Assert.Equal(SumCheck.Holds, stage.Check));
        Assert.Equal(SumCheck.Holds, Assert.Single(run.Loads).Check);
        Assert.Equal([0L, 0, 3000, 4000], run.Samples.Select(sample => sample.Stages[0]?.Left ?? 0));
        Assert.Equal([0L, 0, 2000, 4000], run.Samples.Select(sample => sample.Stages[1]!.Value.Left));
        // Its queue was empty at 10 s and full at 20 s.
        Assert.Equal((0.5, 1), (run.Stages[1].Fill, run.FullestStage));
    }

    [Fact]
    public void Build_TwoProcessesInOneLog_KeepsTheirRunsAndBreakersApart()
    {
        (string one, string two) = (LogText.Id(1), LogText.Id(2));
        ReportModel report = Build(new LogText()
            .Began(one, 0, "s1", "orders").Began(two, 1, "s2", "stock")
            .BatchFailed(one, 5).Breaker(5.25, "Closed", "Open", "s1").Breaker(6, "Closed", "Open", "s2").Breaker(8, "Open", "HalfOpen", "s1").Breaker(9, "HalfOpen", "Closed", "s1")
            .Ended(two, 10, 9, "Completed", true, LogText.Stage("Import-EtlCsv", made: 2, @out: 2, feedsNext: false))
            .Ended(one, 12, 12, "Completed", true, LogText.Stage("Import-EtlCsv", made: 1, @out: 1, feedsNext: false)));
        Assert.Equal([one, two], report.Runs.Select(run => run.Id));
        Assert.Equal([1L, 2], report.Runs.Select(run => run.Read));
        BreakerBand band = Assert.Single(report.BreakersOf(report.Runs[0]));
        Assert.Equal((5.25, 9.0, 1), ((band.OpenedAt - LogText.Night).TotalSeconds, (band.ClosedAt!.Value - LogText.Night).TotalSeconds, band.Probes));
        Assert.Null(Assert.Single(report.BreakersOf(report.Runs[1])).ClosedAt);
        // From the beginning of the attempt that failed to the closing of the breaker.
        OutageBand outage = Assert.Single(report.Runs[0].Outages);
        Assert.Equal((4.5, 9.0), ((outage.From - LogText.Night).TotalSeconds, (outage.To - LogText.Night).TotalSeconds));
        Assert.Empty(report.Runs[1].Outages);
    }

    [Theory]
    [InlineData(50, nameof(RunOutcome.Running))]
    [InlineData(71, nameof(RunOutcome.Lost))]
    public void Build_LogThatIsCutOffInALine_HasTheRunAsFarAsItIsKnown(int now, string outcome)
    {
        string id = LogText.Id(1);
        var log = new LogText().Good(2, -100, 10, 7).Began(id, 0).Counters(id, 10, LogText.Stage("Import-EtlCsv", made: 50, @out: 40, held: 10));
        log.Raw("""{"time":"2026-11-27T01:00:20.0000000+00:00","level":"info","event":"coun""");
        ReportModel report = Build(log, now: now);
        Assert.Equal((true, 0L), (report.Logs[0].IsTorn, report.Logs[0].Unreadable));
        RunReport run = report.Runs[1];
        Assert.Equal((outcome, 50L, SumCheck.Unfinished), (run.Outcome.ToString(), run.Read, run.Stages[0].Check));
        Assert.Null(run.EndedAt);
        Assert.Equal(7, report.Runs[0].Loaded);
    }

    [Fact]
    public void Build_LinesThatAreNoneOfTheLog_AreCountedAndLeftOut()
    {
        var log = new LogText().Raw("not json\n").Raw("[1]\n").Raw("{\"a\":1}\n").Raw("\n").Raw("{\"event\":\"runEnded\",\"time\":5,\"runId\":\"x\"}\n").Good(1, 0, 5, 3).Raw("{\"time\":\"2026-11-27T01:");
        ReportModel report = Build(log.Raw("\n").Good(2, 10, 5, 4));
        Assert.Equal((5L, false), (report.Logs[0].Unreadable, report.Logs[0].IsTorn));
        Assert.Equal([3L, 4], report.Runs.Select(run => run.Loaded!.Value));
    }

    [Fact]
    public void Build_EmptyLog_HasNoRuns()
    {
        ReportModel report = Build(new LogText());
        Assert.Empty(report.Runs);
        Assert.Equal(0, report.Logs[0].Lines);
    }

    [Theory]
    [InlineData("Completed", 5, nameof(SumCheck.Broken))]
    [InlineData("Failed", 5, nameof(SumCheck.Unfinished))]
    [InlineData("Failed", -5, nameof(SumCheck.Broken))]
    [InlineData("Completed", 0, nameof(SumCheck.Holds))]
    public void Build_SumsThatDoNotHold_AreMarked(string state, int missing, string check)
    {
        RunReport run = Assert.Single(Build(new LogText().Began(LogText.Id(1), 0).Ended(
            LogText.Id(1), 9, 9, state, false, LogText.Stage("Import-EtlCsv", made: 100, @out: 100 - missing, feedsNext: false), LogText.Load(100, 100 - missing))).Runs);
        Assert.Equal((check, check), (run.Stages[0].Check.ToString(), run.Loads[0].Check.ToString()));
    }

    [Fact]
    public void Build_RecordsThatTheNextStageDidNotReceive_AreMarked()
    {
        RunReport run = Assert.Single(Build(new LogText().Began(LogText.Id(1), 0).Ended(
            LogText.Id(1), 9, 9, "Completed", false, $"{LogText.Stage("Import-EtlCsv", made: 100, @out: 100)},{LogText.Stage("Invoke-EtlTransform", @in: 99, @out: 99, feedsNext: false)}")).Runs);
        Assert.Equal([SumCheck.Broken, SumCheck.Holds], run.Stages.Select(stage => stage.Check));
    }

    [Fact]
    public void Build_SpanAndTags_LeaveOutTheOthers()
    {
        LogText log = new LogText().Good(1, 0, 10, 1).Good(2, 100, 10, 2).Good(3, 200, 10, 3).Began(LogText.Id(4), 100, job: "stock");
        ReportModel report = Build(log, options => options with { Since = LogText.Night.AddSeconds(50), Until = LogText.Night.AddSeconds(150), Tags = new Dictionary<string, string> { ["JOB"] = "orders" } });
        Assert.Equal([2L], report.Runs.Select(run => run.Loaded!.Value));
    }

    [Fact]
    public void Build_LetterInSeveralFiles_IsCountedOnceAndWithItsPlace()
    {
        string one = Letters("one", Letter(1, "ConversionFailed", "amount", 7), Letter(2, "ConversionFailed", "amount", 3), Letter(3, "RequiredMissing", "email", 9), Letter(1, "ConversionFailed", "amount", 7));
        string two = Letters("two", Letter(2, "ConversionFailed", "amount", 3), "{\"letterId\":\"00000000000000000000000000000009\",\"runId\":\"");
        ReportModel report = Build(new LogText(), options => options with { LetterPaths = [one, two], MissingLetterPaths = ["three"] });
        Assert.Equal(
            [("ConversionFailed", "amount", 2L, 3L, 7L), ("RequiredMissing", "email", 1, 9, 9)],
            report.Failures.Select(failure => (failure.Code, failure.Column, failure.Records, failure.FirstLine!.Value, failure.LastLine!.Value)));
        Assert.Equal([(3L, 1L, false, false), (0, 1, true, false), (0, 0, false, true)], report.LetterFiles.Select(file => (file.Letters, file.Repeated, file.IsTorn, file.IsMissing)));
        Assert.All(report.Failures, failure => Assert.Equal((0L, 0L), (failure.Replayed, failure.Loaded)));
    }

    [Fact]
    public void Build_Replay_SaysHowManyWereLoadedAndNotThoseThatFailedAgain()
    {
        string id = LogText.Id(5);
        string dead = Letters("dead", Letter(1, "ConversionFailed", "amount", 7), Letter(2, "ConversionFailed", "amount", 3), Letter(3, "RequiredMissing", "email", 9));
        string again = Letters("again", Letter(4, "ValueTooLong", "email", 3, id, attempts: 2));
        const string Replayed = ",\"letters\":[{\"file\":\"/put/aside/dead\",\"code\":\"ConversionFailed\",\"column\":\"amount\",\"source\":\"/in/orders.csv\",\"records\":2}]";
        LogText log = new LogText().Began(id, 0).Ended(
            id, 9, 9, "Completed", false,
            $"{LogText.Stage("Import-EtlDeadLetter", made: 3, @out: 2, filtered: 1, more: Replayed)},{LogText.Stage("Export-EtlSqlUpsert", @in: 2, @out: 1, failed: 1, feedsNext: false)}", LogText.Load(2, 1, deadLettered: 1));
        IReadOnlyList<FailureReport> failures = Build(log, options => options with { LetterPaths = [dead, again] }).Failures;
        Assert.Equal([("ConversionFailed", 2L, 1L), ("RequiredMissing", 0, 0), ("ValueTooLong", 0, 0)], failures.Select(failure => (failure.Code, failure.Replayed!.Value, failure.Loaded!.Value)));
        // Without the letters of the replay nobody knows which of the two failed again.
        Assert.Equal([2L, null, 0, 0], Build(log, options => options with { LetterPaths = [dead] }).Failures.SelectMany(failure => new[] { failure.Replayed, failure.Loaded }));
    }

    [Theory]
    [InlineData("Invoke-EtlTransform", 0, 0L)]
    [InlineData("Invoke-EtlApi", 1, null)]
    public void Build_RunThatOnlyLooksAtLetters_HasReplayedNone(string stage, long replayed, long? loaded)
    {
        string dead = Letters("dead", Letter(1, "ConversionFailed", "amount", 7));
        const string Read = ",\"letters\":[{\"file\":\"/in/dead\",\"code\":\"ConversionFailed\",\"column\":\"amount\",\"source\":\"/in/orders.csv\",\"records\":1}]";
        LogText log = new LogText().Began(LogText.Id(5), 0).Ended(
            LogText.Id(5), 9, 9, "Completed", true, $"{LogText.Stage("Import-EtlDeadLetter", made: 1, @out: 1, more: Read)},{LogText.Stage(stage, @in: 1, @out: 1, feedsNext: false)}");
        FailureReport failure = Assert.Single(Build(log, options => options with { LetterPaths = [dead] }).Failures);
        Assert.Equal((replayed, loaded), (failure.Replayed!.Value, failure.Loaded));
    }

    [Fact]
    public void Missed_SinceLongBeforeTheFirstRun_AreTheFirstOfThem()
    {
        foreach (TimeSpan every in new[] { TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(1) })
        {
            IReadOnlyList<DateTimeOffset> missed = Schedule.Missed([LogText.Night], every, DateTimeOffset.MinValue, LogText.Night);
            Assert.Equal(1000, missed.Count);
            Assert.InRange(missed[0] - DateTimeOffset.MinValue, TimeSpan.Zero, every);
            Assert.Equal(0, (LogText.Night - missed[0]).Ticks % every.Ticks);
        }
    }

    [Fact]
    public void Build_TimesThatNoRunCanHave_AreSkipped()
    {
        const string late = "ffffffff-ffff-7000-8000-000000000000";
        ReportModel report = Build(new LogText()
            .Raw("""{"time":"9999-12-31T23:59:59Z","level":"info","event":"runBegan","runId":"a"}""" + "\n")
            .Raw("""{"time":"0001-01-01T00:00:01Z","level":"info","event":"runEnded","runId":"a","state":"Completed","succeeded":true,"seconds":100}""" + "\n")
            .Counters(late, 5));
        Assert.Equal(2, Assert.Single(report.Logs).Unreadable);
        Assert.Equal((late, LogText.Night.AddSeconds(5)), (Assert.Single(report.Runs).Id, report.Runs[0].StartedAt));
    }

    [Fact]
    public void Missed_RunsOfADay_AreThoseThatDidNotBegin()
    {
        DateTimeOffset day = LogText.Night;
        TimeSpan every = TimeSpan.FromHours(1);
        DateTimeOffset[] starts = [day, day.AddHours(0.95), day.AddHours(3.2), day.AddHours(4)];
        Assert.Equal([day.AddHours(2), day.AddHours(5)], Schedule.Missed(starts, every, null, day.AddHours(5.6)));
        Assert.Equal([day.AddHours(2)], Schedule.Missed(starts, every, null, day.AddHours(5.4)));
        Assert.Equal([day.AddHours(-2), day.AddHours(-1), day.AddHours(2)], Schedule.Missed(starts, every, day.AddHours(-2), day.AddHours(5.4)));
        Assert.Equal([day, day.AddHours(1)], Schedule.Missed([], every, day, day.AddHours(1.5)));
        Assert.Empty(Schedule.Missed([], every, null, day));
    }

    [Theory]
    [InlineData("id,v\n1,\"a\nb\"\n2,c\n3,d", 1, 5, 2, 7)]
    [InlineData("id,v\n1,\"a\nb\"\n2,c\n3,d", 5, 17, 0, 0)]
    [InlineData("{\"v\":\"\\\"\"}\n{\"v\":2}\n", 1, 0, 1, 8)]
    public void WatermarkLag_FileThatGrew_IsWhatStandsBehindTheRecord(string text, long line, long offset, long lines, long bytes)
    {
        string path = _folder.File("source");
        File.WriteAllText(path, text);
        string fingerprint = new Engine.Extract.FileHead(File.ReadAllBytes(path)).Fingerprint;
        var mark = new Engine.Records.Watermark { Name = "w", Source = path, FullFingerprint = fingerprint, Line = line, ByteOffset = offset, Row = 1, UpdatedAt = LogText.Night };
        WatermarkReport seen = WatermarkLag.Of(mark, LogText.Night.AddSeconds(90));
        Assert.Equal((lines, bytes, 90.0, null), (seen.LagLines, seen.LagBytes, seen.Age.TotalSeconds, seen.LagNote));
        File.WriteAllText(path, new string('x', 100));
        Assert.Null(WatermarkLag.Of(mark, LogText.Night).LagBytes);
        File.Delete(path);
        Assert.NotNull(WatermarkLag.Of(mark, LogText.Night).LagNote);
    }

    [Fact]
    public void Read_FileThatIsNotThere_IsAnErrorThatNamesIt()
    {
        EtlException failure = Assert.Throws<EtlException>(() => new LogReader().Read(_folder.File("nothing"), TestContext.Current.CancellationToken));
        Assert.Equal(FailureCodes.FileNotFound, failure.Code);
    }

    private static string Letter(int id, string code, string column, long line, string run = "r", int attempts = 1) =>
        $$"""{"letterId":"{{id:x32}}","runId":"{{run}}","time":"2026-11-27T01:00:00.0000000+00:00","stage":"s","source":"/in/orders.csv","fingerprint":"f","line":{{line}},"row":{{line - 1}},"byteOffset":1,"id":"i","column":"{{column}}","code":"{{code}}","message":"m","detail":null,"attempts":{{attempts}},"data":{"amount":"CANARY"} }""";

    private string Letters(string name, params string[] letters)
    {
        File.WriteAllText(_folder.File(name), string.Join('\n', letters));
        return _folder.File(name);
    }

    private ReportModel Build(LogText log, Func<ReportOptions, ReportOptions>? change = null, double now = 3600)
    {
        File.WriteAllText(_folder.File("etl.jsonl"), log.ToString());
        var options = new ReportOptions { LogPaths = [_folder.File("etl.jsonl")] };
        return ReportBuilder.Build(change?.Invoke(options) ?? options, new FakeTimeProvider(LogText.Night.AddSeconds(now)), TestContext.Current.CancellationToken);
    }
}
