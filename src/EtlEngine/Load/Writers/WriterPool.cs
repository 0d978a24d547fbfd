using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>The loader's router and its writers: one until the first good record has come, then as many as the table
/// allows.</summary>
internal sealed class WriterPool(
    ITarget target, LoadOptions options, TimeProvider time, ChannelReader<RecordChunk> input, LoadOutcomes outcomes,
    LoadWatermark? watermark, LoadRetries retries, Action<int> makeRoom, Action<EtlException> warn)
{
    private readonly List<Channel<RoutedChunk>> _queues = [];
    private readonly List<Task> _writers = [];
    private bool _isFitted;

    /// <summary>Loads the whole input. On a fault nothing more is begun, and what runs is awaited.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var finish = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        AddWriter(finish.Task, fault);
        Task routing = GuardAsync(RouteAsync(fault), fault);
        await AwaitAllAsync(routing, finish).ConfigureAwait(false);
    }

    private async Task AwaitAllAsync(Task routing, TaskCompletionSource finish)
    {
        var faults = new List<Exception>();
        await CollectAsync(routing, faults).ConfigureAwait(false);
        foreach (Task writer in _writers.Skip(1))
            await CollectAsync(writer, faults).ConfigureAwait(false);
        // The first writer stays, to bring the watermark to the end when all have written.
        if (faults.Count > 0)
            finish.TrySetException(faults);
        else
            finish.TrySetResult();
        await CollectAsync(_writers[0], faults).ConfigureAwait(false);
        if ((faults.Find(e => e is not OperationCanceledException) ?? faults.FirstOrDefault()) is { } first)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
    }

    private static async Task CollectAsync(Task task, List<Exception> faults)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsFaulted)
            faults.AddRange(task.Exception!.InnerExceptions);
        else if (task.IsCanceled)
            faults.Add(new TaskCanceledException(task));
    }

    private async Task RouteAsync(CancellationTokenSource fault)
    {
        Router router = null!;
        router = new Router(input, target, watermark?.Positions ?? new SourcePositionTracker(watched: false), watermark?.Committed, i => _queues[i].Writer, FitAsync, watermark is null ? null : watermark.Admit);
        await router.RunAsync(fault.Token).ConfigureAwait(false);
        _queues.ForEach(queue => queue.Writer.TryComplete());

        async ValueTask<RowFault?> FitAsync(Record record, CancellationToken cancellationToken)
        {
            bool isFirst = !_isFitted;
            RowFault? unfit = await retries.RunAsync(token => target.FitAsync(record, isFirst, token), cancellationToken).ConfigureAwait(false);
            if (unfit is not null || !isFirst)
                return unfit;
            _isFitted = true;
            int writers = options.PassThru ? 1 : Math.Min(options.ThrottleLimit, target.MaxWriters);
            while (_writers.Count < writers)
                AddWriter(null, fault);
            router.Writers = writers;
            return null;
        }
    }

    private void AddWriter(Task? finish, CancellationTokenSource fault)
    {
        int number = _writers.Count;
        // A chunk holds at least one record, and no more records are under way than the buffer has room for.
        var queue = Channel.CreateBounded<RoutedChunk>(new BoundedChannelOptions(options.BufferSize) { SingleReader = true, SingleWriter = true });
        _queues.Add(queue);
        _writers.Add(GuardAsync(WriteAsync(number, queue.Reader, finish, fault.Token), fault));
    }

    private async Task WriteAsync(int number, ChannelReader<RoutedChunk> queue, Task? finish, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        ITargetSession session = await retries.RunAsync(target.OpenSessionAsync, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable disposing = session.ConfigureAwait(false);
        // Disposed before the session, and waits for a running call, so that no closed connection is interrupted.
        await using ConfiguredAsyncDisposable interrupt = new StopInterrupt(session, time, cancellationToken).ConfigureAwait(false);
        var reader = new BatchReader(queue, options, time, session.NewRows, makeRoom);
        var evolution = new SchemaEvolution(target, session, retries, options, warn);
        var writer = new BatchWriter(session, retries, outcomes, options, watermark?.Progress, number);
        await LoadAsync(reader, evolution, writer, cancellationToken).ConfigureAwait(false);
        if (finish is null)
            return;
        await finish.ConfigureAwait(false);
        if (watermark is not null)
            await writer.FinishAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>While the database is at work on one batch, the next is made ready.</summary>
    private static async Task LoadAsync(BatchReader reader, SchemaEvolution evolution, BatchWriter writer, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Batch?> next = ReadAsync();
        try
        {
            while (await next.ConfigureAwait(false) is { } batch)
            {
                // Not beside the reading: it changes what records are checked against.
                using Batch fitting = await evolution.FitAsync(batch, cancellationToken).ConfigureAwait(false);
                next = ReadAsync();
                await writer.LoadAsync(fitting, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            await reading.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<Batch?> ReadAsync() => Task.Run(() => reader.ReadAsync(reading.Token).AsTask(), CancellationToken.None);
    }

    /// <summary>The first fault ends all others.</summary>
    private static async Task GuardAsync(Task task, CancellationTokenSource fault)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompletedSuccessfully)
            await fault.CancelAsync().ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }
}
