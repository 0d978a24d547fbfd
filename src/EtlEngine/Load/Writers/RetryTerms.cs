namespace EtlTools.Engine.Load;

/// <summary>How long an unavailable database is retried, and how the state of the work is described at the end.</summary>
/// <param name="OutageBudget">How long.</param>
/// <param name="State">The state of the work, as a clause.</param>
internal sealed record RetryTerms(TimeSpan OutageBudget, Func<string> State)
{
    /// <summary>Whether this is a preview, which does not wait. Default false.</summary>
    public bool IsPreview { get; init; }

    /// <summary>What to do if this process itself may be the cause of a failure, in sentences; null if it cannot be.</summary>
    public Func<TransientTargetException, string?> OwnCause { get; init; } = _ => null;
}
