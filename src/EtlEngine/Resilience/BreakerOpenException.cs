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

    /// <summary>How long it was until the next probe; null where one was under way, or was the last that could be waited for.</summary>
    public TimeSpan? UntilProbe { get; }

    /// <summary>The failure that the policy saw last; null where it saw none, since other pipelines opened the breaker.</summary>
    public Exception? LastFailure { get; internal set; }
}
