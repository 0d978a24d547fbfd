using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>Pins the sources of a load in its plan as the shares reach them.</summary>
internal sealed class SharePins(WatermarkStore store, string name, Partition partition)
{
    /// <inheritdoc cref="ITarget.PinSourceAsync"/>
    public ValueTask<int> PinAsync(SourceInfo source, int previous, CancellationToken cancellationToken) => store.TransactAsync(
        async () =>
        {
            SharePlan? plan = SharePlan.Parse(await store.LockPlanAsync(name, cancellationToken).ConfigureAwait(false));
            // Meanwhile another number of shares, or an unshared load, has taken over.
            if (plan is null || plan.Count != partition.Count || plan.Folded is not null)
                throw WatermarkFailures.InUse(name);
            SharePlan pinned = plan.With(name, source, previous, out int place);
            if (!ReferenceEquals(pinned, plan))
                await store.WritePlanAsync(name, pinned.ToJson(), TimeProvider.System.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            return place;
        },
        cancellationToken);
}
