namespace EtlTools.Engine.Resilience;

/// <summary>When a failing call is given up. Attempts that the breaker let through as probes, or that ended while it was open, are
/// not counted.</summary>
/// <param name="Attempts">The failed attempts, the first included, before which a call is never given up. At least 1.</param>
/// <param name="UntilOutageBudget">Whether it then goes on until <see cref="RetryOptions.OutageBudget"/> is spent.</param>
internal readonly record struct RetryLimit(int Attempts, bool UntilOutageBudget)
{
    /// <summary>For a call that can be left out, as one for a single record. While the breaker is open, it waits all the
    /// same.</summary>
    public static RetryLimit AfterAttempts(int attempts) => new(attempts, UntilOutageBudget: false);

    /// <summary>For a call that cannot be left out, as that of a page or a batch.</summary>
    public static RetryLimit AfterOutageBudget(int atLeast = 1) => new(atLeast, UntilOutageBudget: true);
}
