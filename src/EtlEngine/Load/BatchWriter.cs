using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Load;

/// <summary>
/// Writes one batch at a time: one transaction where nothing is wrong with the data. A range that the database refuses as a
/// whole is split until its guilty rows are alone; what fails in passing is tried again and never split.
/// </summary>
internal sealed class BatchWriter(ITargetSession session, RetryPolicy retry, LoadLedger ledger, LoadOptions options)
{
    /// <summary>Writes and commits the batch, and hands on what comes out of it.</summary>
    public async ValueTask LoadAsync(Batch batch, CancellationToken cancellationToken)
    {
        var progress = new Progress([], [new RowRange(0, batch.Count)], Mode.Whole);
        while (progress.Left.Count > 0)
        {
            progress = batch.Good > 0
                ? await TransactWithRetryAsync(batch, progress, cancellationToken).ConfigureAwait(false)
                : WithoutDatabase(batch, progress.Left);
            await ledger.PublishAsync(batch, progress.Committed, isLast: progress.Left.Count == 0, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Progress> TransactWithRetryAsync(Batch batch, Progress start, CancellationToken cancellationToken)
    {
        try
        {
            return await retry.ExecuteAsync(token => TransactAsync(batch, start, token), cancellationToken).ConfigureAwait(false);
        }
        catch (TransientTargetException e)
        {
            throw Outage.Spent(e, options);
        }
    }

    private async ValueTask<Progress> TransactAsync(Batch batch, Progress start, CancellationToken cancellationToken)
    {
        var left = new Stack<RowRange>(Enumerable.Reverse(start.Left));
        var written = new List<RowRange>();
        bool ended = false;
        try
        {
            await session.BeginAsync(cancellationToken).ConfigureAwait(false);
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
            if (start.Mode == Mode.Whole && await AnyPassesNowAsync(batch, written, cancellationToken).ConfigureAwait(false))
                return start with { Mode = Mode.WholeAgain };
            session.Settle(batch, written);
            ledger.WriteLetters(batch, written);
            RangeRejection? refusal = await session.CommitAsync(cancellationToken).ConfigureAwait(false);
            ended = refusal is null;
            if (refusal is null)
                return new Progress(written, [.. left], start.Mode);
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

    /// <summary>
    /// A row that was alone when a constraint at the transaction's end refused it may name a row of the batch that came
    /// later. Tries those rows again now that the others are written; when one passes, all is to be written again in its order.
    /// </summary>
    private async ValueTask<bool> AnyPassesNowAsync(Batch batch, List<RowRange> written, CancellationToken cancellationToken)
    {
        bool any = false;
        foreach (RowRange alone in written.Where(range => range.Count == 1 && batch.IsRefusedFor(range.Start, ErrorCodes.ForeignKeyViolation)))
        {
            batch.Reopen(alone.Start);
            RangeRejection? rejection = await session.WriteAsync(batch, alone, cancellationToken).ConfigureAwait(false);
            if (rejection is not null)
                batch.Refuse(alone.Start, rejection.Fault);
            any |= rejection is null;
        }
        return any;
    }

    /// <summary>A batch of failed records only.</summary>
    private Progress WithoutDatabase(Batch batch, List<RowRange> todo)
    {
        ledger.WriteLetters(batch, todo);
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

        /// <summary>The same again, with rows that turned out to be innocent.</summary>
        WholeAgain,

        /// <summary>A transaction a range: where a refusal takes the whole transaction with it.</summary>
        OneByOne,
    }

    /// <param name="Committed">Ranges that are in the table, in order.</param>
    /// <param name="Left">Ranges yet to be written, in order.</param>
    /// <param name="Mode">How.</param>
    private sealed record Progress(List<RowRange> Committed, List<RowRange> Left, Mode Mode);
}
