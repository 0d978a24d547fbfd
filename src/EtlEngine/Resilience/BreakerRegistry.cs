using System.Collections.Concurrent;

namespace EtlTools.Engine.Resilience;

/// <summary>The breakers of one session, one for each dependency; all pipelines of the session share them.</summary>
internal sealed class BreakerRegistry(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, CircuitBreaker> _breakers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Raised at every state change of a breaker, on the thread that caused it.</summary>
    public event Action<BreakerChange>? Changed;

    /// <summary>The breakers, by name.</summary>
    public IReadOnlyList<CircuitBreaker> All => [.. _breakers.Values.OrderBy(breaker => breaker.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The breaker of a dependency; created at the first call. The last caller sets its options.</summary>
    /// <param name="name">The dependency: a URL's authority, or a server and its database.</param>
    /// <param name="options">When it opens and for how long.</param>
    public CircuitBreaker Get(string name, BreakerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        CircuitBreaker breaker = _breakers.GetOrAdd(name, key => new CircuitBreaker(key, options, time, change => Changed?.Invoke(change)));
        breaker.Options = options;
        return breaker;
    }
}
