using System.Text;
using EtlTools.Engine.Extract;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Csv;

public sealed class CsvSourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("csv").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string WriteFile(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static CsvOutcome ReadFiles(params string[] paths) => CsvReading.Drain(CsvReading.OpenFiles(paths));

    [Fact]
    public void Read_SeveralFiles_KeepsOrderAndSchemaPerFile()
    {
        CsvOutcome outcome = ReadFiles(WriteFile("1.csv", "a,b\n1,2\n3,4\n"), WriteFile("2.csv", "x\n5\n"));
        Assert.Equal(["1|2", "3|4", "5"], outcome.Lines);
        Assert.Equal(["1.csv:2", "1.csv:3", "2.csv:2"], outcome.Records.Select(record => record.Position.ToString()));
        Assert.Equal(["a", "b"], outcome.Records[1].Schema.Names);
        Assert.Same(outcome.Records[0].Schema, outcome.Records[1].Schema);
        Assert.Equal(["x"], outcome.Records[2].Schema.Names);
        Assert.Equal([1L, 2L, 1L], outcome.Records.Select(record => record.Position.Row));
    }

    [Fact]
    public void Read_OneBadFileAmongSeveral_IsANoticeAndTheOthersAreRead()
    {
        string missing = Path.Combine(_folder, "missing.csv");
        CsvOutcome outcome = ReadFiles(
            WriteFile("1.csv", "a\n1\n"), missing, _folder, WriteFile("empty.csv", "\n\r\n"), WriteFile("twice.csv", "a,b,A\n1,2,3\n"),
            WriteFile("broken.csv", "\"a\"b\n1\n"), WriteFile("2.csv", "a\n2\n"));
        Assert.Equal(["1", "2"], outcome.Lines);
        Assert.Null(outcome.Fault);
        Assert.Equal(
            [FailureCodes.FileNotFound, FailureCodes.PathIsFolder, FailureCodes.EmptyFile, FailureCodes.DuplicateHeader, FailureCodes.InvalidHeader],
            outcome.Notices.Select(notice => notice.Failure.Code));
        Assert.All(outcome.Notices, notice => Assert.Equal(NoticeLevel.Error, notice.Level));
        Assert.Contains("missing.csv", outcome.Notices[0].Failure.Message, StringComparison.Ordinal);
        Assert.Contains("'A'", outcome.Notices[3].Failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", FailureCodes.EmptyFile)]
    [InlineData("\n\n", FailureCodes.EmptyFile)]
    [InlineData("\uFEFF", FailureCodes.EmptyFile)]
    [InlineData("a,b,a\n1,2,3\n", FailureCodes.DuplicateHeader)]
    [InlineData("\"a\n1,2\n", FailureCodes.InvalidHeader)]
    public void Read_OnlyFileIsBad_EndsTheRun(string text, string code)
    {
        CsvOutcome outcome = ReadFiles(WriteFile("1.csv", text));
        Assert.Equal(code, outcome.Fault!.Code);
        Assert.Empty(outcome.Records);
    }

    [Fact]
    public void Read_MissingFile_EndsTheRun()
    {
        Assert.Equal(FailureCodes.FileNotFound, ReadFiles(Path.Combine(_folder, "no.csv")).Fault!.Code);
        Assert.Equal(FailureCodes.FileNotFound, ReadFiles(Path.Combine(_folder, "no", "no.csv")).Fault!.Code);
        Assert.Equal(FailureCodes.PathIsFolder, ReadFiles(_folder).Fault!.Code);
    }

    [Fact]
    public void Read_NoPermission_EndsTheRun()
    {
        var source = new CsvSource("Import", new CsvOptions(), [new StreamFile(Path.Combine(_folder, "x.csv"), () => throw new UnauthorizedAccessException())], CsvReading.TwoWorkers, TimeProvider.System);
        Assert.Equal(FailureCodes.AccessDenied, CsvReading.Drain(source).Fault!.Code);
    }

    [Theory]
    [InlineData("a,b\n")]
    [InlineData("a,b")]
    public void Read_HeaderOnly_GivesNothing(string text)
    {
        CsvOutcome outcome = ReadFiles(WriteFile("1.csv", text));
        Assert.Null(outcome.Fault);
        Assert.Empty(outcome.Records);
    }

    [Fact]
    public void Read_EmptyFileThatNeedsNoHeader_GivesNothing()
    {
        string path = WriteFile("1.csv", "");
        Assert.Null(CsvReading.Drain(CsvReading.OpenFiles([path], new CsvOptions { NoHeader = true })).Fault);
        Assert.Null(CsvReading.Drain(CsvReading.OpenFiles([path], new CsvOptions { Header = ["a"] })).Fault);
    }

    [Fact]
    public void Read_FileBeingAppendedTo_CanBeRead()
    {
        string path = WriteFile("1.csv", "a\n1\n");
        using var writer = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite);
        Assert.Equal(["1"], ReadFiles(path).Lines);
    }

    [Fact]
    public async Task Read_FileCutShortWhileItIsRead_IsAnErrorAfterWhatWasRead()
    {
        string path = WriteFile("1.csv", "a\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i:000000}\n")));
        CsvSource source = new(
            "Import", new CsvOptions(), [new DiskFile(path)], CsvReading.TwoWorkers with { BufferSize = 100 }, TimeProvider.System);
        while (!source.TryTake(out _))
            source.Wait(TimeSpan.FromSeconds(10));
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(10);
        int records = 1;
        while (!source.IsEnded)
        {
            while (source.TryTake(out _))
                records++;
            source.Wait(TimeSpan.FromSeconds(10));
        }
        EtlException? fault = source.Ending;
        await source.DisposeAsync();
        Assert.Equal(FailureCodes.ReadFailed, fault!.Code);
        Assert.Contains("shorter", fault.Message, StringComparison.Ordinal);
        Assert.InRange(records, 1, 199_999);
    }

    [Fact]
    public void Position_OfEveryRecord_NamesTheFile()
    {
        string path = WriteFile("1.csv", "a\n1\n");
        SourceInfo source = ReadFiles(path).Records[0].Position.Source;
        Assert.Equal(("1.csv", path), (source.Name, source.Path));
        Assert.Equal(new FileHead("a\n1\n"u8.ToArray()).Fingerprint, source.Fingerprint);
    }

    [Fact]
    public void Position_OfEveryRecord_IsWhereItsBytesAre()
    {
        string text = "\uFEFFa,b\r\n1,é\r\n\r\n\"x\ny\",2\n3\r\"q\"z,1\n4,5,6\n7,8";
        string path = WriteFile("1.csv", text);
        byte[] bytes = File.ReadAllBytes(path);
        CsvOutcome outcome = ReadFiles(path);
        string[] begins = ["1,é", "\"x\ny\",2", "3\r", "\"q\"z", "4,5,6", "7,8"];
        Assert.Equal(begins, outcome.Records.Select((record, i) =>
            Encoding.UTF8.GetString(bytes, (int)record.Position.ByteOffset, Encoding.UTF8.GetByteCount(begins[i]))));
        Assert.Equal([2L, 4L, 6L, 7L, 8L, 9L], outcome.Records.Select(record => record.Position.Line));
        Assert.Equal([1L, 2L, 3L, 4L, 5L, 6L], outcome.Records.Select(record => record.Position.Row));
    }

    [Fact]
    public async Task Fraction_GoesToOneAsRecordsAreTaken()
    {
        string path = WriteFile("1.csv", "a\n" + string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}\n")));
        await using CsvSource source = CsvReading.OpenFiles([path]);
        double last = 0;
        while (!source.IsEnded)
        {
            while (source.TryTake(out _))
            {
                double fraction = source.Fraction!.Value;
                Assert.InRange(fraction, last, 1);
                last = fraction;
            }
            source.Wait(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(1, source.Fraction);
        Assert.True(last < 1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Read_ManyChunksAndWorkers_LosesNothing(bool keepOrder)
    {
        string text = "a,b\n" + string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},x\n"));
        var options = new StageOptions { ThrottleLimit = 4, KeepOrder = keepOrder };
        CsvOutcome outcome = CsvReading.Read(new PieceStream(Encoding.UTF8.GetBytes(text), () => 5000), null, options);
        IEnumerable<int> numbers = outcome.Records.Select(record => int.Parse((string)record[0]!, null));
        Assert.Equal(Enumerable.Range(0, 200_000), keepOrder ? numbers : numbers.Order());
    }
}
