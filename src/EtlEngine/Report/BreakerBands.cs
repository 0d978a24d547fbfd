using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Report;

/// <summary>Creates the periods in which breakers were open from their state changes.</summary>
internal sealed class BreakerBands
{
    private readonly List<(DateTimeOffset Time, string? Session, string Dependency, string To, string? Code)> _changes = [];

    /// <summary>A breaker has changed.</summary>
    public void Add(DateTimeOffset time, LogLine line) =>
        _changes.Add((time, line.Text("sessionId"), line.Text("dependency") ?? "", line.Text("to") ?? "", line.Text("code")));

    /// <summary>The bands, in the order of their beginning.</summary>
    public IReadOnlyList<BreakerBand> Build()
    {
        var bands = new List<BreakerBand>();
        var open = new Dictionary<(string?, string), BreakerBand>();
        foreach ((DateTimeOffset time, string? session, string dependency, string to, string? code) in _changes.OrderBy(change => change.Time))
        {
            (string?, string) key = (session, dependency);
            if (to == nameof(BreakerState.Closed))
            {
                if (open.Remove(key, out BreakerBand? ended))
                    bands.Add(ended with { ClosedAt = time });
            }
            else if (!open.TryGetValue(key, out BreakerBand? band))
            {
                open.Add(key, new BreakerBand(dependency, session, time, null, to == nameof(BreakerState.HalfOpen) ? 1 : 0, code));
            }
            else if (to == nameof(BreakerState.HalfOpen))
            {
                open[key] = band with { Probes = band.Probes + 1 };
            }
        }
        return [.. bands.Concat(open.Values).OrderBy(band => band.OpenedAt)];
    }
}
