namespace EtlTools.Engine.Report;

/// <summary>Finds the runs that a schedule expects and that did not begin.</summary>
internal static class Schedule
{
    /// <summary>How much earlier than expected a run may begin, as a part of the interval.</summary>
    private const int Early = 10;

    /// <summary>More gaps than anybody wants to see: the interval is not the one of these runs.</summary>
    private const int MaxMissed = 1000;

    /// <summary>
    /// The moments at which a run should have begun. They are counted from the beginning of the first run, or from
    /// <paramref name="since"/> if there is none. A run is missed when none begins from a tenth of the interval before its moment to a
    /// tenth before the next one; the last one when half the interval has passed.
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
        // A report that begins before the first run expects runs there, too.
        while (since < first - every + (every / Early))
            first -= every;
        TimeSpan early = every / Early;
        int next = 0;
        for (DateTimeOffset due = first; due + (every / 2) <= end && missed.Count < MaxMissed; due += every)
        {
            while (next < starts.Count && starts[next] < due - early)
                next++;
            if (next == starts.Count || starts[next] >= due + every - early)
                missed.Add(due);
        }
        return missed;
    }
}
