namespace EtlTools.Engine.Report;

/// <summary>Finds the periods in which a database did not accept batches.</summary>
internal static class Outages
{
    /// <summary>Failed attempts with a longer gap belong to two outages, unless a breaker was open in between.</summary>
    private static readonly TimeSpan MaxGap = TimeSpan.FromMinutes(1);

    /// <summary>The outages of a run.</summary>
    /// <param name="failures">Its batches that were not loaded.</param>
    /// <param name="session">Its session; null if that is not known.</param>
    /// <param name="breakers">The periods in which breakers were open.</param>
    public static IReadOnlyList<OutageBand> Of(IEnumerable<BatchFailure> failures, string? session, IReadOnlyList<BreakerBand> breakers)
    {
        var outages = new List<OutageBand>();
        foreach (BatchFailure failure in failures.Where(failure => failure.TriedAgain).OrderBy(failure => failure.Time))
        {
            DateTimeOffset from = failure.Time - failure.Took;
            if (outages.Count > 0 && outages[^1] is var last && from <= last.To + MaxGap)
                outages[^1] = last with { To = End(failure), Failures = last.Failures + 1, Code = failure.Code };
            else
                outages.Add(new OutageBand(from, End(failure), 1, failure.Code));
        }
        return outages;

        DateTimeOffset End(BatchFailure failure) =>
            breakers.FirstOrDefault(band => (band.SessionId is null || session is null || band.SessionId == session)
                && band.OpenedAt <= failure.Time + TimeSpan.FromSeconds(1) && band.ClosedAt > failure.Time)?.ClosedAt ?? failure.Time;
    }
}
