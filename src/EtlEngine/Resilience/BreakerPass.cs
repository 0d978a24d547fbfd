namespace EtlTools.Engine.Resilience;

/// <summary>A call that a breaker let through. Its first outcome counts; without one, disposing gives its place back.</summary>
internal sealed class BreakerPass(CircuitBreaker breaker, object era) : IDisposable
{
    private int _told;

    /// <summary>The stretch between two changes of the breaker's state in which the call entered.</summary>
    public object Era => era;

    /// <summary>The change that letting this call through was.</summary>
    public BreakerChange? Entered { get; set; }

    public BreakerChange? Succeed() => IsFirst() ? breaker.Succeed(this) : null;

    /// <param name="code">The cause.</param>
    /// <param name="atLeast">How long an opening breaker stays open at least.</param>
    /// <param name="opensAtOnce">Whether the breaker opens however few failures there were.</param>
    public BreakerChange? Fail(string code, TimeSpan atLeast, bool opensAtOnce) =>
        IsFirst() ? breaker.Fail(this, code, atLeast, opensAtOnce) : null;

    public void Dispose()
    {
        if (IsFirst())
            breaker.Release(this);
    }

    private bool IsFirst() => Interlocked.Exchange(ref _told, 1) == 0;
}
