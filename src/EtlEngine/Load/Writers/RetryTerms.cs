namespace EtlTools.Engine.Load;

/// <summary>For how long a database that does not answer is tried again, and what is said in the end.</summary>
/// <param name="OutageBudget">For how long.</param>
/// <param name="State">What has become of the work, as a clause.</param>
internal sealed record RetryTerms(TimeSpan OutageBudget, Func<string> State)
{
    /// <summary>Whether somebody only looks, and waits for nothing. Default false.</summary>
    public bool IsPreview { get; init; }
}
