namespace EtlTools.Engine.Resilience;

/// <summary>How a failing call is tried again.</summary>
public sealed record RetryOptions
{
    /// <summary>The default of <see cref="MaxAttempts"/>.</summary>
    public const int DefaultMaxAttempts = 3;

    /// <summary>The default of <see cref="BaseDelay"/>.</summary>
    public static readonly TimeSpan DefaultBaseDelay = TimeSpan.FromMilliseconds(100);

    /// <summary>The default of <see cref="MaxDelay"/>.</summary>
    public static readonly TimeSpan DefaultMaxDelay = TimeSpan.FromSeconds(5);

    /// <summary>Which failures are worth another attempt.</summary>
    public required Func<Exception, bool> IsTransient { get; init; }

    /// <summary>Attempts of one call at most, the first included. Default 3.</summary>
    public int MaxAttempts { get; init; } = DefaultMaxAttempts;

    /// <summary>How long a call may fail before it is given up, counted from its first failure; null, the default, for as
    /// long as there are attempts left.</summary>
    public TimeSpan? OutageBudget { get; init; }

    /// <summary>The bound of the first delay. Default 100 ms.</summary>
    public TimeSpan BaseDelay { get; init; } = DefaultBaseDelay;

    /// <summary>The bound of every delay. Default 5 s.</summary>
    public TimeSpan MaxDelay { get; init; } = DefaultMaxDelay;
}
