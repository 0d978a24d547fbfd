using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Load;

/// <summary>The target does not answer or is locked; the same transaction may work later. The message says what is wrong, as a
/// clause.</summary>
internal sealed class TransientTargetException(string message) : Exception(message)
{
    /// <summary>What a failure says about the target.</summary>
    public static FailureVerdict Classify(Exception failure) =>
        failure is TransientTargetException transient
            ? new FailureVerdict(transient.IsContention ? FailureClass.Contention : FailureClass.Outage, transient.IsContention ? "Busy" : "Unavailable")
            : failure is EtlException ? new FailureVerdict(FailureClass.Refusal, "Refused") : new FailureVerdict(FailureClass.Neutral, "");

    /// <summary>The target answers, but asks for a retry, for example after a deadlock or for a lock; it is not failing.</summary>
    public bool IsContention { get; init; }

    /// <summary>Two transactions blocked each other; a smaller one may succeed.</summary>
    public bool IsDeadlock { get; init; }

    /// <summary>The call has waited for others, in vain.</summary>
    public bool IsWait => IsContention && !IsDeadlock && !IsTimeout;

    /// <summary>A statement took longer than allowed.</summary>
    public bool IsTimeout { get; init; }

    /// <summary>A statement took longer than allowed and was ended, but the server continues; a smaller statement may be fast
    /// enough.</summary>
    public bool IsSlow { get; init; }

    /// <summary>The database accepts no further connections.</summary>
    public bool IsConnectionLimit { get; init; }

    /// <summary>What to check if the first connection fails: the server may be down, or the call may name a wrong one. Null for other
    /// failures.</summary>
    public string? HowToReach { get; init; }

    /// <summary>The commit was sent but not acknowledged.</summary>
    public bool MayHaveCommitted { get; init; }

    /// <summary>The same failure, if less will be written next; the target is not failing.</summary>
    public TransientTargetException InParts() => new($"{Message}; fewer rows are written at a time") { IsContention = true, IsTimeout = true };

    /// <summary>The same failure, during a commit.</summary>
    public TransientTargetException AtCommit() => new(Message) { IsContention = IsContention, MayHaveCommitted = true };
}
