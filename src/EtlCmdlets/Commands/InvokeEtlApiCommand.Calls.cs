using System.Management.Automation;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Extract.Api;
using EtlTools.Engine.Resilience;

namespace EtlTools.Cmdlets;

/// <content>How calls are made again.</content>
public sealed partial class InvokeEtlApiCommand
{
    /// <summary>Seconds for the service to answer with its headers; 0 for no limit. Default 100.</summary>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(0, int.MaxValue)]
    public int ConnectionTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>Seconds for which the service may be silent in the middle of an answer; 0 for no limit. Default 100.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int OperationTimeoutSeconds { get; set; } = (int)ApiConnection.DefaultTimeout.TotalSeconds;

    /// <summary>The longest answer, in bytes. Default 33554432.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaxBodyBytes { get; set; } = ApiConnection.DefaultMaxBodyBytes;

    /// <summary>Requests at most: a number a second, or a text such as 100/min. Default: no limit.</summary>
    [Parameter]
    [RateArgument]
    [ValidateRange(0, 1_000_000)]
    public double RateLimit { get; set; }

    /// <summary>The share of a load that this process has: -RateLimit is for all shares together.</summary>
    [Parameter]
    [ValidateNotNull]
    public EtlPartition? Partition { get; set; }

    /// <summary>Retries of one call. Default 2.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int MaximumRetryCount { get; set; } = RetryOptions.DefaultMaxAttempts - 1;

    /// <summary>The bound of the first delay before a retry, in milliseconds. Default 100.</summary>
    [Parameter]
    [ValidateRange(1, 3_600_000)]
    public double RetryBaseDelayMs { get; set; } = RetryOptions.DefaultBaseDelay.TotalMilliseconds;

    /// <summary>The bound of every delay before a retry, in seconds. Default 5.</summary>
    [Parameter]
    [Alias("RetryIntervalSec")]
    [ValidateRange(0.001, 3600)]
    public double RetryMaxDelaySec { get; set; } = RetryOptions.DefaultMaxDelay.TotalSeconds;

    /// <summary>The longest wait that the service may ask for, in seconds. Default 60.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double MaxRetryAfterSec { get; set; } = RetryOptions.DefaultMaxRetryAfter.TotalSeconds;

    /// <summary>Failures in a row that open the service's breaker. Default 5.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int BreakerThreshold { get; set; } = BreakerOptions.DefaultThreshold;

    /// <summary>Seconds for which an open breaker lets no call through. Default 30.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double BreakerCooldownSec { get; set; } = BreakerOptions.DefaultCooldown.TotalSeconds;

    /// <summary>Seconds that an outage may last. Default 120.</summary>
    [Parameter]
    [ValidateRange(0, 86400)]
    public double OutageBudgetSec { get; set; } = ApiCallOptions.DefaultOutageBudget.TotalSeconds;

    /// <summary>What happens to records when the outage budget is spent. Default Stop.</summary>
    [Parameter(ParameterSetName = EnrichSet)]
    [Parameter(ParameterSetName = EnrichClientSet)]
    public EtlOutageAction OnOutage { get; set; }
}
