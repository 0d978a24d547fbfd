using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Numbers the records of the input and distributes them to the writers: to one writer until the first good record has arrived, then to as
/// many as the table allows. A key always goes to the same writer, so that its order is kept.
/// </summary>
internal sealed class WriterPool(LoadContext load)
{
    private const int RecordsInTurn = 256;

    private static readonly TimeSpan FullBeat = TimeSpan.FromMilliseconds(50);

    private readonly List<Writer> _writers = [];
    private readonly List<Task> _tasks = [];
    private readonly TargetFit _fit = new(load);
    private readonly MissingMembers _members = new(load.Options);
    private long _sequence;

    /// <summary>Loads the whole input. After an error nothing new is started, and running work is awaited.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            _writers.Add(new Writer(load, fault.Token));
            Start(0, fault);
            Task distributing = GuardAsync(DistributeAsync(fault), fault);
            await distributing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await AwaitAllAsync([distributing, .. _tasks]).ConfigureAwait(false);
            // All writers have finished, so the watermark can move to the end.
            load.Watermark?.Progress.Share?.End(load.HasWholeInput);
            if (load.Watermark is not null)
                await _writers[0].FinishAsync(fault.Token).ConfigureAwait(false);
            if (load.Options.IsOneTransaction)
                await CompleteAsync(fault.Token).ConfigureAwait(false);
            if (Incomplete.Lost(load.Positions.Lost) is { } lost)
                load.Warn(lost);
            if (_fit.HasFit)
            {
                foreach (StageNotice notice in await load.Target.FinishAsync(fault.Token).ConfigureAwait(false))
                    load.Notices.Add(notice.Level, notice.Failure);
            }
        }
        finally
        {
            load.CountLost();
            foreach (Writer writer in _writers)
                await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Commits the single transaction, including its deletions.</summary>
    private async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        string? reason = load.IncompleteReason();
        if (load.Options.Mode == LoadMode.Replace && reason is not null)
            throw Incomplete.NotReplaced(load.Target.Table, reason);
        if (load.Options.DeleteMissing)
            reason ??= load.Outcomes.HasFailures || load.HasFailuresBefore || load.Positions.Lost.Count > 0 ? "records have failed" : null;
        if (reason is not null)
            load.Warn(Incomplete.NotDeleted(load.Target.Table, reason));
        else if (!load.Outcomes.HasPending)
            load.Warn(Incomplete.Empty(load.Options, load.Target.Table));
        bool takesOut = reason is null && load.Outcomes.HasPending;
        long deleted = !load.Outcomes.HasPending && load.Options.Mode == LoadMode.Replace ? 0 : await _writers[0].CompleteAsync(takesOut, cancellationToken).ConfigureAwait(false);
        load.Outcomes.Committed(deleted);
    }

    private void Start(int number, CancellationTokenSource fault) =>
        _tasks.Add(GuardAsync(_writers[number].RunAsync(number, fault.Token), fault));

    /// <summary>Adds writers before the first record is assigned, because the writer of a key never changes. There are as many as the table
    /// allows and the database accepts connections.</summary>
    private async ValueTask AddWritersAsync(CancellationTokenSource fault)
    {
        int wanted = MaxWriters;
        if (wanted == 1)
            return;
        // The first writer must not fail here: without a connection, it waits for one with its first batch.
        bool hasFirst = await _writers[0].TryConnectAsync(fault.Token).ConfigureAwait(false);
        Writer[] more = [.. Enumerable.Range(1, hasFirst ? wanted - 1 : 0).Select(_ => new Writer(load, fault.Token))];
        _writers.AddRange(more);
        bool[] connected = await Task.WhenAll(more.Select(writer => writer.TryConnectAsync(fault.Token).AsTask())).ConfigureAwait(false);
        for (int i = 0; i < more.Length; i++)
        {
            if (connected[i])
                continue;
            _writers.Remove(more[i]);
            await more[i].DisposeAsync().ConfigureAwait(false);
        }
        for (int i = 1; i < _writers.Count; i++)
            Start(i, fault);
        if (_writers.Count < wanted)
            load.Warn(new EtlException(
                FailureCodes.TargetUnavailable, FailureKind.Unavailable,
                $"{load.Target.Database} gives this load connections for {_writers.Count} of {wanted} writers, and the load continues with these. Lower -ThrottleLimit, or raise the server's connection limit."));
    }

    private async Task DistributeAsync(CancellationTokenSource fault)
    {
        if (load.Target.IsMissing)
        {
            IReadOnlyList<RecordChunk> first = await GatherFirstAsync(fault.Token).ConfigureAwait(false);
            load.Target.Learn([.. first.SelectMany(chunk => chunk.Input).Where(record => record.Error is null)]);
            foreach (RecordChunk chunk in first)
                await DistributeAsync(chunk, fault).ConfigureAwait(false);
        }
        await foreach (RecordChunk chunk in load.Input.Chunks.ReadAllAsync(fault.Token).ConfigureAwait(false))
            await DistributeAsync(chunk, fault).ConfigureAwait(false);
        foreach (Checkpoint? end in load.Positions.Ends(load.IsCutShort))
            load.Watermark?.Committed.Ended(end);
        // A record that was left out earlier belongs to another share, but the watermark passes it.
        foreach (Checkpoint end in load.SelectedEnds)
            load.Watermark?.Committed.Ended(end);
        _writers.ForEach(writer => writer.Queue.TryComplete());
    }

    /// <summary>The records of the first batch: the input up to a batch's size or age, or as much of it as there is room for.</summary>
    private async ValueTask<IReadOnlyList<RecordChunk>> GatherFirstAsync(CancellationToken cancellationToken)
    {
        var chunks = new List<RecordChunk>();
        int weight = 0;
        int enough = Math.Min(load.Options.BatchSize, load.Options.BufferSize);
        Task<bool>? more = null;
        while (weight < enough)
        {
            TimeSpan left = chunks.Count == 0 ? Timeout.InfiniteTimeSpan : load.Options.FlushInterval - load.Time.GetElapsedTime(chunks[0].BegunAt);
            if (chunks.Count > 0 && (left <= TimeSpan.Zero || load.Input.IsFull))
                break;
            // Looked at again and again: nothing arrives any more when the input is full.
            if (chunks.Count > 0 && left > FullBeat)
                left = FullBeat;
            try
            {
                more ??= load.Input.Chunks.WaitToReadAsync(cancellationToken).AsTask();
                if (!await more.WaitAsync(left, load.Time, cancellationToken).ConfigureAwait(false))
                    break;
                more = null;
            }
            catch (TimeoutException)
            {
                continue;
            }
            while (weight < enough && load.Input.Chunks.TryRead(out RecordChunk? chunk))
            {
                chunks.Add(chunk);
                weight += chunk.Weight;
            }
        }
        return chunks;
    }

    private async ValueTask DistributeAsync(RecordChunk chunk, CancellationTokenSource fault)
    {
        var parts = new RoutedChunk?[_writers.Count];
        int passed = 0;
        int passedWeight = 0;
        foreach (Record given in chunk.Input)
        {
            Record record = given.Error is null ? _members.Complete(given, load.Target.Definition) : given;
            RowFault? unfit = record.Error is null ? load.Watermark?.Admit(record) : null;
            if (record.Error is null && unfit is null && !_fit.Knows(record))
            {
                bool isFirst = !_fit.HasFit;
                unfit = await _fit.FitAsync(record, fault.Token).ConfigureAwait(false);
                if (isFirst && unfit is null)
                {
                    await AddWritersAsync(fault).ConfigureAwait(false);
                    Array.Resize(ref parts, _writers.Count);
                }
            }
            load.Positions.Take(record, out int sibling, out Checkpoint? before);
            if (load.Share is { } share)
            {
                if (_fit.HasFit)
                    share.Require();
                await share.PinAsync(record, fault.Token).ConfigureAwait(false);
                if (!share.Takes(record, unfit, _sequence))
                {
                    load.Watermark?.Committed.Passed(_sequence++, before);
                    passed++;
                    passedWeight += record.Weight;
                    continue;
                }
            }
            int writer = record.Error is null && unfit is null ? WriterOf(record) : 0;
            load.Watermark?.Committed.Dispatched(writer, _sequence, before, load.Positions.Arrived);
            parts[writer] ??= new RoutedChunk(chunk.Input.Count) { BegunAt = chunk.BegunAt };
            parts[writer]!.Add(new RoutedRecord(record, _sequence++, sibling, before, unfit));
        }
        load.PassBy(passed, passedWeight);
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] is { } part)
                await _writers[i].Queue.WriteAsync(part, fault.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Determines the writers that the table allows, once a record fits it. With a watermark, rows without a key need a single one:
    /// what other writers have committed behind the watermark would be added again by the next run.</summary>
    private int MaxWriters =>
        load.Options.PassThru || load.Options.IsOneTransaction || (load.Watermark is not null && (load.Share is not null || load.Options.Key.Count == 0)) ? 1
        : Math.Min(load.Options.ThrottleLimit, load.Target.MaxWriters);

    /// <summary>Records without a key go to the writers in turn.</summary>
    private int WriterOf(Record record) => _writers.Count == 1 ? 0
        : load.Options.Key.Count == 0 ? (int)(_sequence / RecordsInTurn % _writers.Count)
        : (int)((uint)load.Target.HashKey(record) % (uint)_writers.Count);

    /// <summary>The first error ends all writers.</summary>
    private static async Task GuardAsync(Task task, CancellationTokenSource fault)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompletedSuccessfully)
            await fault.CancelAsync().ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <summary>Awaits all writers, and throws the error that ended them.</summary>
    private static async Task AwaitAllAsync(List<Task> tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task? failed = tasks.Find(task => task.IsFaulted && task.Exception!.InnerException is not OperationCanceledException)
            ?? tasks.Find(task => !task.IsCompletedSuccessfully);
        if (failed is not null)
            await failed.ConfigureAwait(false);
    }
}
