namespace EtlTools.Engine.Load.Staged;

/// <summary>Says what became of the rows of a batch from what its statements did.</summary>
internal sealed class PieceOutcomes(Batch batch)
{
    private readonly List<(int[] Rows, PieceEffect Effect)> _pieces = [];

    /// <summary>How many statements have written rows that stand.</summary>
    public int Count => _pieces.Count;

    /// <summary>A statement has written rows.</summary>
    public void Add(int[] rows, PieceEffect effect)
    {
        _pieces.Add((rows, effect));
        Set(rows, effect, there: 0);
    }

    /// <summary>Only so many of the statements still stand.</summary>
    public void Keep(int count) => _pieces.RemoveRange(count, _pieces.Count - count);

    /// <summary>Marks the written rows whose key a later written row has again.</summary>
    public void Supersede(Duplicates duplicates)
    {
        // Which rows an earlier statement had written is known only now.
        var written = new HashSet<int>();
        foreach ((int[] rows, PieceEffect effect) in _pieces)
        {
            int[] there = [.. rows.Where(row => duplicates.Before(row).Any(written.Contains))];
            Set([.. there, .. rows.Except(there)], effect, there.Length);
            written.UnionWith(rows);
        }
        // What a transaction that was rolled back has left in the batch does not stand.
        bool Stands(int row) => written.Contains(row) && IsWritten(row);
        foreach ((int row, _) in duplicates.Pairs)
        {
            // A row between two of its key may have been refused.
            int later = Stands(row) ? duplicates.After(row).FirstOrDefault(Stands, -1) : -1;
            if (later < 0)
                continue;
            // A key's first row tells whether it was new, and a later one that changed nothing stands for the one that did.
            if (batch.OutcomeOf(row) == RowOutcome.Inserted || batch.OutcomeOf(later) == RowOutcome.Unchanged)
                batch.SetOutcome(later, batch.OutcomeOf(row));
            batch.SetOutcome(row, RowOutcome.Superseded);
        }
    }

    /// <summary>The database tells how many rows it inserted and updated, not which: rows whose key an earlier statement has written
    /// were there by then, and of the others any will do, since only the numbers are used.</summary>
    /// <param name="rows">The rows, those that were there first.</param>
    /// <param name="effect">What the statement did.</param>
    /// <param name="there">How many were there.</param>
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
