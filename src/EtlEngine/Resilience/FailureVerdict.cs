namespace EtlTools.Engine.Resilience;

/// <summary>What a failed call says about the dependency.</summary>
internal enum FailureClass
{
    /// <summary>Nothing: a cancellation, or a defect of this side. Not tried again, and the breaker takes no notice.</summary>
    Neutral,

    /// <summary>It does not answer, or is broken: tried again, and counted by the breaker.</summary>
    Outage,

    /// <summary>It answers, but not now: a deadlock, a lock, a full queue. Tried again and not counted.</summary>
    Contention,

    /// <summary>It answers that it gets too many calls (HTTP 429). The call waits as it was asked to, which uses up no attempt; the
    /// breaker takes no notice. It is given up when nothing at all was answered for the outage budget.</summary>
    Throttled,

    /// <summary>It answers and refuses: not tried again. The dependency is alive, which ends a row of failures.</summary>
    Refusal,
}

/// <summary>The judgement on a failed call.</summary>
/// <param name="Class">What the failure says about the dependency.</param>
/// <param name="Code">The cause in a word or two, such as HTTP 503; no value and no secret.</param>
/// <param name="RetryAfter">How long the dependency asks to be left alone; zero where it does not.</param>
internal readonly record struct FailureVerdict(FailureClass Class, string Code, TimeSpan RetryAfter = default);
