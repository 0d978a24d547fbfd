namespace EtlTools.Engine.Report;

/// <summary>Finds the runs that a schedule expects but that did not start.</summary>
internal static class Schedule
{
    /// <summary>How much earlier than expected a run may start, as a fraction of the interval.</summary>
    private const int Early = 10;

    /// <summary>With more gaps than this, the interval does not belong to these runs.</summary>
    private const int MaxMissed = 1000;

    /// <summary>
    /// The times at which a run should have started, counted from the start of the first run, or from <paramref name="since"/> if there is
    /// none. A run is missed if none starts between a tenth of the interval before its time and a tenth before the next one; the last run,
    /// if half the interval has passed.
    /// </summary>
    /// <param name="starts">When runs began, in order.</param>
    /// <param name="every">The interval.</param>
    /// <param name="since">The beginning of the report.</param>
    /// <param name="end">Its end, at most now.</param>
    public static IReadOnlyList<DateTimeOffset> Missed(IReadOnlyList<DateTimeOffset> starts, TimeSpan every, DateTimeOffset? since, DateTimeOffset end)
    {
        var missed = new List<DateTimeOffset>();
        if ((starts.Count > 0 ? starts[0] : since) is not { } first)
            return missed;
        TimeSpan early = every / Early;
        // If the report starts before the first run, runs are expected there, too.
        if (since is { } from)
        {
            long before = Math.Max(0, Math.Min((first - from + early).Ticks, first.UtcTicks) - 1);
            first = first.AddTicks(-(before - (before % every.Ticks)));
        }
        int next = 0;
        for (DateTimeOffset due = first; due + (every / 2) <= end && missed.Count < MaxMissed; due += every)
        {
            while (next < starts.Count && starts[next] + early < due)
                next++;
            if (next == starts.Count || starts[next] >= due + every - early)
                missed.Add(due);
        }
        return missed;
    }
}
