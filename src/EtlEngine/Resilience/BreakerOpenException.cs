namespace EtlTools.Engine.Resilience;

/// <summary>A call was not made: the breaker was open, and waiting for it was not allowed or would have taken too long.</summary>
internal sealed class BreakerOpenException : Exception
{
    internal BreakerOpenException(BreakerStatus breaker, TimeSpan? untilProbe)
        : base($"{breaker.Name}: the breaker is open.")
    {
        Breaker = breaker;
        UntilProbe = untilProbe;
    }

    /// <summary>The breaker at that moment.</summary>
    public BreakerStatus Breaker { get; }

    /// <summary>The time until the next probe; null if a probe was under way, or was the last one within the budget.</summary>
    public TimeSpan? UntilProbe { get; }

    /// <summary>The last failure that the policy saw; null if it saw none because other pipelines opened the breaker.</summary>
    public Exception? LastFailure { get; internal set; }
}
