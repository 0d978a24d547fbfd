namespace EtlTools.Engine.Load.Staged;

/// <summary>
/// Splits the rows of a batch into pieces that one statement writes with the effect of one row after the other. It knows the batch and
/// what the table is like, and asks no database.
/// </summary>
/// <param name="batch">The batch, of staged rows.</param>
/// <param name="table">The target.</param>
/// <param name="options">The load.</param>
/// <param name="writesOneByOne">Whether a statement may write one row of a plan at a time only.</param>
internal sealed class BatchPieces(Batch batch, StagedTable table, LoadOptions options, Func<StagedPlan, bool> writesOneByOne)
{
    private readonly StagedRows _rows = (StagedRows)batch.Rows;

    /// <summary>Which rows have the same key; null until that is asked.</summary>
    public Duplicates? Duplicates { get; set; }

    /// <summary>Whether each row of a key is to be written, and the last one does not stand for all: the database may refuse one, or an
    /// earlier one may be newer.</summary>
    private bool EachRowCounts => table.EachRowCounts || options.UpdateWhenNewer is not null;

    /// <summary>The pieces of a range, in order. Each is made when it is asked for.</summary>
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

    /// <summary>The rows from a start on that one statement can write; no plan where none of them is good.</summary>
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

    /// <summary>Whether another row of the range stands for this one: the last of a key, or the first where existing rows stay as
    /// they are.</summary>
    private bool IsLeftOut(int row, RowRange range) =>
        Duplicates is { Any: true } duplicates && (options.InsertOnly
            ? duplicates.Before(row).TakeWhile(other => other >= range.Start).Any(batch.IsGood)
            : duplicates.After(row).TakeWhile(other => other < range.End).Any(batch.IsGood));

    /// <summary>Where each row is to be written, those of one key are written one after another: first the first of each key in the
    /// range, then the second ones.</summary>
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
/// <param name="Range">Where the rows are in the batch.</param>
/// <param name="Staged">All staged rows of the range.</param>
/// <param name="LeftOut">Good rows that another one stands for.</param>
/// <param name="Layers">The rows to be written: by one statement each, one after another.</param>
internal sealed record Piece(StagedPlan Plan, RowRange Range, int[] Staged, int[] LeftOut, int[][] Layers)
{
    /// <summary>The staged rows of the range that a layer's statement passes over.</summary>
    public int[] Without(int[] layer) => layer.Length == Staged.Length ? [] : [.. Staged.Except(layer)];
}
