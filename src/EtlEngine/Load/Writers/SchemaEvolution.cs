namespace EtlTools.Engine.Load;

/// <summary>Lets the target widen its columns for records that do not fit them, before the transaction of their batch. Belongs to one
/// writer.</summary>
internal sealed class SchemaEvolution(ITargetSession session, LoadContext load)
{
    /// <summary>The batch for the table as it is afterwards.</summary>
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
            // Records that do not fit go to the dead letter, as they do in an outage.
            return batch;
        }
        return anyFits ? batch.RejoinedIn(session.NewRows()) : batch;
    }
}
