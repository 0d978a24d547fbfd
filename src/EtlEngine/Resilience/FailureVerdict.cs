namespace EtlTools.Engine.Resilience;

/// <summary>What a failed call says about the dependency.</summary>
internal enum FailureClass
{
    /// <summary>Nothing: a cancellation, or a bug on this side. Not retried, and ignored by the breaker.</summary>
    Neutral,

    /// <summary>It does not answer, or is broken. Retried, and counted by the breaker.</summary>
    Outage,

    /// <summary>It is busy: a deadlock, a lock, a full queue. Retried, but not counted.</summary>
    Contention,

    /// <summary>It reports too many calls (HTTP 429). The call waits as requested, which is not an attempt, and the breaker ignores it. It
    /// is given up if no call is answered within the outage budget.</summary>
    Throttled,

    /// <summary>It answers and refuses. Not retried. The dependency is alive, which ends a series of failures.</summary>
    Refusal,
}

/// <summary>The judgement on a failed call.</summary>
/// <param name="Class">What the failure says about the dependency.</param>
/// <param name="Code">The cause in a word or two, such as HTTP 503; no value and no secret.</param>
/// <param name="RetryAfter">How long the dependency asks callers to wait; zero if it does not.</param>
internal readonly record struct FailureVerdict(FailureClass Class, string Code, TimeSpan RetryAfter = default);
