using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <summary>What a breaker does with calls.</summary>
public enum EtlBreakerState
{
    /// <summary>All calls go through.</summary>
    Closed,

    /// <summary>No call goes through until the cool-down is over.</summary>
    Open,

    /// <summary>One call goes through as a probe, the others wait for what happens to it.</summary>
    HalfOpen,
}

/// <summary>The breaker of one dependency of this session, as it was when it was asked for.</summary>
public sealed class EtlBreaker
{
    internal EtlBreaker(BreakerStatus status)
    {
        Name = status.Name;
        State = (EtlBreakerState)status.State;
        ConsecutiveFailures = status.ConsecutiveFailures;
        OpenedAt = status.OpenedAt;
        NextProbe = status.NextProbe;
        LastErrorCode = status.LastErrorCode;
    }

    /// <summary>The dependency: host and port of a service, or server and database.</summary>
    public string Name { get; }

    /// <summary>What the breaker does with calls.</summary>
    public EtlBreakerState State { get; }

    /// <summary>Failures in a row.</summary>
    public int ConsecutiveFailures { get; }

    /// <summary>When it opened, in UTC; null while it is closed.</summary>
    public DateTimeOffset? OpenedAt { get; }

    /// <summary>When the next call may go through, in UTC; null while it is closed.</summary>
    public DateTimeOffset? NextProbe { get; }

    /// <summary>The cause of the last failure, such as HTTP 503; null if there was none.</summary>
    public string? LastErrorCode { get; }

    /// <summary>Name and state.</summary>
    public override string ToString() => $"{Name}: {State}";
}
