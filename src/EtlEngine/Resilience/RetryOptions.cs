namespace EtlTools.Engine.Resilience;

/// <summary>How a failing call is retried.</summary>
internal sealed record RetryOptions
{
    /// <summary>The attempts of the default <see cref="Limit"/>.</summary>
    public const int DefaultMaxAttempts = 3;

    /// <summary>The default of <see cref="BaseDelay"/>.</summary>
    public static readonly TimeSpan DefaultBaseDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>The default of <see cref="MaxDelay"/>.</summary>
    public static readonly TimeSpan DefaultMaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>The default of <see cref="MaxRetryAfter"/>.</summary>
    public static readonly TimeSpan DefaultMaxRetryAfter = TimeSpan.FromSeconds(60);

    /// <summary>Classifies a failure. Never called for a cancellation by the caller.</summary>
    public required Func<Exception, FailureVerdict> Classify { get; init; }

    /// <summary>When a call is given up. Default after 3 attempts.</summary>
    public RetryLimit Limit { get; init; } = RetryLimit.AfterAttempts(DefaultMaxAttempts);

    /// <summary>How long an outage may last before calls are given up, counted from its first failure. With zero, the default, calls do not
    /// wait for the end of an outage.</summary>
    public TimeSpan OutageBudget { get; init; }

    /// <summary>The bound of the first delay. Default 100 ms.</summary>
    public TimeSpan BaseDelay { get; init; } = DefaultBaseDelay;

    /// <summary>The bound of every delay that the dependency did not ask for. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = DefaultMaxDelay;

    /// <summary>The longest wait that a dependency may ask for; a longer one is an outage, and opens the breaker for that time.
    /// Default 60 s.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = DefaultMaxRetryAfter;

    /// <summary>Called at each state change of the breaker that a call of this policy caused.</summary>
    public Action<BreakerChange>? OnBreakerChange { get; init; }
}
