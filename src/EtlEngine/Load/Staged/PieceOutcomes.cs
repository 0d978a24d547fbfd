namespace EtlTools.Engine.Load.Staged;

/// <summary>Says what became of the rows of a batch from what its statements did.</summary>
internal sealed class PieceOutcomes(Batch batch)
{
    /// <summary>The database tells how many rows it inserted and updated, not which: rows whose key came before in the batch
    /// were there by then, and of the others any will do, since only the numbers are used.</summary>
    public void Set(int[] rows, PieceEffect effect, Duplicates? duplicates)
    {
        long inserted = effect.Inserted ?? 0;
        long updated = effect.Written - inserted;
        foreach (int row in rows)
        {
            RowOutcome outcome = RowOutcome.Unchanged;
            if (updated > 0 && (inserted == 0 || duplicates?.IsLater(row, 0) == true))
                (outcome, updated) = (effect.Inserted is null ? RowOutcome.Written : RowOutcome.Updated, updated - 1);
            else if (inserted > 0)
                (outcome, inserted) = (RowOutcome.Inserted, inserted - 1);
            batch.SetOutcome(row, outcome);
        }
    }

    /// <summary>Marks the written rows whose key a later written row has again.</summary>
    public void Supersede(Duplicates duplicates)
    {
        foreach ((int row, int next) in duplicates.Pairs)
        {
            if (!IsWritten(row) || !IsWritten(next))
                continue;
            // A key's first row tells whether it was new, and a later one that changed nothing stands for the one that did.
            if (batch.OutcomeOf(row) == RowOutcome.Inserted || batch.OutcomeOf(next) == RowOutcome.Unchanged)
                batch.SetOutcome(next, batch.OutcomeOf(row));
            batch.SetOutcome(row, RowOutcome.Superseded);
        }
    }

    private bool IsWritten(int row) =>
        batch.OutcomeOf(row) is RowOutcome.Inserted or RowOutcome.Updated or RowOutcome.Written or RowOutcome.Unchanged;
}
