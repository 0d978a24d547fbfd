namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// Splits the rows of a batch into pieces, each of which one statement can write with the effect of one row after another. It knows the
/// batch and the table, and does not ask the database.
/// </summary>
/// <param name="batch">The batch, of staged rows.</param>
/// <param name="table">The target.</param>
/// <param name="options">The load.</param>
/// <param name="writesOneByOne">Whether a statement may write only one row of a plan at a time.</param>
internal sealed class BatchPieces(Batch batch, StagedTable table, LoadOptions options, Func<StagedPlan, bool> writesOneByOne)
{
    private readonly StagedRows _rows = (StagedRows)batch.Rows;

    /// <summary>Which rows have the same key; null until it is needed.</summary>
    public Duplicates? Duplicates { get; set; }

    /// <summary>Whether each row of a key must be written, instead of only the last one: the database may refuse one, an earlier one may be
    /// newer, or only the first one may set all columns.</summary>
    private bool EachRowCounts => table.EachRowCounts || options.UpdateWhenNewer is not null || options.UpdateColumn is not null;

    /// <summary>The pieces of a range, in order; each is created when it is asked for.</summary>
    public IEnumerable<Piece> Of(RowRange range)
    {
        for (int start = range.Start; start < range.End;)
        {
            RowRange next = Next(start, range.End, out StagedPlan? plan);
            start = next.End;
            if (plan is not null)
                yield return PieceOf(plan, next);
        }
    }

    /// <summary>The rows from a position on that one statement can write; no plan if none of them is good.</summary>
    private RowRange Next(int start, int end, out StagedPlan? plan)
    {
        plan = null;
        int row = start;
        for (; row < end; row++)
        {
            if (!batch.IsGood(row))
                continue;
            StagedPlan own = _rows.PlanOf(row)!;
            bool isFirst = plan is null;
            plan ??= own;
            bool belongs = ReferenceEquals(own, plan) && !writesOneByOne(plan) && !(table.OrderMatters && Duplicates?.IsLater(row, start) == true);
            if (!isFirst && !belongs)
                break;
        }
        return new RowRange(start, row);
    }

    private Piece PieceOf(StagedPlan plan, RowRange range)
    {
        int[] staged = [.. Enumerable.Range(range.Start, range.Count).Where(row => _rows.PlanOf(row) is not null)];
        int[] good = Array.TrueForAll(staged, batch.IsGood) ? staged : [.. staged.Where(batch.IsGood)];
        int[] leftOut = EachRowCounts || Duplicates is not { Any: true } ? [] : [.. good.Where(row => IsLeftOut(row, range))];
        return new Piece(plan, range, staged, leftOut, [.. Layers(leftOut.Length == 0 ? good : [.. good.Except(leftOut)], range)]);
    }

    /// <summary>Whether another row of the range replaces this one: the last one of a key, or the first one if existing rows stay as they
    /// are.</summary>
    private bool IsLeftOut(int row, RowRange range) =>
        Duplicates is { Any: true } duplicates && (options.InsertOnly
            ? duplicates.Before(row).TakeWhile(other => other >= range.Start).Any(batch.IsGood)
            : duplicates.After(row).TakeWhile(other => other < range.End).Any(batch.IsGood));

    /// <summary>If each row must be written, the rows of one key are written one after another: the first row of each key in the range,
    /// then the second ones, and so on.</summary>
    private IEnumerable<int[]> Layers(int[] rows, RowRange range)
    {
        if (!EachRowCounts || Duplicates is not { Any: true } duplicates)
            return rows.Length == 0 ? [] : [rows];
        return rows
            .GroupBy(row => duplicates.Before(row).TakeWhile(other => other >= range.Start).Count(batch.IsGood))
            .OrderBy(layer => layer.Key).Select(layer => layer.ToArray());
    }
}

/// <summary>Rows that are written by the statement of one plan.</summary>
/// <param name="Plan">The columns.</param>
/// <param name="Range">The position of the rows in the batch.</param>
/// <param name="Staged">All staged rows of the range.</param>
/// <param name="LeftOut">Good rows that another row replaces.</param>
/// <param name="Layers">The rows to write, with one statement for each layer, one after another.</param>
internal sealed record Piece(StagedPlan Plan, RowRange Range, int[] Staged, int[] LeftOut, int[][] Layers)
{
    /// <summary>The staged rows of the range that the statement of a layer skips.</summary>
    public int[] Without(int[] layer) => layer.Length == Staged.Length ? [] : [.. Staged.Except(layer)];
}
