using Polly;
using Polly.Retry;

namespace EtlTools.Engine.Resilience;

/// <summary>
/// Tries a failing call again, with full jitter, until it works, its attempts or the outage budget are spent. One call at
/// a time: the random source is not shared between threads.
/// </summary>
public sealed class RetryPolicy
{
    private static readonly ResiliencePropertyKey<Outage> OutageKey = new("EtlTools.Outage");

    private readonly RetryOptions _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;
    private long _retries;

    /// <summary>Makes a policy.</summary>
    public RetryPolicy(RetryOptions options, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        _options = options;
        _time = time;
        var retry = new RetryStrategyOptions
        {
            MaxRetryAttempts = Math.Max(options.MaxAttempts - 1, 1),
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && options.IsTransient(e) && HasBudget(args.Context)),
            DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(
                Shorten(FullJitter.Next(args.AttemptNumber, options.BaseDelay, options.MaxDelay, random), args.Context)),
            OnRetry = _ =>
            {
                Interlocked.Increment(ref _retries);
                return default;
            },
        };
        // A circuit breaker belongs inside the retry, where it sees each attempt: the strategy added after this one.
        _pipeline = options.MaxAttempts > 1 ? new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(retry).Build() : ResiliencePipeline.Empty;
    }

    /// <summary>How often a call was tried again.</summary>
    public long Retries => Interlocked.Read(ref _retries);

    /// <summary>Runs a call, again where that is worth it.</summary>
    /// <exception cref="Exception">The call's own last failure.</exception>
    public async ValueTask<TResult> ExecuteAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(OutageKey, new Outage());
            return await _pipeline.ExecuteAsync(
                static (c, call) => call(c.CancellationToken), context, call).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private bool HasBudget(ResilienceContext context) => Remaining(context) is not { } left || left > TimeSpan.Zero;

    private TimeSpan Shorten(TimeSpan delay, ResilienceContext context) =>
        Remaining(context) is { } left && left < delay ? TimeSpan.FromTicks(Math.Max(left.Ticks, 0)) : delay;

    private TimeSpan? Remaining(ResilienceContext context)
    {
        if (_options.OutageBudget is not { } budget)
            return null;
        Outage outage = context.Properties.GetValue(OutageKey, new Outage());
        outage.BeganAt ??= _time.GetTimestamp();
        return budget - _time.GetElapsedTime(outage.BeganAt.Value);
    }

    private sealed class Outage
    {
        public long? BeganAt { get; set; }
    }
}
