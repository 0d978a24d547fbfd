namespace EtlTools.Engine.Resilience;

/// <summary>When a breaker opens and for how long.</summary>
internal sealed record BreakerOptions
{
    /// <summary>The default of <see cref="Threshold"/>.</summary>
    public const int DefaultThreshold = 5;

    /// <summary>The default of <see cref="Cooldown"/>.</summary>
    public static readonly TimeSpan DefaultCooldown = TimeSpan.FromSeconds(30);

    /// <summary>Failures in a row that open the breaker. At least 1, default 5.</summary>
    public int Threshold { get; init; } = DefaultThreshold;

    /// <summary>How long an open breaker stops all calls before one probe. Default 30 s.</summary>
    public TimeSpan Cooldown { get; init; } = DefaultCooldown;

    /// <summary>Throws if a value is out of range.</summary>
    /// <exception cref="EtlException">Says what to change.</exception>
    public BreakerOptions Validate()
    {
        if (Threshold < 1)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-BreakerThreshold must be at least 1.");
        if (Cooldown < TimeSpan.Zero)
            throw new EtlException(FailureCodes.InvalidParameter, FailureKind.InvalidCall, "-BreakerCooldownSec must not be negative.");
        return this;
    }
}
