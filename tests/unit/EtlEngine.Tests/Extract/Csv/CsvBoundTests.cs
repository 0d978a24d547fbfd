using System.Globalization;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Csv;

public sealed class CsvBoundTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csv").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("plain")]
    [InlineData("gz")]
    [InlineData("br")]
    [InlineData("utf16")]
    public void Read_FromEveryRecord_GivesTheRestWithTheSamePositions(string kind)
    {
        string text = "# made\n\uFEFFa,b\r\n1,é\r\n\r\n\"x\ny\",2\n#c\n3\r\"q\"z,1\n4,5,6\n7,8".Replace("\uFEFF", "", StringComparison.Ordinal);
        string path = Write("1.csv" + (kind == "br" ? ".br" : ""), text, kind);
        var options = new CsvOptions { Comment = '#' };
        CsvOutcome all = Read([path], options);
        Assert.Equal(6, all.Records.Count);
        for (int i = 0; i < all.Records.Count; i++)
        {
            CsvOutcome rest = Read([path], options with { ResumeFrom = At(Mark(all.Records[i])) });
            Assert.Null(rest.Fault);
            Assert.Equal(all.Records.Skip(i + 1).Select(Render), rest.Records.Select(Render));
            CsvOutcome before = Read([path], options with { StopAt = At(Mark(all.Records[i])) });
            Assert.Equal(all.Records.Take(i + 1).Select(Render), before.Records.Select(Render));
            long offset = all.Records[i].Position.ByteOffset;
            CsvOutcome fromOffset = Read([path], options with { ResumeFrom = new SourceBounds { ByteOffset = offset } });
            Assert.Equal(all.Records.Skip(i).Select(record => record.Position.ByteOffset), fromOffset.Records.Select(record => record.Position.ByteOffset));
            Assert.All(fromOffset.Records, record => Assert.Equal(0, record.Position.Line));
            CsvOutcome untilOffset = Read([path], options with { StopAt = new SourceBounds { ByteOffset = offset } });
            Assert.Equal(all.Records.Take(i).Select(Render), untilOffset.Records.Select(Render));
        }
    }

    [Fact]
    public void Read_ManyRecords_ResumesInTheMiddleAndStops()
    {
        string path = Write("1.csv", "id\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}\n")));
        CsvOutcome all = Read([path], new CsvOptions());
        var options = new CsvOptions { InferTypes = true, ResumeFrom = At(Mark(all.Records[60_000])), StopAt = At(Mark(all.Records[80_000])) };
        CsvOutcome part = Read([path], options);
        Assert.Equal(Enumerable.Range(60_001, 20_000).Select(i => (object)(long)i), part.Records.Select(record => record[0]));
        Assert.Equal((60_003L, 60_002L), (part.Records[0].Position.Line, part.Records[0].Position.Row));
    }

    [Fact]
    public void Read_FileThatHasGrown_GivesWhatWasAppendedUnderTheSameIdentity()
    {
        string path = Write("1.csv", "id\n1\n2\n");
        Watermark mark = Mark(Read([path], new CsvOptions()).Records[^1]);
        Assert.Empty(Read([path], new CsvOptions { ResumeFrom = At(mark) }).Records);
        File.AppendAllText(path, "3\n");
        Record appended = Assert.Single(Read([path], new CsvOptions { ResumeFrom = At(mark) }).Records);
        Assert.Equal("3", appended[0]);
        Assert.Equal(mark.Fingerprint, appended.Position.Source.Fingerprint);
        Assert.Equal((4L, 3L), (appended.Position.Line, appended.Position.Row));
    }

    [Fact]
    public void Read_NoHeader_ResumesAtTheFirstRecordToo()
    {
        string path = Write("1.csv", "1,a\n2,b\n");
        var options = new CsvOptions { NoHeader = true };
        Watermark mark = Mark(Read([path], options).Records[0]);
        Assert.Equal(0, mark.ByteOffset);
        Assert.Equal(["2|b"], Read([path], options with { ResumeFrom = At(mark) }).Lines);
        Assert.Equal(["2|b"], Read([path], new CsvOptions { Header = ["x", "y"], ResumeFrom = At(mark) }).Lines);
    }

    [Fact]
    public void Read_SeveralFiles_EachResumesAtItsOwnWatermark()
    {
        string one = Write("1.csv", "id\n1\n2\n");
        string two = Write("2.csv", "id\n3\n4\n");
        string three = Write("3.csv", "id\n5\n6\n");
        Watermark first = Mark(Read([one], new CsvOptions()).Records[1]);
        Watermark second = Mark(Read([two], new CsvOptions()).Records[0]);
        CsvOutcome outcome = Read([three, one, two], new CsvOptions { ResumeFrom = At(second, first) });
        Assert.Equal(["5", "6", "4"], outcome.Lines);
        // By its content, wherever it is now.
        string moved = Path.Combine(_folder, "4.csv");
        File.Move(two, moved);
        Assert.Equal(["4"], Read([moved], new CsvOptions { ResumeFrom = At(second) }).Lines);
    }

    [Fact]
    public void Read_FileOfAWatermarkIsGone_TheOthersGoOn()
    {
        string one = Write("1.csv", "id\n1\n2\n");
        string two = Write("2.csv", "id\n3\n4\n");
        Watermark gone = Mark(Read([one], new CsvOptions()).Records[1]);
        Watermark second = Mark(Read([two], new CsvOptions()).Records[0]);
        File.Delete(one);
        CsvOutcome outcome = Read([two], new CsvOptions { ResumeFrom = At(gone, second) });
        Assert.Equal(["4"], outcome.Lines);
        StageNotice notice = Assert.Single(outcome.Notices);
        Assert.Equal(NoticeLevel.Verbose, notice.Level);
        Assert.Contains(one, notice.Failure.Message, StringComparison.Ordinal);
        Refused([two], new CsvOptions { StopAt = At(gone, second) }, "matches none");
    }

    [Fact]
    public void Read_RotatedLogs_EachGoesOnWhereItStopped()
    {
        string log = Write("app.log", "id\n1\n2\n");
        string older = Path.Combine(_folder, "app.log.1");
        Watermark mark = Mark(Read([log], new CsvOptions()).Records[0]);
        File.Move(log, older);
        Write("app.log", "id\n5\n6\n");
        Assert.Equal(["5", "6", "2"], Read([log, older], new CsvOptions { ResumeFrom = At(mark) }).Lines);
        // Rotated once more, and the oldest is gone: its place has one that is known.
        Watermark ofOlder = Mark(Read([older], new CsvOptions()).Records[1]);
        Watermark ofLog = Mark(Read([log], new CsvOptions()).Records[0]);
        File.Move(log, older, overwrite: true);
        Write("app.log", "id\n7\n");
        Assert.Equal(["7", "6"], Read([log, older], new CsvOptions { ResumeFrom = At(ofOlder, ofLog) }).Lines);
    }

    [Fact]
    public void Read_WatermarkOfAnotherFile_IsRefusedBeforeTheFirstRecord()
    {
        string one = Write("1.csv", "id\n1\n");
        string two = Write("2.csv", "id\n2\n");
        Watermark mark = Mark(Read([one], new CsvOptions()).Records[0]);
        Refused([two], new CsvOptions { ResumeFrom = At(mark) }, "matches none");
        Refused([two], new CsvOptions { StopAt = At(mark) }, "-StopAt");
        Write("1.csv", "id\n9\n");
        Refused([one], new CsvOptions { ResumeFrom = At(mark) }, "has changed");
        Refused([two, one], new CsvOptions { StopAt = At(mark) }, "has changed");
        Refused([two, one], new CsvOptions { ResumeFrom = new SourceBounds { ByteOffset = 3 } }, "one file");
    }

    [Fact]
    public void Read_WatermarkOfOneReplacedFileAmongSeveral_RefusesItAlone()
    {
        string one = Write("1.csv", "id\n1\n");
        string two = Write("2.csv", "id\n2\n");
        Watermark mark = Mark(Read([one], new CsvOptions()).Records[0]);
        Write("1.csv", "id\n9\n");
        CsvOutcome outcome = Read([one, two], new CsvOptions { ResumeFrom = At(mark) });
        Assert.Equal(["2"], outcome.Lines);
        Assert.Null(outcome.Fault);
        StageNotice notice = Assert.Single(outcome.Notices);
        Assert.Equal((NoticeLevel.Error, FailureCodes.WatermarkMismatch, one), (notice.Level, notice.Failure.Code, notice.Failure.File));
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(5, null)]
    [InlineData(0, null)]
    [InlineData(6, "beyond the end")]
    [InlineData(600, "beyond the end")]
    [InlineData(4, "no record begins")]
    public void Read_FromByteOffset_MustBeARecordsBegin(long offset, string? refusal)
    {
        foreach (string kind in new[] { "plain", "gz" })
        {
            string path = Write("1.csv", "id\n1\n", kind);
            var options = new CsvOptions { ResumeFrom = new SourceBounds { ByteOffset = offset } };
            if (refusal is null)
                Assert.Equal(offset == 5 ? 0 : 1, Read([path], options).Records.Count);
            else
                Refused([path], options, refusal);
        }
    }

    [Fact]
    public void Read_FromPlainFile_ReadsNothingBeforeTheOffset()
    {
        string text = "id\n" + string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"{i:0000000}\n"));
        string path = Write("1.csv", text);
        long[] read = [0];
        var options = new CsvOptions { ResumeFrom = new SourceBounds { ByteOffset = text.Length - 80 } };
        CsvOutcome outcome = CsvReading.Drain(new CsvSource("Import", options, [new StreamFile(path, () => new CountingStream(path, read))], CsvReading.TwoWorkers, TimeProvider.System));
        Assert.Equal(10, outcome.Records.Count);
        Assert.InRange(read[0], 1, 300_000);
    }

    private static void Refused(string[] paths, CsvOptions options, string says)
    {
        CsvOutcome outcome = Read(paths, options);
        Assert.Empty(outcome.Records);
        Assert.Equal(FailureCodes.WatermarkMismatch, outcome.Fault!.Code);
        Assert.Contains(says, outcome.Fault.Message, StringComparison.Ordinal);
    }

    private static CsvOutcome Read(string[] paths, CsvOptions options) => CsvReading.Drain(CsvReading.OpenFiles(paths, options));

    private static SourceBounds At(params Watermark[] marks) => new() { Watermarks = marks };

    private static Watermark Mark(Record record) => new()
    {
        Name = "job",
        Source = record.Position.Source.Path,
        Fingerprint = record.Position.Source.Fingerprint,
        Line = record.Position.Line,
        ByteOffset = record.Position.ByteOffset,
        Row = record.Position.Row,
    };

    private static string Render(Record record) => string.Create(
        CultureInfo.InvariantCulture, $"{record.Position.Line} {record.Position.ByteOffset} {record.Position.Row} {CsvOutcome.Render(record)}");

    private string Write(string name, string text, string kind = "plain")
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, CsvFiles.Encode(text, kind));
        return path;
    }

    private sealed class CountingStream(string path, long[] read) : FileStream(path, FileMode.Open, FileAccess.Read)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await base.ReadAsync(buffer, cancellationToken);
            read[0] += count;
            return count;
        }
    }
}
