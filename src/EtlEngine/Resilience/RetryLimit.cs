namespace EtlTools.Engine.Resilience;

/// <summary>When a failing call is given up. Attempts that were probes of the breaker, or that ended while it was open, are not
/// counted.</summary>
/// <param name="Attempts">The number of failed attempts, the first included, that are always allowed. At least 1.</param>
/// <param name="UntilOutageBudget">Whether it then continues until <see cref="RetryOptions.OutageBudget"/> is spent.</param>
internal readonly record struct RetryLimit(int Attempts, bool UntilOutageBudget)
{
    /// <summary>For a call that may fail, such as one for a single record. While the breaker is open, it waits nevertheless.</summary>
    public static RetryLimit AfterAttempts(int attempts) => new(attempts, UntilOutageBudget: false);

    /// <summary>For a call that must not be skipped, such as that of a page or a batch.</summary>
    public static RetryLimit AfterOutageBudget(int atLeast = 1) => new(atLeast, UntilOutageBudget: true);
}
