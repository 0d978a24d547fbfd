using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>
/// Writes one batch at a time: one transaction where nothing is wrong with the data. A range that the database refuses as a
/// whole is split until its guilty rows are alone; what fails in passing is tried again and never split.
/// </summary>
internal sealed class BatchWriter(
    ITargetSession session, LoadRetries retries, LoadOutcomes outcomes, LoadOptions options, WatermarkProgress? progress = null, int writer = 0)
{
    private readonly StatementSize _most = new();

    /// <summary>Writes and commits the batch, and hands on what comes out of it.</summary>
    public async ValueTask LoadAsync(Batch batch, CancellationToken cancellationToken)
    {
        long begunAt = outcomes.Begin();
        try
        {
            var state = new Progress([], [new RowRange(0, batch.Count)], Mode.Whole);
            while (state.Left.Count > 0)
            {
                state = batch.Good > 0
                    ? await TryTransactAsync(batch, state.OfMost(_most.Rows), begunAt, cancellationToken).ConfigureAwait(false)
                    : WithoutDatabase(batch, state.Left);
                await outcomes.PublishAsync(batch, state.Committed, isLast: state.Left.Count == 0, cancellationToken).ConfigureAwait(false);
                if (batch.TakeSlowRow())
                    _most.Reset();
            }
            if (!batch.IsSlow)
                _most.Grow();
            outcomes.TellLoaded(batch, begunAt);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            outcomes.TellFailed(batch, begunAt, e, isFinal: true);
            throw;
        }
    }

    /// <summary>Brings the watermark to where the load has come, in a transaction of its own.</summary>
    public ValueTask<bool> FinishAsync(CancellationToken cancellationToken) => retries.RunAsync(
        async token =>
        {
            bool ended = false;
            try
            {
                await session.BeginAsync(new Batch(session.NewRows()), token).ConfigureAwait(false);
                WatermarkStep step = await WriteWatermarksAsync(progress!, null, [], token).ConfigureAwait(false);
                await session.CommitAsync(token).ConfigureAwait(false);
                ended = true;
                progress!.Commit(step);
                return ended;
            }
            finally
            {
                if (!ended)
                    await session.RollbackAsync().ConfigureAwait(false);
            }
        },
        cancellationToken);

    private async ValueTask<Progress> TryTransactAsync(Batch batch, Progress state, long begunAt, CancellationToken cancellationToken)
    {
        try
        {
            return await retries.RunAsync(
                async token =>
                {
                    try
                    {
                        return await TransactOnceAsync(batch, state, begunAt, token).ConfigureAwait(false);
                    }
                    catch (TransientTargetException e) when (e.IsContention && options.Key.Count > 0 && !options.IsOneTransaction)
                    {
                        // Less is locked at a time, so that two loads of the same keys cannot continue stopping each other.
                        state = e.IsDeadlock ? state.Halved : state with { Mode = Mode.OneByOne };
                        if (batch.IsSlow && state.IsAtOneRow)
                            _most.Reset();
                        throw;
                    }
                    catch (TransientTargetException e) when (e.IsSlow && !(batch.IsSlow && state.IsAtOneRow))
                    {
                        batch.IsSlow = true;
                        if (state.IsAtOneRange)
                            _most.Shrink(state.Left[0].Count);
                        state = (state with { Mode = Mode.OneByOne }).OfMost(_most.Rows);
                        throw e.InParts();
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (EtlException e) when (options.DeadLetterOutages && e.Code == FailureCodes.OutageBudgetSpent)
        {
            var fault = new RowFault(ErrorCodes.TargetUnavailable, "The database was not available for as long as -OutageBudgetSec allows.");
            foreach (int row in RowRange.RowsOf(state.Left).Where(batch.IsGood))
                batch.Refuse(row, fault);
            return WithoutDatabase(batch, state.Left);
        }
    }

    private async ValueTask<Progress> TransactOnceAsync(Batch batch, Progress start, long begunAt, CancellationToken cancellationToken)
    {
        try
        {
            return await TransactAsync(batch, start, cancellationToken).ConfigureAwait(false);
        }
        catch (TransientTargetException e)
        {
            outcomes.TellFailed(batch, begunAt, e, isFinal: false);
            throw;
        }
    }

    private async ValueTask<Progress> TransactAsync(Batch batch, Progress start, CancellationToken cancellationToken)
    {
        var left = new Stack<RowRange>(Enumerable.Reverse(start.Left));
        var written = new List<RowRange>();
        bool ended = false;
        try
        {
            await session.BeginAsync(batch, cancellationToken).ConfigureAwait(false);
            while (!(start.Mode == Mode.OneByOne && written.Count > 0) && left.TryPop(out RowRange range))
            {
                RangeRejection? rejection = await session.WriteAsync(batch, range, cancellationToken).ConfigureAwait(false);
                if (rejection is null)
                    written.Add(range);
                else
                    Split(batch, range, rejection, left);
                if (rejection is { TransactionLost: true })
                    return new Progress([], [.. written, .. left], Mode.OneByOne);
            }
            await session.SettleAsync(batch, written, cancellationToken).ConfigureAwait(false);
            outcomes.WriteLetters(batch, written);
            WatermarkStep step = default;
            if (progress is not null)
                step = await WriteWatermarksAsync(progress, batch, written, cancellationToken).ConfigureAwait(false);
            RangeRejection? refusal = await CommitAsync(batch, cancellationToken).ConfigureAwait(false);
            ended = refusal is null;
            if (refusal is null)
            {
                progress?.Commit(step);
                return new Progress(written, [.. left], start.Mode);
            }
            foreach (RowRange range in Enumerable.Reverse(written))
                Split(batch, range, refusal, left);
            return new Progress([], [.. left], Mode.OneByOne);
        }
        finally
        {
            if (!ended)
                await session.RollbackAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<WatermarkStep> WriteWatermarksAsync(WatermarkProgress progress, Batch? batch, IReadOnlyList<RowRange> written, CancellationToken cancellationToken)
    {
        IReadOnlyList<Watermark> watermarks = progress.Plan(writer, written.Sum(range => range.Count), out WatermarkStep step);
        if (watermarks.Count > 0)
        {
            outcomes.FlushLetters();
            await session.WriteWatermarksAsync(watermarks, step.UpTo, cancellationToken).ConfigureAwait(false);
        }
        if (progress.Share is not { } share)
            return step;
        step = step with { Share = share.Plan(batch, written, step.Last) };
        await session.WriteShareAsync(step.Share.Counts.ToJson(), cancellationToken).ConfigureAwait(false);
        return step;
    }

    private async ValueTask<RangeRejection?> CommitAsync(Batch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await session.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (TransientTargetException e) when (e.MayHaveCommitted)
        {
            if (options.Key.Count == 0 && !options.IsOneTransaction)
                throw NotAnswered(e);
            batch.MayHaveBeenCommitted = true;
            throw;
        }
    }

    /// <summary>Without a key a batch that is written again would stand in the table twice.</summary>
    private EtlException NotAnswered(TransientTargetException cause) => new(
        FailureCodes.TargetUnavailable, FailureKind.Unavailable,
        $"{cause.Message} while a batch was committed. It was not sent again, because -Mode Append has no key by which its rows could be found. "
        + (options.WatermarkName is null
            ? "Check whether its rows are in the table before you run the load again."
            : "Run the load again from the watermark: it is beyond that batch only if its rows are in the table."),
        cause);

    /// <summary>A batch of failed records only.</summary>
    private Progress WithoutDatabase(Batch batch, List<RowRange> todo)
    {
        outcomes.WriteLetters(batch, todo);
        // The watermark follows with the next batch that has something for the database.
        progress?.CommitLater(writer, batch, todo);
        return new Progress(todo, [], Mode.Whole);
    }

    /// <summary>Puts the parts of a refused range back, the left one on top.</summary>
    private static void Split(Batch batch, RowRange range, RangeRejection rejection, Stack<RowRange> left)
    {
        if (rejection.Row is { } guilty || range.Count == 1)
        {
            guilty = rejection.Row ?? range.Start;
            batch.Refuse(guilty, rejection.Fault);
            Push(left, new RowRange(guilty + 1, range.End));
            // The guilty row stays in a range, which writes nothing of it, so that it is counted in its place.
            Push(left, new RowRange(range.Start, guilty + 1));
            return;
        }
        int middle = range.Start + (range.Count / 2);
        Push(left, new RowRange(middle, range.End));
        Push(left, new RowRange(range.Start, middle));
    }

    private static void Push(Stack<RowRange> ranges, RowRange range)
    {
        if (range.Count > 0)
            ranges.Push(range);
    }

    private enum Mode
    {
        /// <summary>All ranges in one transaction.</summary>
        Whole,

        /// <summary>A transaction a range: where a refusal takes the whole transaction with it.</summary>
        OneByOne,
    }

    /// <param name="Committed">Ranges that are in the table, in order.</param>
    /// <param name="Left">Ranges yet to be written, in order.</param>
    /// <param name="Mode">How.</param>
    private sealed record Progress(List<RowRange> Committed, List<RowRange> Left, Mode Mode)
    {
        /// <summary>Whether the transaction at hand writes one range.</summary>
        public bool IsAtOneRange => Mode == Mode.OneByOne || Left.Count == 1;

        /// <summary>Whether the transaction at hand writes one row.</summary>
        public bool IsAtOneRow => IsAtOneRange && Left[0].Count == 1;

        /// <summary>The same with less in a transaction: one range, or half of it.</summary>
        public Progress Halved => IsAtOneRange ? (this with { Mode = Mode.OneByOne }).OfMost((Left[0].Count + 1) / 2) : this with { Mode = Mode.OneByOne };

        /// <summary>The same with so many rows in a range at most, of those that come next.</summary>
        public Progress OfMost(int rows) => Left[0].Count <= rows ? this
            : Mode == Mode.OneByOne ? this with { Left = [.. Left[0].Cut(rows), .. Left.Skip(1)] }
            : this with { Left = [.. Left.SelectMany(range => range.Cut(rows))] };
    }
}
