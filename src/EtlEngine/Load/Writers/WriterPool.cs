using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>
/// Gives the records of the input, numbered, to the load's writers: one until the first good record has come, then as many as the
/// table allows. A key goes to the same writer each time, so that its order holds.
/// </summary>
internal sealed class WriterPool(LoadContext load)
{
    private const int RecordsInTurn = 256;

    private readonly List<Writer> _writers = [];
    private readonly List<Task> _tasks = [];
    private readonly TargetFit _fit = new(load);
    private readonly SourcePositionTracker _positions = load.Watermark?.Positions ?? new SourcePositionTracker(watched: false);
    private long _sequence;

    /// <summary>Loads the whole input. On a fault nothing more is begun, and what runs is awaited.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var fault = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        try
        {
            AddWriter(fault);
            Task distributing = GuardAsync(DistributeAsync(fault), fault);
            await distributing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await AwaitAllAsync([distributing, .. _tasks]).ConfigureAwait(false);
            // All have written: the watermark can be brought to the end.
            if (load.Watermark is not null)
                await _writers[0].FinishAsync(fault.Token).ConfigureAwait(false);
            if (load.Options.IsOneTransaction)
                await CompleteAsync(fault.Token).ConfigureAwait(false);
            if (_fit.HasFit)
            {
                foreach (StageNotice notice in await load.Target.FinishAsync(fault.Token).ConfigureAwait(false))
                    load.Notices.Add(notice.Level, notice.Failure);
            }
        }
        finally
        {
            foreach (Writer writer in _writers)
                await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Commits the one transaction, and what it takes out of the table.</summary>
    private async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        string? reason = load.IncompleteReason();
        if (load.Options.Mode == LoadMode.Replace && reason is not null)
            throw Incomplete.NotReplaced(TableName.Parse(load.Target.Table), reason);
        if (load.Options.DeleteMissing)
            reason ??= load.Outcomes.HasFailures || load.HasFailuresBefore ? "records have failed" : null;
        if (reason is not null)
            load.Warn(Incomplete.NotDeleted(load.Target.Table, reason));
        else if (!load.Outcomes.HasPending)
            load.Warn(Incomplete.Empty(load.Options, load.Target.Table));
        bool takesOut = reason is null && load.Outcomes.HasPending;
        long deleted = !load.Outcomes.HasPending && load.Options.Mode == LoadMode.Replace ? 0 : await _writers[0].CompleteAsync(takesOut, cancellationToken).ConfigureAwait(false);
        load.Outcomes.Committed(deleted);
    }

    private void AddWriter(CancellationTokenSource fault)
    {
        var writer = new Writer(load, _writers.Count);
        _writers.Add(writer);
        _tasks.Add(GuardAsync(writer.RunAsync(fault.Token), fault));
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
        foreach (Checkpoint? end in _positions.Ends(load.IsCutShort))
            load.Watermark?.Committed.Ended(end);
        _writers.ForEach(writer => writer.Queue.TryComplete());
    }

    /// <summary>What would be the first batch: the input up to its size or its age.</summary>
    private async ValueTask<IReadOnlyList<RecordChunk>> GatherFirstAsync(CancellationToken cancellationToken)
    {
        var chunks = new List<RecordChunk>();
        int count = 0;
        int enough = Math.Min(load.Options.BatchSize, load.Options.BufferSize);
        while (count < enough)
        {
            TimeSpan left = chunks.Count == 0 ? Timeout.InfiniteTimeSpan : load.Options.FlushInterval - load.Time.GetElapsedTime(chunks[0].BegunAt);
            if (chunks.Count > 0 && left <= TimeSpan.Zero)
                break;
            try
            {
                if (!await load.Input.Chunks.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(left, load.Time, cancellationToken).ConfigureAwait(false))
                    break;
            }
            catch (TimeoutException)
            {
                break;
            }
            while (count < enough && load.Input.Chunks.TryRead(out RecordChunk? chunk))
            {
                chunks.Add(chunk);
                count += chunk.Input.Count;
            }
        }
        return chunks;
    }

    private async ValueTask DistributeAsync(RecordChunk chunk, CancellationTokenSource fault)
    {
        var parts = new RoutedChunk?[_writers.Count];
        foreach (Record record in chunk.Input)
        {
            RowFault? unfit = record.Error is null ? load.Watermark?.Admit(record) : null;
            if (record.Error is null && unfit is null && !_fit.Knows(record))
            {
                bool isFirst = !_fit.HasFit;
                unfit = await _fit.FitAsync(record, fault.Token).ConfigureAwait(false);
                if (isFirst && unfit is null)
                {
                    while (_writers.Count < MaxWriters)
                        AddWriter(fault);
                    Array.Resize(ref parts, _writers.Count);
                }
            }
            _positions.Take(record, out int sibling, out Checkpoint? before);
            int writer = record.Error is null && unfit is null ? WriterOf(record) : 0;
            load.Watermark?.Committed.Dispatched(writer, _sequence, before);
            parts[writer] ??= new RoutedChunk((chunk.Input.Count + _writers.Count - 1) / _writers.Count) { BegunAt = chunk.BegunAt };
            parts[writer]!.Records.Add(new RoutedRecord(record, _sequence++, sibling, before, unfit));
        }
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] is { } part)
                await _writers[i].Queue.WriteAsync(part, fault.Token).ConfigureAwait(false);
        }
    }

    /// <summary>The writers that the table allows, once a record fits it.</summary>
    private int MaxWriters => load.Options.PassThru || load.Options.IsOneTransaction ? 1 : Math.Min(load.Options.ThrottleLimit, load.Target.MaxWriters);

    /// <summary>Records without a key go to the writers in turns.</summary>
    private int WriterOf(Record record) => _writers.Count == 1 ? 0
        : load.Options.Key.Count == 0 ? (int)(_sequence / RecordsInTurn % _writers.Count)
        : (int)((uint)load.Target.HashKey(record) % (uint)_writers.Count);

    /// <summary>The first fault ends all others.</summary>
    private static async Task GuardAsync(Task task, CancellationTokenSource fault)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!task.IsCompletedSuccessfully)
            await fault.CancelAsync().ConfigureAwait(false);
        await task.ConfigureAwait(false);
    }

    /// <summary>Awaits all, and throws the fault that ended the others.</summary>
    private static async Task AwaitAllAsync(List<Task> tasks)
    {
        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Task? failed = tasks.Find(task => task.IsFaulted && task.Exception!.InnerException is not OperationCanceledException)
            ?? tasks.Find(task => !task.IsCompletedSuccessfully);
        if (failed is not null)
            await failed.ConfigureAwait(false);
    }
}
