using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>
/// The counters of a share across its attempts. Records that the share's watermark covers have been counted, whether an attempt reads them
/// again or not. There is one writer, so committed records are a prefix of the share's records.
/// </summary>
internal sealed class ShareProgress(ShareCounts stored, IReadOnlyList<Watermark> marks)
{
    // Counters without a watermark belong to a watermark that was removed, unless there were only the first records.
    private ShareStep _step = marks.Count > 0 || stored.Received == stored.Tail
        ? new ShareStep(stored with { Done = false }, stored.Tail, default, 0)
        : new ShareStep(new ShareCounts(), 0, default, 0);

    private SourceInfo? _source;
    private Watermark? _mark;
    private bool _isEnded;

    /// <summary>The input has ended.</summary>
    /// <param name="isWhole">Whether it was read to its end.</param>
    public void End(bool isWhole) => _isEnded = isWhole;

    /// <summary>What to store when rows are committed.</summary>
    /// <param name="batch">Their batch; null at the end.</param>
    /// <param name="ranges">The rows.</param>
    /// <param name="covered">The watermark after them; null if it does not move.</param>
    public ShareStep Plan(Batch? batch, IReadOnlyList<RowRange> ranges, Checkpoint? covered)
    {
        ShareStep step = batch is null ? _step with { Counts = _step.Counts with { Done = _isEnded } } : Count(batch, ranges);
        bool isCovered = step.Group == 0 || (covered is not null && Covers(covered.Position, step.Last));
        return step with { Counts = step.Counts with { Tail = isCovered ? 0 : step.Group } };
    }

    /// <summary>The rows are committed.</summary>
    public void Commit(ShareStep step) => _step = step;

    /// <summary>These rows need no transaction; they are stored with the next one.</summary>
    public void Add(Batch batch, IReadOnlyList<RowRange> ranges) => _step = Count(batch, ranges);

    private ShareStep Count(Batch batch, IReadOnlyList<RowRange> ranges)
    {
        var counts = new OutcomeCounts();
        int insertedAgain = 0;
        (int again, SourcePosition last, int group) = (_step.Again, _step.Last, _step.Group);
        foreach (RowRange range in ranges)
        {
            for (int row = range.Start; row < range.End; row++)
            {
                Record record = batch[row];
                if (record is { HasPosition: true, Error: not { HasOvertaken: true } })
                    (group, last) = record.Position == last ? (group + 1, last) : (1, record.Position);
                RowOutcome outcome = batch.OutcomeOf(row);
                if (IsCounted(record) || again-- > 0)
                {
                    insertedAgain += outcome == RowOutcome.Inserted ? 1 : 0;
                    continue;
                }
                counts.Add(batch.MayHaveBeenCommitted && outcome is RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Unchanged ? RowOutcome.Written : outcome);
            }
        }
        // The database says how many rows it inserted, but not which: rows that existed already were not inserted.
        counts.Move(insertedAgain, RowOutcome.Updated, RowOutcome.Inserted);
        return new ShareStep(_step.Counts.Plus(counts), Math.Max(again, 0), last, group);
    }

    /// <summary>Whether an earlier attempt has moved the watermark past the record.</summary>
    private bool IsCounted(Record record)
    {
        if (marks.Count == 0 || !record.HasPosition)
            return false;
        SourcePosition position = record.Position;
        if (!ReferenceEquals(position.Source, _source))
        {
            _source = position.Source;
            _mark = marks.FirstOrDefault(mark => mark.IsOf(position.Source) && mark.Cursor == position.Source.Cursor);
        }
        return _mark is not null && position.Row <= _mark.Row;
    }

    private static bool Covers(SourcePosition covered, SourcePosition position) =>
        covered == position || (covered.Source.IsSameAs(position.Source) && covered.Source.Cursor == position.Source.Cursor && position.Row <= covered.Row);
}

/// <summary>The state of a share's counters when a transaction commits.</summary>
/// <param name="Counts">The counters.</param>
/// <param name="Again">How many of the next records an earlier attempt has counted.</param>
/// <param name="Last">The position of the last record.</param>
/// <param name="Group">How many of the last records have that position.</param>
internal sealed record ShareStep(ShareCounts Counts, int Again, SourcePosition Last, int Group);
