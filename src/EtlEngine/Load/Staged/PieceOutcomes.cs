namespace EtlTools.Engine.Load.Staged;

/// <summary>Determines the outcome of each row of a batch from the effects of its statements.</summary>
internal sealed class PieceOutcomes(Batch batch)
{
    private readonly List<(int[] Rows, PieceEffect Effect)> _pieces = [];

    /// <summary>How many statements have written rows that remain.</summary>
    public int Count => _pieces.Count;

    /// <summary>A statement has written rows.</summary>
    public void Add(int[] rows, PieceEffect effect)
    {
        _pieces.Add((rows, effect));
        Set(rows, effect, there: 0);
    }

    /// <summary>Only so many of the statements remain.</summary>
    public void Keep(int count) => _pieces.RemoveRange(count, _pieces.Count - count);

    /// <summary>Marks the written rows whose key also belongs to a later written row.</summary>
    public void Supersede(Duplicates duplicates)
    {
        // Only now it is known which rows an earlier statement had written.
        var written = new HashSet<int>();
        foreach ((int[] rows, PieceEffect effect) in _pieces)
        {
            int[] there = [.. rows.Where(row => duplicates.Before(row).Any(written.Contains))];
            Set([.. there, .. rows.Except(there)], effect, there.Length);
            written.UnionWith(rows);
        }
        // Outcomes from a transaction that was rolled back do not count.
        bool Stands(int row) => written.Contains(row) && IsWritten(row);
        foreach ((int row, _) in duplicates.Pairs)
        {
            // A row between two rows of the same key may have been refused.
            int later = Stands(row) ? duplicates.After(row).FirstOrDefault(Stands, -1) : -1;
            if (later < 0)
                continue;
            // The first row of a key tells whether it was new; a later one that changed nothing counts for the one that did.
            if (batch.OutcomeOf(row) == RowOutcome.Inserted || batch.OutcomeOf(later) == RowOutcome.Unchanged)
                batch.SetOutcome(later, batch.OutcomeOf(row));
            batch.SetOutcome(row, RowOutcome.Superseded);
        }
    }

    /// <summary>The database says how many rows it inserted and updated, but not which. Rows whose key an earlier statement has written
    /// existed by then; among the others any choice will do, because only the numbers are used.</summary>
    /// <param name="rows">The rows, existing ones first.</param>
    /// <param name="effect">What the statement did.</param>
    /// <param name="there">How many of them existed.</param>
    private void Set(int[] rows, PieceEffect effect, int there)
    {
        long inserted = effect.Inserted ?? 0;
        long updated = effect.Written - inserted;
        for (int i = 0; i < rows.Length; i++)
        {
            RowOutcome outcome = RowOutcome.Unchanged;
            if (inserted > 0 && i >= there)
                (outcome, inserted) = (RowOutcome.Inserted, inserted - 1);
            else if (updated > 0)
                (outcome, updated) = (effect.Inserted is null ? RowOutcome.Written : RowOutcome.Updated, updated - 1);
            batch.SetOutcome(rows[i], outcome);
        }
    }

    private bool IsWritten(int row) =>
        batch.OutcomeOf(row) is RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Written or RowOutcome.Unchanged;
}
