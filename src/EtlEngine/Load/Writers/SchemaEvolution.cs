namespace EtlTools.Engine.Load;

/// <summary>Lets the target widen its columns for the records of a batch that do not fit them, before the batch's transaction. One
/// writer's.</summary>
internal sealed class SchemaEvolution(ITargetSession session, LoadContext load)
{
    /// <summary>The batch, as the table is afterwards.</summary>
    public async ValueTask<Batch> FitAsync(Batch batch, CancellationToken cancellationToken)
    {
        if (load.Options.SchemaChange == SchemaChange.Freeze || batch.Unfit.Count == 0)
            return batch;
        bool anyFits = false;
        try
        {
            foreach (int row in batch.Unfit)
                anyFits |= await load.Retries.RunAsync(token => load.Target.WidenAsync(batch[row], load.Warn, token), cancellationToken).ConfigureAwait(false);
        }
        catch (EtlException e) when (load.Options.DeadLetterOutages && e.Code == FailureCodes.OutageBudgetSpent)
        {
            // What does not fit goes to the dead letter as it is, like the batches of the outage.
            return batch;
        }
        return anyFits ? batch.RejoinedIn(session.NewRows()) : batch;
    }
}
