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
        List<RowRange> todo = [new RowRange(0, batch.Count)];
        bool oneByOne = false;
        while (todo.Count > 0)
        {
            Progress progress = batch.Good > 0
                ? await TransactWithRetryAsync(batch, todo, oneByOne, cancellationToken).ConfigureAwait(false)
                : WithoutDatabase(batch, todo);
            await ledger.PublishAsync(batch, progress.Committed, isLast: progress.Left.Count == 0, cancellationToken).ConfigureAwait(false);
            todo = progress.Left;
            // Where a refusal takes the whole transaction with it, each range gets one of its own.
            oneByOne = true;
        }
    }

    private async ValueTask<Progress> TransactWithRetryAsync(Batch batch, List<RowRange> todo, bool oneByOne, CancellationToken cancellationToken)
    {
        try
        {
            return await retry.ExecuteAsync(token => TransactAsync(batch, todo, oneByOne, token), cancellationToken).ConfigureAwait(false);
        }
        catch (TransientTargetException e)
        {
            throw Outage.Spent(e, options);
        }
    }

    private async ValueTask<Progress> TransactAsync(Batch batch, List<RowRange> todo, bool oneByOne, CancellationToken cancellationToken)
    {
        var left = new Stack<RowRange>(Enumerable.Reverse(todo));
        var written = new List<RowRange>();
        bool ended = false;
        try
        {
            await session.BeginAsync(cancellationToken).ConfigureAwait(false);
            while (left.TryPop(out RowRange range) && !(oneByOne && written.Count > 0))
            {
                RangeRejection? rejection = await session.WriteAsync(batch, range, cancellationToken).ConfigureAwait(false);
                if (rejection is null)
                    written.Add(range);
                else
                    Split(batch, range, rejection, left);
                if (rejection is { TransactionLost: true })
                    return new Progress([], [.. written, .. left]);
            }
            session.Settle(batch, written);
            ledger.WriteLetters(batch, written);
            RangeRejection? refusal = await session.CommitAsync(cancellationToken).ConfigureAwait(false);
            ended = refusal is null;
            if (refusal is null)
                return new Progress(written, [.. left]);
            foreach (RowRange range in Enumerable.Reverse(written))
                Split(batch, range, refusal, left);
            return new Progress([], [.. left]);
        }
        finally
        {
            if (!ended)
                await session.RollbackAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A batch of failed records only.</summary>
    private Progress WithoutDatabase(Batch batch, List<RowRange> todo)
    {
        ledger.WriteLetters(batch, todo);
        return new Progress(todo, []);
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

    /// <param name="Committed">Ranges that are in the table, in order.</param>
    /// <param name="Left">Ranges yet to be written, in order.</param>
    private readonly record struct Progress(List<RowRange> Committed, List<RowRange> Left);
}
