namespace EtlTools.Engine.Resilience;

/// <summary>A call that a breaker let through. Its first outcome counts; if it has none, disposing it returns its place.</summary>
internal sealed class BreakerPass(CircuitBreaker breaker, object era) : IDisposable
{
    private int _told;

    /// <summary>The period between two state changes in which the call entered.</summary>
    public object Era => era;

    /// <summary>The state change caused by letting this call through.</summary>
    public BreakerChange? Entered { get; set; }

    public BreakerChange? Succeed() => IsFirst() ? breaker.Succeed(this) : null;

    /// <param name="code">The cause.</param>
    /// <param name="atLeast">The shortest time that an opening breaker stays open.</param>
    /// <param name="opensAtOnce">Whether the breaker opens after any number of failures.</param>
    public BreakerChange? Fail(string code, TimeSpan atLeast, bool opensAtOnce) =>
        IsFirst() ? breaker.Fail(this, code, atLeast, opensAtOnce) : null;

    public void Dispose()
    {
        if (IsFirst())
            breaker.Release(this);
    }

    private bool IsFirst() => Interlocked.Exchange(ref _told, 1) == 0;
}
