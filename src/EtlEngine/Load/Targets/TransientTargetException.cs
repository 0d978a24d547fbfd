using EtlTools.Engine.Resilience;

namespace EtlTools.Engine.Load;

/// <summary>The target does not answer or is locked; the same transaction may work later. The message says what is the
/// matter with it, as a clause.</summary>
internal sealed class TransientTargetException(string message) : Exception(message)
{
    /// <summary>What a failure says about the target.</summary>
    public static FailureVerdict Classify(Exception failure) =>
        failure is TransientTargetException transient
            ? new FailureVerdict(transient.IsContention ? FailureClass.Contention : FailureClass.Outage, transient.IsContention ? "Busy" : "Unavailable")
            : failure is EtlException ? new FailureVerdict(FailureClass.Refusal, "Refused") : new FailureVerdict(FailureClass.Neutral, "");

    /// <summary>The target answers and only asks to try again, as for a deadlock or a lock: no sign that it is failing.</summary>
    public bool IsContention { get; init; }

    /// <summary>Two transactions stopped each other: one that locks less may not.</summary>
    public bool IsDeadlock { get; init; }

    /// <summary>A statement took longer than it may.</summary>
    public bool IsTimeout { get; init; }

    /// <summary>A statement took longer than it may and was ended, and the server continues: one that writes less may be in time.</summary>
    public bool IsSlow { get; init; }

    /// <summary>The database gives no more connections than it has given.</summary>
    public bool IsConnectionLimit { get; init; }

    /// <summary>What to check where the first connecting fails: the server may be down, or the call may name a wrong one. Null for
    /// other failures.</summary>
    public string? HowToReach { get; init; }

    /// <summary>The commit was sent and not answered.</summary>
    public bool MayHaveCommitted { get; init; }

    /// <summary>The same where less is going to be written: no sign that the target is failing.</summary>
    public TransientTargetException InParts() => new($"{Message}; fewer rows are written at a time") { IsContention = true, IsTimeout = true };

    /// <summary>The same while a commit was under way.</summary>
    public TransientTargetException AtCommit() => new(Message) { IsContention = IsContention, MayHaveCommitted = true };
}
