using System.Diagnostics.Metrics;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Telemetry;

/// <summary>
/// The metrics of the process, under the meter EtlTools; dotnet-counters and other .NET listeners can read them. The instruments read the
/// stages' counters when asked, so records cause no extra work.
/// </summary>
internal static class EtlMeter
{
    /// <summary>The meter's and the activity source's name.</summary>
    public const string Name = "EtlTools";

    private static readonly Meter Meter = new(Name, typeof(EtlMeter).Assembly.GetName().Version?.ToString(3));
    private static readonly Lock Sync = new();
    private static readonly List<WeakReference<BreakerRegistry>> Breakers = [];

    static EtlMeter()
    {
        Counter("etltools.records.in", "Records that arrived at a stage.", sums => sums.In);
        Counter("etltools.records.made", "Records that a stage made.", sums => sums.Made);
        Counter("etltools.records.out", "Good records that left a stage.", sums => sums.Out);
        Counter("etltools.records.filtered", "Records that a stage dropped on purpose.", sums => sums.Filtered);
        Counter("etltools.records.failed", "Records that failed in a stage.", sums => sums.Failed);
        Counter("etltools.records.forwarded", "Failed records that passed a stage.", sums => sums.Forwarded);
        Meter.CreateObservableCounter("etltools.retries", () => Measure(sums => sums.Retries), "{retry}", "Calls that were tried again.");
        Meter.CreateObservableUpDownCounter("etltools.queue.depth", () => Measure(sums => sums.Held), "{record}", "Records inside a stage.");
        Meter.CreateObservableGauge("etltools.runs.active", () => LiveRuns.Book.Live.Count, "{run}", "Active runs.");
        Meter.CreateObservableGauge("etltools.breaker.state", BreakerStates, "{state}", "0 closed, 1 half-open, 2 open.");
    }

    internal static Histogram<double> BatchSeconds { get; } = Meter.CreateHistogram<double>("etltools.batch.duration", "s", "How long a batch took to load.");

    /// <summary>Publishes the breakers of a session, as long as the session exists.</summary>
    public static void Watch(BreakerRegistry breakers)
    {
        lock (Sync)
        {
            Breakers.RemoveAll(known => !known.TryGetTarget(out _));
            Breakers.Add(new WeakReference<BreakerRegistry>(breakers));
        }
    }

    /// <summary>A breaker's state as a number: 0 closed, 1 half-open, 2 open.</summary>
    public static int Number(BreakerState state) => state switch
    {
        BreakerState.Open => 2,
        BreakerState.HalfOpen => 1,
        _ => 0,
    };

    private static void Counter(string name, string description, Func<StageSums, long> of) =>
        Meter.CreateObservableCounter(name, () => Measure(of), "{record}", description);

    private static IEnumerable<Measurement<long>> Measure(Func<StageSums, long> of) =>
        LiveRuns.Book.Sum().Select(sums => new Measurement<long>(of(sums), TagsOf(sums)));

    internal static KeyValuePair<string, object?>[] TagsOf(StageSums sums) => TagsOf(sums.Stage, sums.Tags);

    internal static KeyValuePair<string, object?>[] TagsOf(string stage, IReadOnlyDictionary<string, string> tags) =>
        [KeyValuePair.Create("stage", (object?)stage), .. tags.Select(tag => KeyValuePair.Create(tag.Key, (object?)tag.Value))];

    private static IEnumerable<Measurement<int>> BreakerStates()
    {
        BreakerRegistry[] sessions;
        lock (Sync)
            sessions = [.. Breakers.Select(known => known.TryGetTarget(out BreakerRegistry? target) ? target : null).OfType<BreakerRegistry>()];
        return sessions.SelectMany(session => session.All).Select(breaker => breaker.Status)
            .Select(status => new Measurement<int>(Number(status.State), KeyValuePair.Create("dependency", (object?)Redactor.Standard.Redact(status.Name))));
    }
}
