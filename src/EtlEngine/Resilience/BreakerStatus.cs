using System.Globalization;

namespace EtlTools.Engine.Resilience;

/// <summary>What a breaker does with calls.</summary>
internal enum BreakerState
{
    /// <summary>All calls go through.</summary>
    Closed,

    /// <summary>No call goes through until the cool-down is over.</summary>
    Open,

    /// <summary>The cool-down is over: one call goes through as a probe, and the others wait for what happens to it.</summary>
    HalfOpen,
}

/// <summary>A breaker at one moment.</summary>
/// <param name="Name">The dependency.</param>
/// <param name="State">What the breaker does with calls.</param>
/// <param name="ConsecutiveFailures">Failures in a row.</param>
/// <param name="OpenedAt">When it opened, in UTC; null while it is closed.</param>
/// <param name="NextProbe">When the next call may go through, in UTC; null while it is closed.</param>
/// <param name="LastErrorCode">The cause of the last failure, such as HTTP 503; null if there was none.</param>
internal sealed record BreakerStatus(
    string Name, BreakerState State, int ConsecutiveFailures, DateTimeOffset? OpenedAt, DateTimeOffset? NextProbe, string? LastErrorCode);

/// <summary>A breaker has changed its state.</summary>
/// <param name="From">The state before; the current state if a run finds the breaker open.</param>
/// <param name="Now">The breaker after the change.</param>
/// <param name="Wait">For an open breaker, how long no call goes through.</param>
internal sealed record BreakerChange(BreakerState From, BreakerStatus Now, TimeSpan Wait)
{
    /// <summary>The change as a sentence.</summary>
    public override string ToString() => Now.State switch
    {
        BreakerState.Open when From == BreakerState.HalfOpen =>
            FormattableString.Invariant($"{Now.Name}: the probe failed ({Now.LastErrorCode}). The next one is made in {Wait.TotalSeconds:0.#} s."),
        BreakerState.Open when From == BreakerState.Open => string.Create(
            CultureInfo.InvariantCulture,
            $"{Now.Name}: the breaker has been open since {Now.OpenedAt?.ToLocalTime():HH:mm:ss} (the last failure: {Now.LastErrorCode}). The run waits until {Now.NextProbe?.ToLocalTime():HH:mm:ss}, then one call is made as a probe. Reset-EtlBreaker ends the wait."),
        BreakerState.Open => FormattableString.Invariant(
            $"{Now.Name}: the breaker is open after {Now.ConsecutiveFailures} failures in a row (the last: {Now.LastErrorCode}). No call is made for {Wait.TotalSeconds:0.#} s, then one as a probe."),
        BreakerState.HalfOpen => $"{Now.Name}: one call is made as a probe.",
        _ => $"{Now.Name}: it answers again; the breaker is closed.",
    };
}
