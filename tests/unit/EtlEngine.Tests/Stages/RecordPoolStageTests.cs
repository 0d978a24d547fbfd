using CsCheck;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Stages;

/// <summary>The pool: order, conservation, bounds, faults and cancellation, with real workers.</summary>
public sealed class RecordPoolStageTests
{
    private static readonly Schema Numbers = new(["n"]);
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Pool_RandomSizesAndOutcomes_KeepsOrderAndLosesNothing() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[1, 4], Gen.Int[1, 64], Gen.Int[0, int.MaxValue]).Sample(
            (records, workers, buffer, seed) =>
            {
                List<Record> output = Pump(records, new StageOptions { ThrottleLimit = workers, BufferSize = buffer }, Scatter(seed), out StageCounters counters);
                Assert.True(counters.Balanced, $"{counters.In} + {counters.Made} = {counters.Out} + {counters.Filtered} + {counters.Failed} + {counters.Forwarded}");
                Assert.Equal(records, counters.In);
                Assert.Equal(Expected(records, seed), output.Select(Number));
            },
            iter: 60);

    [Fact]
    public void Pool_OrderGivenUp_LosesNothing() =>
        Gen.Select(Gen.Int[0, 400], Gen.Int[1, 4], Gen.Int[1, 64], Gen.Int[0, int.MaxValue]).Sample(
            (records, workers, buffer, seed) =>
            {
                var options = new StageOptions { ThrottleLimit = workers, BufferSize = buffer, KeepOrder = false };
                List<Record> output = Pump(records, options, Scatter(seed), out StageCounters counters);
                Assert.True(counters.Balanced);
                Assert.Equal(Expected(records, seed).Order(), output.Select(Number).Order());
            },
            iter: 30);

    [Fact]
    public async Task Pool_FirstRecordSlow_TheRestDoesNotPileUpBeyondTheBuffer()
    {
        using var gate = new ManualResetEventSlim();
        await using RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 2, BufferSize = 10 }, record =>
        {
            if (Number(record) == 0)
                gate.Wait();
        });
        int posted = 0;
        for (int i = 0; i < 1000; i++)
        {
            if (stage.TryPost(Make(i)))
                posted++;
            Assert.False(stage.TryTake(out _));
        }
        Assert.Equal(10, posted);
        gate.Set();
        stage.CompleteInput();
        Assert.Equal(Enumerable.Range(0, posted), Drain(stage).Select(Number));
    }

    [Fact]
    public async Task Pool_LargeRecords_TakeMoreOfTheBuffer()
    {
        using var gate = new ManualResetEventSlim();
        await using RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 2, BufferSize = 10 }, _ => gate.Wait());
        var schema = new Schema(["n", "text"]);
        Record Large(int number, int units) => new(schema, [number, new string('x', units * RecordWeight.Unit / sizeof(char))]);
        Assert.True(stage.TryPost(Large(0, 4)));
        Assert.True(stage.TryPost(Large(1, 4)));
        Assert.False(stage.TryPost(Make(2)));
        gate.Set();
        // One that is larger than the whole buffer gets in alone.
        var output = new List<Record>();
        while (!stage.TryPost(Large(2, 40)))
        {
            while (stage.TryTake(out Record? record))
                output.Add(record);
            stage.Wait(Beat);
        }
        Assert.False(stage.TryPost(Make(3)));
        stage.CompleteInput();
        Assert.Equal([0, 1, 2], output.Concat(Drain(stage)).Select(Number));
        Assert.True(stage.Counters.Balanced);
    }

    [Fact]
    public async Task Pool_RecordThatFailedEarlier_PassesThroughUntouchedAndIsCountedAsForwarded()
    {
        await using RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 1 }, _ => { });
        Record failed = Make(1).Fail(new RecordError { Code = "Earlier", Message = "m", Stage = "other", FailedIn = new object() });
        Assert.True(stage.TryPost(failed));
        stage.CompleteInput();
        Assert.Same(failed, Assert.Single(Drain(stage)));
        Assert.Equal((1, 0, 0, 1), (stage.Counters.In, stage.Counters.Out, stage.Counters.Failed, stage.Counters.Forwarded));
    }

    [Fact]
    public async Task Pool_WorkerThrows_ConsumerGetsTheException()
    {
        await using RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 2, BufferSize = 100 }, record =>
        {
            if (Number(record) == 5)
                throw new InvalidDataException("five");
        });
        for (int i = 0; i < 10; i++)
            Assert.True(stage.TryPost(Make(i)));
        stage.CompleteInput();
        Assert.Equal("five", Assert.Throws<InvalidDataException>(() => Drain(stage)).Message);
    }

    [Fact]
    public async Task Pool_Cancelled_WaitingConsumerIsReleasedAndWorkersEnd()
    {
        using var gate = new ManualResetEventSlim();
        RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 2, BufferSize = 10 }, _ => gate.Wait(TimeSpan.FromSeconds(1)));
        Assert.True(stage.TryPost(Make(0)));
        stage.Flush();
        Task cancel = Task.Run(stage.Cancel);
        Action wait = () => stage.Wait(TimeSpan.FromSeconds(30));
        Assert.ThrowsAny<OperationCanceledException>(wait);
        await cancel;
        gate.Set();
        await stage.DisposeAsync();
        await stage.DisposeAsync();
    }

    [Fact]
    public async Task Pool_ChunkNobodyFills_IsHandedOverByItself()
    {
        await using RecordPoolStage stage = Stage(new StageOptions { ThrottleLimit = 1 }, _ => { });
        var output = new List<Record>();
        // Enough quick chunks that the stage has learnt to gather more than one record.
        for (int i = 0; i < 1000; i++)
        {
            while (!stage.TryPost(Make(i)))
                stage.Wait(Beat);
        }
        while (output.Count < 1000)
        {
            if (stage.TryTake(out Record? record))
                output.Add(record);
            else
                stage.Wait(Beat);
        }
        Assert.False(stage.TryTake(out _));
        Assert.Equal(0, stage.Counters.Held);
    }

    [Theory]
    [InlineData(1, 1000, 16, 2)]
    [InlineData(4, 1000, 64, 8)]
    [InlineData(2, 10, 32, 400)]
    public async Task Pool_SlowWorkers_NoMoreWaitsThanTheyDoInTwoSeconds(int workers, int millisecondsEach, int atFirst, int then)
    {
        using var gate = new SemaphoreSlim(0);
        await using var stage = new RecordPoolStage("test", new StageOptions { ThrottleLimit = workers }, TimeProvider.System, async port =>
        {
            await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping))
            {
                await gate.WaitAsync(port.Stopping);
                chunk.Output.AddRange(chunk.Input);
                port.Finish(chunk, TimeSpan.FromMilliseconds(millisecondsEach) * chunk.Input.Count);
            }
        });
        Assert.Equal(atFirst, PostAll());
        gate.Release(atFirst);
        List<Record> output = [];
        while (output.Count < atFirst)
        {
            while (stage.TryTake(out Record? record))
                output.Add(record);
            stage.Wait(Beat);
        }
        Assert.Equal(then, PostAll());

        int PostAll()
        {
            int posted = 0;
            while (posted < 10_000 && stage.TryPost(Make(posted)))
                posted++;
            stage.Flush();
            return posted;
        }
    }

    private static RecordPoolStage Stage(StageOptions options, Action<Record> work) =>
        new("test", options, TimeProvider.System, async port =>
        {
            await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping))
            {
                foreach (Record record in chunk.Input)
                {
                    if (record.Error is null)
                        work(record);
                    chunk.Output.Add(record);
                }
                port.Finish(chunk, TimeSpan.FromTicks(1));
            }
        });

    /// <summary>A worker that by the number of a record fails it, drops it, doubles it or lets it pass, at an uneven speed.</summary>
    private static PoolWorker<RecordChunk> Scatter(int seed) => async port =>
    {
        await foreach (RecordChunk chunk in port.Input.ReadAllAsync(port.Stopping))
        {
            foreach (Record record in chunk.Input)
            {
                if (Number(record) % 37 == 0)
                    await Task.Yield();
                switch (Outcome(Number(record), seed))
                {
                    case 0:
                        chunk.Filtered++;
                        break;
                    case 1:
                        chunk.Output.Add(record.Fail(port.NewError("Test", "failed")));
                        break;
                    case 2:
                        chunk.Output.Add(record);
                        chunk.Output.Add(record.Clone());
                        chunk.Made++;
                        break;
                    default:
                        chunk.Output.Add(record);
                        break;
                }
            }
            port.Finish(chunk, TimeSpan.FromTicks(1));
        }
    };

    private static int Outcome(int number, int seed) => (int)((uint)HashCode.Combine(number, seed) % 8);

    private static IEnumerable<int> Expected(int records, int seed) =>
        Enumerable.Range(0, records).SelectMany(n => Enumerable.Repeat(n, Outcome(n, seed) switch { 0 => 0, 2 => 2, _ => 1 }));

    private static List<Record> Pump(int records, StageOptions options, PoolWorker<RecordChunk> worker, out StageCounters counters)
    {
        var stage = new RecordPoolStage("test", options, TimeProvider.System, worker);
        var output = new List<Record>();
        for (int i = 0; i < records; i++)
        {
            while (!stage.TryPost(Make(i)))
            {
                while (stage.TryTake(out Record? record))
                    output.Add(record);
                stage.Wait(Beat);
            }
        }
        stage.CompleteInput();
        output.AddRange(Drain(stage));
        counters = stage.Counters;
        stage.DisposeAsync().AsTask().Wait();
        return output;
    }

    private static List<Record> Drain(RecordPoolStage stage)
    {
        var output = new List<Record>();
        while (!stage.IsEnded)
        {
            while (stage.TryTake(out Record? record))
                output.Add(record);
            stage.Wait(Beat);
        }
        return output;
    }

    private static Record Make(int n) => new(Numbers, [n]);

    private static int Number(Record record) => (int)record[0]!;
}
