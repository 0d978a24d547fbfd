using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>How the loader tries its database again: a policy a writer, counted together.</summary>
internal sealed class LoadRetries(LoadOptions options, EtlRun run)
{
    private readonly Lock _lock = new();
    private readonly List<RetryPolicy> _policies = [];

    public long Count
    {
        get
        {
            lock (_lock)
                return _policies.Sum(policy => policy.Retries);
        }
    }

    /// <summary>A policy for one caller.</summary>
    public RetryPolicy New()
    {
        lock (_lock)
        {
            var policy = new RetryPolicy(
                new RetryOptions { Classify = TransientTargetException.Classify, MaxAttempts = 1, KeepsTrying = true, OutageBudget = options.OutageBudget },
                run.Time, new Random(HashCode.Combine(run.Id, _policies.Count)));
            _policies.Add(policy);
            return policy;
        }
    }
}
