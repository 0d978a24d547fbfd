using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>
/// Finds or creates the plan of a load. If the number of shares has changed and none of the old shares is running, the new shares continue
/// from the earliest position of the old ones; everything after it is read again, in order.
/// </summary>
/// <param name="store">The watermark table, without an open transaction.</param>
/// <param name="name">The load's name.</param>
/// <param name="partition">The share.</param>
/// <param name="key">The columns of the key.</param>
/// <param name="now">The time.</param>
internal sealed class ShareOpening(WatermarkStore store, string name, Partition partition, IReadOnlyList<string> key, DateTimeOffset now)
{
    /// <param name="areFree">Whether no process holds any of these names; nobody can take one until the transaction ends.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public async ValueTask OpenAsync(Func<string[], ValueTask<bool>> areFree, CancellationToken cancellationToken)
    {
        await store.CreateAsync(cancellationToken).ConfigureAwait(false);
        await store.TransactAsync(
            async () =>
            {
                var own = new SharePlan { Count = partition.Count, Key = key };
                SharePlan? found = SharePlan.Parse(await store.LockPlanAsync(name, cancellationToken).ConfigureAwait(false));
                if (found is null or { Folded: not null })
                    await BeginAsync(own, found, cancellationToken).ConfigureAwait(false);
                else
                    await JoinAsync(own, found, areFree, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask BeginAsync(SharePlan own, SharePlan? before, CancellationToken cancellationToken)
    {
        if (before is not null)
            await RemoveAsync(before.Count, cancellationToken).ConfigureAwait(false);
        await SeedAsync(await store.ReadAsync(name, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        await store.WritePlanAsync(name, own.ToJson(), now, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask JoinAsync(SharePlan own, SharePlan found, Func<string[], ValueTask<bool>> areFree, CancellationToken cancellationToken)
    {
        string[] old = NamesOf(name, found.Count);
        if (await IsIdleAsync(found, old, areFree, cancellationToken).ConfigureAwait(false))
        {
            // The counters stay: the first records of a share may be loaded although no watermark covers them yet.
            if (found.Count != own.Count)
                await RemoveAsync(found.Count, cancellationToken).ConfigureAwait(false);
            await store.WritePlanAsync(name, own.ToJson(), now, cancellationToken).ConfigureAwait(false);
            return;
        }
        found.RequireSame(own, name);
        if (found.Count == own.Count)
            return;
        if (!await areFree(old).ConfigureAwait(false))
            throw SharePlan.Mismatch(
                FormattableString.Invariant($"'{name}' is being loaded in {found.Count} shares, but this one is {partition} of {own.Count}. Start it with -Count {found.Count}, or stop the others first: when none of them is running, {own.Count} shares continue where they stopped."));
        IReadOnlyList<Watermark> least = await LeastAsync(store, name, found.Count, cancellationToken).ConfigureAwait(false);
        await RemoveAsync(found.Count, cancellationToken).ConfigureAwait(false);
        await SeedAsync(least, cancellationToken).ConfigureAwait(false);
        await store.WritePlanAsync(name, (found with { Count = own.Count }).ToJson(), now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Whether a plan was never used: no share has a watermark, and no other share is running.</summary>
    private async ValueTask<bool> IsIdleAsync(SharePlan found, string[] old, Func<string[], ValueTask<bool>> areFree, CancellationToken cancellationToken)
    {
        if (found.Count == partition.Count && found.Sources.Count == 0 && found.Key.SequenceEqual(key))
            return false;
        return (await MarksAsync(store, old, cancellationToken).ConfigureAwait(false)).Count == 0
            && await areFree([.. old.Where(share => share != partition.WatermarkOf(name))]).ConfigureAwait(false);
    }

    /// <summary>The names of all shares' watermarks.</summary>
    public static string[] NamesOf(string name, int count) => [.. Enumerable.Range(0, count).Select(index => new Partition(index, count, "").WatermarkOf(name))];

    /// <summary>The earliest position of all shares. If one of them has not started a source, none has.</summary>
    public static async ValueTask<IReadOnlyList<Watermark>> LeastAsync(WatermarkStore store, string name, int count, CancellationToken cancellationToken)
    {
        List<Watermark> all = await MarksAsync(store, NamesOf(name, count), cancellationToken).ConfigureAwait(false);
        return [.. all.GroupBy(mark => (mark.Source, mark.Fingerprint))
            .Where(marks => marks.Count() == count && marks.Select(mark => mark.Cursor).Distinct().Count() == 1)
            .Select(marks => marks.MinBy(mark => mark.Row)!)];
    }

    private static async ValueTask<List<Watermark>> MarksAsync(WatermarkStore store, string[] names, CancellationToken cancellationToken)
    {
        var wanted = names.ToHashSet();
        return [.. (await store.ReadAsync(null, cancellationToken).ConfigureAwait(false)).Where(mark => wanted.Contains(mark.Name))];
    }

    private async ValueTask RemoveAsync(int count, CancellationToken cancellationToken)
    {
        foreach (string share in NamesOf(name, count))
            await store.RemoveNameAsync(share, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask SeedAsync(IReadOnlyList<Watermark> marks, CancellationToken cancellationToken)
    {
        if (marks.Count == 0)
            return;
        foreach (string share in NamesOf(name, partition.Count))
        {
            foreach (Watermark mark in marks)
                await store.SetAsync(mark with { Name = share }, cancellationToken).ConfigureAwait(false);
        }
    }
}
