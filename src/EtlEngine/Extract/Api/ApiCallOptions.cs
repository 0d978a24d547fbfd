using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Extract.Api;

/// <summary>How often a failing call is retried, and when calls to the service stop for a while.</summary>
internal sealed record ApiCallOptions
{
    /// <summary>The default of <see cref="OutageBudget"/>.</summary>
    public static readonly TimeSpan DefaultOutageBudget = TimeSpan.FromSeconds(120);

    /// <summary>The number of attempts of one call, including the first. At least 1, default 3.</summary>
    public int MaxAttempts { get; init; } = RetryOptions.DefaultMaxAttempts;

    /// <summary>The bound of the first delay. Default 100 ms.</summary>
    public TimeSpan BaseDelay { get; init; } = RetryOptions.DefaultBaseDelay;

    /// <summary>The bound of every delay that the service did not ask for. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = RetryOptions.DefaultMaxDelay;

    /// <summary>The longest wait that the service may ask for; a longer one is an outage. Default 60 s.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = RetryOptions.DefaultMaxRetryAfter;

    /// <summary>How long an outage may last before the run stops. Default 120 s.</summary>
    public TimeSpan OutageBudget { get; init; } = DefaultOutageBudget;

    /// <summary>When the service's breaker opens and for how long.</summary>
    public BreakerOptions Breaker { get; init; } = new();

    /// <summary>The policy for calls to a service.</summary>
    /// <param name="limit">When a call is given up, which depends on whether it may fail alone.</param>
    /// <param name="uri">The service.</param>
    /// <param name="breakers">The session's breakers.</param>
    /// <param name="changed">Called at state changes of the breaker that these calls cause.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of randomness.</param>
    internal (RetryPolicy Policy, CircuitBreaker Breaker) ForService(
        RetryLimit limit, Uri uri, BreakerRegistry breakers, Action<BreakerChange> changed, TimeProvider time, Random random)
    {
        CircuitBreaker breaker = breakers.Get(ApiAddress.Authority(uri), Breaker);
        var options = new RetryOptions
        {
            Classify = ApiCallException.Classify,
            Limit = limit,
            BaseDelay = BaseDelay,
            MaxDelay = MaxDelay,
            MaxRetryAfter = MaxRetryAfter,
            OutageBudget = OutageBudget,
            OnBreakerChange = changed,
        };
        return (new RetryPolicy(options, time, random, breaker), breaker);
    }

    /// <summary>Fetches tokens; null if none are needed, or the service itself issues them.</summary>
    internal ApiTokenCalls? ForTokens(ApiConnection connection, Uri service, BreakerRegistry breakers, Action<BreakerChange> changed, TimeProvider time, Random random)
    {
        if (connection.Authorization?.TokenUri is not { } uri || ApiAddress.Authority(uri) == ApiAddress.Authority(service))
            return null;
        (RetryPolicy policy, _) = ForService(RetryLimit.AfterOutageBudget(atLeast: MaxAttempts), uri, breakers, changed, time, random);
        return new ApiTokenCalls(policy, this);
    }
}
