using EtlTools.Engine.Partitions;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load.Shares;

/// <summary>A load in shares, as its database knows it, for callers that are not one of the shares.</summary>
internal sealed class ShareJob(TargetOptions options, string table, string name, TimeProvider time)
{
    /// <summary>The position from which a share continues.</summary>
    /// <param name="partition">The share; an unshared load has one.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <returns>Watermarks; none to start at the beginning.</returns>
    public Task<IReadOnlyList<Watermark>> ReadOnAsync(Partition partition, CancellationToken cancellationToken) => UseAsync<IReadOnlyList<Watermark>>(
        async store =>
        {
            SharePlan? plan = SharePlan.Parse(await store.ReadPlanAsync(name, cancellationToken).ConfigureAwait(false));
            if (plan is null or { Folded: not null })
                return await store.ReadAsync(name, cancellationToken).ConfigureAwait(false);
            return plan.Count == partition.Count
                ? await store.ReadAsync(partition.WatermarkOf(name), cancellationToken).ConfigureAwait(false)
                : await ShareOpening.LeastAsync(store, name, plan.Count, cancellationToken).ConfigureAwait(false);
        },
        [], cancellationToken);

    /// <summary>Checks whether all shares are complete, and then merges their watermarks.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="fold">Whether to merge the watermarks; otherwise only the state is returned.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public Task<ShareReport> CompleteAsync(int count, bool fold, CancellationToken cancellationToken) => UseAsync(
        async store =>
        {
            if (KnownFrom(SharePlan.Parse(await store.ReadPlanAsync(name, cancellationToken).ConfigureAwait(false)), count) is { } known)
                return known;
            return await store.TransactAsync(
                async () =>
                {
                    // Another process may have merged the shares, or a share added a source, before the lock was free.
                    SharePlan? plan = SharePlan.Parse(await store.LockPlanAsync(name, cancellationToken).ConfigureAwait(false));
                    if (KnownFrom(plan, count) is { } settled)
                        return settled;
                    ShareReport report = Report(count, await ReadAsync(store, count, cancellationToken).ConfigureAwait(false));
                    if (report.IsComplete && fold)
                        await FoldAsync(store, plan!, report, cancellationToken).ConfigureAwait(false);
                    return report;
                },
                cancellationToken).ConfigureAwait(false);
        },
        NotBegun(count), cancellationToken);

    /// <param name="use">What to do with the watermark table.</param>
    /// <param name="nothing">The result if there is no database yet.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    private async Task<T> UseAsync<T>(Func<WatermarkStore, ValueTask<T>> use, T nothing, CancellationToken cancellationToken)
    {
        try
        {
            return await Watermarks.UseAsync(options, table, use, cancellationToken).ConfigureAwait(false);
        }
        catch (EtlException e) when (e.Code == FailureCodes.TableNotFound)
        {
            return nothing;
        }
    }

    /// <summary>The report that a plan alone gives; null where it needs the shares.</summary>
    private ShareReport? KnownFrom(SharePlan? plan, int count) => plan switch
    {
        null => NotBegun(count),
        _ when plan.Count != count => throw SharePlan.Mismatch(FormattableString.Invariant($"'{name}' is loaded in {plan.Count} shares, not in {count}. Use -Count {plan.Count}.")),
        { Folded: { } sums } => new ShareReport(name, count, true, sums, []),
        _ => null,
    };

    private ShareReport NotBegun(int count) => Report(count, [.. Enumerable.Range(0, count).Select(index => new ShareState(index, null, []))]);

    private async ValueTask<List<ShareState>> ReadAsync(WatermarkStore store, int count, CancellationToken cancellationToken)
    {
        ILookup<string, Watermark> marks = (await store.ReadAsync(null, cancellationToken).ConfigureAwait(false)).ToLookup(mark => mark.Name);
        var states = new List<ShareState>();
        foreach ((int index, string share) in ShareOpening.NamesOf(name, count).Index())
        {
            string? counts = await store.ReadCountsAsync(share, cancellationToken).ConfigureAwait(false);
            states.Add(new ShareState(index, counts is null ? null : ShareCounts.Parse(counts), [.. marks[share]]));
        }
        return states;
    }

    /// <summary>All shares have read their input to its end, and to the same end.</summary>
    private ShareReport Report(int count, List<ShareState> states)
    {
        var ends = states.SelectMany(state => state.Marks).GroupBy(mark => (mark.Source, mark.Fingerprint)).ToDictionary(marks => marks.Key, marks => marks.Max(mark => (mark.Row, mark.ByteOffset)));
        List<ShareState> judged = [.. states.Select(state => state with
        {
            IsComplete = state.Counts is { Done: true } && state.Marks.Count == ends.Count && state.Marks.All(mark => (mark.Row, mark.ByteOffset) == ends[(mark.Source, mark.Fingerprint)]),
        })];
        ShareCounts sums = judged.Aggregate(new ShareCounts(), (sum, state) => state.Counts is null ? sum : sum.Plus(state.Counts));
        return new ShareReport(name, count, judged.TrueForAll(state => state.IsComplete), sums, judged);
    }

    private async ValueTask FoldAsync(WatermarkStore store, SharePlan plan, ShareReport report, CancellationToken cancellationToken)
    {
        foreach (IGrouping<(string Source, string Fingerprint), Watermark> marks in report.Shares.SelectMany(share => share.Marks).GroupBy(mark => (mark.Source, mark.Fingerprint)))
        {
            string? largest = marks.Where(mark => mark.Value is { Length: > 0 }).Select(mark => WatermarkValue.Parse(mark.Value!)!).Max()?.ToString();
            await store.SetAsync(marks.First() with { Name = name, Value = largest, UpdatedAt = time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
        }
        foreach (string share in ShareOpening.NamesOf(name, plan.Count))
            await store.RemoveNameAsync(share, cancellationToken).ConfigureAwait(false);
        await store.WritePlanAsync(name, (plan with { Folded = report.Counts }).ToJson(), time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }
}

/// <summary>The progress of a load in shares.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many shares there are.</param>
/// <param name="IsComplete">Whether all of them are complete.</param>
/// <param name="Counts">What they have done together.</param>
/// <param name="Shares">The shares; none after they were merged.</param>
internal sealed record ShareReport(string Name, int Count, bool IsComplete, ShareCounts Counts, IReadOnlyList<ShareState> Shares);

/// <summary>The progress of one share.</summary>
/// <param name="Index">The number of the share.</param>
/// <param name="Counts">Its counters; null before its first batch.</param>
/// <param name="Marks">How far its sources are loaded.</param>
internal sealed record ShareState(int Index, ShareCounts? Counts, IReadOnlyList<Watermark> Marks)
{
    public bool IsComplete { get; init; }
}
