using System.Diagnostics;
using System.Text;
using EtlTools.Engine.Extract.Csv;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Extract.Csv;

public class CsvBoundsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static byte[] Rows(int count, int bytesPerRow = 10) =>
        Encoding.UTF8.GetBytes("a,b\n" + string.Concat(Enumerable.Range(0, count).Select(i => $"{i:0000000},{new string('x', bytesPerRow - 9)}\n")));

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(10_000)]
    public async Task Read_ConsumerStopped_ReadsNoFurtherThanTheBufferAndOneChunk(int bufferSize)
    {
        const int rowBytes = 50;
        var stream = new PieceStream(Rows(200_000, rowBytes), () => int.MaxValue);
        await using CsvSource source = CsvReading.Open(stream, null, CsvReading.TwoWorkers with { BufferSize = bufferSize });
        int before;
        do
        {
            before = stream.BytesRead;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        while (stream.BytesRead != before);
        Assert.InRange(source.Counters.Held, 1, bufferSize);
        Assert.InRange(stream.BytesRead, 1, (bufferSize * rowBytes) + (3 * 64 * 1024));
    }

    [Fact]
    public async Task Read_LongRecords_HoldsABoundedNumberOfChunks()
    {
        byte[] row = [.. "1,"u8, .. Enumerable.Repeat((byte)'x', 1_000_000), (byte)'\n'];
        byte[] data = [.. "a,b\n"u8, .. Enumerable.Repeat(row, 60).SelectMany(bytes => bytes)];
        var stream = new PieceStream(data, () => int.MaxValue);
        await using CsvSource source = CsvReading.Open(stream);
        int before;
        do
        {
            before = stream.BytesRead;
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
        while (stream.BytesRead != before);
        Assert.InRange(stream.BytesRead, 1, 10_000_000);
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,4\n5")]
    [InlineData("a,b\r\n1,2\r\n3,4\r\n5")]
    [InlineData("a,b\r1,2\r3,4\r5")]
    [InlineData("a,b\n1,2\n\"3\",\"4\"\n")]
    public async Task Read_SilentPipe_GivesItsWholeRecordsAtOnce(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        var stream = new PieceStream(bytes, () => 1) { HangAfter = bytes.Length };
        await using CsvSource source = CsvReading.Open(stream);
        var records = new List<Record>();
        var watch = Stopwatch.StartNew();
        while (records.Count < 2 && watch.Elapsed < Patience)
        {
            while (source.TryTake(out Record? record))
                records.Add(record);
            source.Wait(TimeSpan.FromMilliseconds(100));
        }
        Assert.Equal(["1|2", "3|4"], records.Select(CsvOutcome.Render));
        Assert.Null(source.Fraction);
    }

    [Fact]
    public async Task DisposeAsync_ReadThatIgnoresCancellation_IsAbandoned()
    {
        var stream = new PieceStream(Rows(10), () => 10) { HangAfter = 50 };
        CsvSource source = CsvReading.Open(stream);
        while (!source.TryTake(out _))
            source.Wait(Patience);
        await source.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.True(stream.IsClosed);
    }

    [Fact]
    public async Task DisposeAsync_OpenThatHangs_IsAbandoned()
    {
        using var gate = new ManualResetEventSlim();
        var stream = new PieceStream([], () => 1);
        var file = new StreamFile("/data/fifo", () =>
        {
            gate.Wait();
            return stream;
        });
        var source = new CsvSource("Import", new CsvOptions(), [file], CsvReading.TwoWorkers, TimeProvider.System);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        await source.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        gate.Set();
        Assert.True(SpinWait.SpinUntil(() => stream.IsClosed, Patience));
    }

    [Fact]
    public async Task DisposeAsync_InTheMiddle_ClosesTheFile()
    {
        for (int i = 1; i < 50; i++)
        {
            var stream = new PieceStream(Rows(100_000), () => 3000);
            CsvSource source = CsvReading.Open(stream, null, CsvReading.TwoWorkers with { BufferSize = 500 });
            for (int taken = 0; taken < i * 20;)
            {
                if (source.TryTake(out _))
                    taken++;
                else
                    source.Wait(Patience);
            }
            await source.DisposeAsync();
            Assert.True(stream.IsClosed);
        }
    }

    [Fact]
    public void Read_Fails_GivesTheRecordsBeforeItAndThenTheError()
    {
        byte[] data = Rows(10_000);
        for (int failAfter = 0; failAfter < data.Length; failAfter += 9_999)
        {
            CsvOutcome outcome = CsvReading.Read(new PieceStream(data, () => 4096) { FailAfter = failAfter });
            Assert.Equal(FailureCodes.ReadFailed, outcome.Fault!.Code);
            Assert.Contains($"after {failAfter} bytes", outcome.Fault.Message, StringComparison.Ordinal);
            Assert.Equal(Math.Max(0, (failAfter - 4) / 10), outcome.Records.Count);
        }
    }

    [Fact]
    public async Task Read_Cancelled_EndsTheWait()
    {
        var stream = new PieceStream(Rows(10), () => 10) { HangAfter = 50 };
        await using CsvSource source = CsvReading.Open(stream);
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            while (source.TryTake(out _) || source.Wait(Patience))
            {
            }
        });
    }

    [Fact]
    public async Task Read_FromAPipeOfTheSystem_StopsWithoutItsWriter()
    {
        if (OperatingSystem.IsWindows())
            return;
        string path = Path.Combine(Path.GetTempPath(), $"csv-{Environment.ProcessId}.fifo");
        using (Process make = Process.Start("mkfifo", path))
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
        try
        {
            CsvSource source = CsvReading.OpenFiles([path]);
            await using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                await writer.WriteAsync("a,b\n1,2\n3,"u8.ToArray(), TestContext.Current.CancellationToken);
                await writer.FlushAsync(TestContext.Current.CancellationToken);
                Record? record;
                while (!source.TryTake(out record))
                    source.Wait(Patience);
                Assert.Equal("1|2", CsvOutcome.Render(record));
                Assert.Null(source.Fraction);
                await source.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }
}
