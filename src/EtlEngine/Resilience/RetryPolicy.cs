using Polly;
using Polly.Retry;

namespace EtlTools.Engine.Resilience;

/// <summary>
/// Retries a failing call, with full jitter, until it succeeds or its attempts and the outage budget are spent. Each attempt goes through
/// the breaker, if there is one. Any number of calls may run at a time; they share an outage.
/// </summary>
internal sealed class RetryPolicy
{
    private static readonly ResiliencePropertyKey<CallState> StateKey = new("EtlTools.Call");

    private readonly Lock _lock = new();
    private readonly RetryOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly CircuitBreaker? _breaker;
    private readonly ResiliencePipeline _pipeline;
    private long? _outageBeganAt;
    private long _answers;
    private volatile Exception? _lastFailure;

    /// <summary>Creates a policy.</summary>
    /// <param name="options">How calls are retried.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The source of randomness; used under a lock.</param>
    /// <param name="breaker">The breaker that each attempt goes through, if any.</param>
    public RetryPolicy(RetryOptions options, TimeProvider time, Random random, CircuitBreaker? breaker = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        ArgumentNullException.ThrowIfNull(random);
        _options = options;
        _time = time;
        _random = random;
        _breaker = breaker;
        ResiliencePipelineBuilder pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = int.MaxValue,
            ShouldHandle = args => ValueTask.FromResult(args.Outcome.Exception is { } e && IsWorthAnotherAttempt(e, args.Context)),
            DelayGenerator = args => ValueTask.FromResult<TimeSpan?>(Delay(args.Context)),
        });
        if (breaker is not null)
            pipeline.AddStrategy(_ => new BreakerStrategy(breaker, options, context => Remaining(BeginOutage(StateOf(context))), time), new BreakerStrategyOptions());
        _pipeline = pipeline.Build();
    }

    /// <summary>How many calls were answered, by success or refusal.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>Runs a call, and retries it if that makes sense.</summary>
    /// <exception cref="BreakerOpenException">The breaker did not let the call through.</exception>
    /// <exception cref="Exception">The call's own last failure.</exception>
    public ValueTask<TResult> ExecuteAsync<TResult>(Func<CancellationToken, ValueTask<TResult>> call, CancellationToken cancellationToken) =>
        ExecuteAttemptsAsync(attempt => call(attempt.CancellationToken), cancellationToken);

    /// <summary>Runs a call that returns more than its outcome.</summary>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Gives up the call.</param>
    /// <param name="yields">Whether a call that failed while the breaker is open returns its failure at once, instead of waiting to be the
    /// next probe, so that another call can be the probe.</param>
    /// <exception cref="BreakerOpenException">The breaker did not let the call through.</exception>
    /// <exception cref="Exception">The call's own last failure.</exception>
    public async ValueTask<TResult> ExecuteAttemptsAsync<TResult>(
        Func<CallAttempt, ValueTask<TResult>> call, CancellationToken cancellationToken, bool yields = false)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var state = new CallState { Yields = yields };
            context.Properties.Set(StateKey, state);
            TResult result = await _pipeline.ExecuteAsync(
                CallAsync, context, call).ConfigureAwait(false);
            EndOutage();
            return result;
        }
        catch (BreakerOpenException e)
        {
            e.LastFailure ??= _lastFailure;
            throw;
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static CallState StateOf(ResilienceContext context) => context.Properties.GetValue(StateKey, null!);

    private static ValueTask<TResult> CallAsync<TResult>(ResilienceContext context, Func<CallAttempt, ValueTask<TResult>> call) =>
        call(new CallAttempt(context, ++StateOf(context).Begun));

    private bool IsWorthAnotherAttempt(Exception failure, ResilienceContext context)
    {
        if (context.CancellationToken.IsCancellationRequested || failure is BreakerOpenException)
            return false;
        FailureVerdict verdict = _options.Classify(failure);
        if (verdict.Class is FailureClass.Refusal)
            EndOutage();
        if (verdict.Class is FailureClass.Refusal or FailureClass.Neutral)
            return false;
        _lastFailure = failure;
        CallState state = StateOf(context);
        state.RetryAfter = verdict.RetryAfter;
        state.WaitsForBreaker = false;
        state.IsThrottled = verdict.Class == FailureClass.Throttled;
        if (state.IsThrottled)
            return IsWorthWaiting(state);
        BeginOutage(state);
        state.WaitsForBreaker = _breaker is { IsOpen: true };
        if (state.WaitsForBreaker)
            return !state.Yields && Remaining(state) > TimeSpan.Zero;
        state.Attempts++;
        return verdict.RetryAfter <= _options.MaxRetryAfter
            && (state.Attempts < _options.Limit.Attempts || (_options.Limit.UntilOutageBudget && Remaining(state) > TimeSpan.Zero));
    }

    /// <summary>Whether a throttled call is retried. The budget starts with the last answered call of any caller: while others get through,
    /// this one will, too.</summary>
    private bool IsWorthWaiting(CallState state)
    {
        state.Throttles++;
        TimeSpan left;
        lock (_lock)
            left = _options.OutageBudget - _time.GetElapsedTime(_outageBeganAt ??= _time.GetTimestamp());
        return state.RetryAfter <= _options.MaxRetryAfter
            && (_options.OutageBudget == TimeSpan.Zero ? state.Throttles < _options.Limit.Attempts : state.RetryAfter < left);
    }

    private TimeSpan Delay(ResilienceContext context)
    {
        CallState state = StateOf(context);
        // The breaker knows how long to wait, and waits.
        if (state.WaitsForBreaker)
            return TimeSpan.Zero;
        // If the dependency says how long to wait, no growing delay is added.
        int step = !state.IsThrottled ? state.Attempts - 1 : state.RetryAfter > TimeSpan.Zero ? 0 : state.Throttles - 1;
        TimeSpan jitter;
        lock (_lock)
            jitter = FullJitter.Next(step, _options.BaseDelay, _options.MaxDelay, _random);
        TimeSpan delay = state.RetryAfter + jitter;
        if (state.IsThrottled)
            return delay;
        if (state.Attempts < _options.Limit.Attempts)
            return delay;
        TimeSpan left = Remaining(state);
        return left < delay ? TimeSpan.FromTicks(Math.Max(left.Ticks, 0)) : delay;
    }

    /// <summary>A failed or stopped call is part of the current outage, or starts one.</summary>
    private CallState BeginOutage(CallState state)
    {
        if (state.OutageBeganAt is null)
        {
            lock (_lock)
                state.OutageBeganAt = _outageBeganAt ??= _time.GetTimestamp();
        }
        return state;
    }

    private void EndOutage()
    {
        Interlocked.Increment(ref _answers);
        lock (_lock)
            _outageBeganAt = null;
    }

    private TimeSpan Remaining(CallState state) => _options.OutageBudget - _time.GetElapsedTime(state.OutageBeganAt!.Value);

    private sealed class CallState
    {
        /// <summary>Attempts that reached the call itself.</summary>
        public int Begun { get; set; }

        /// <summary>Failed attempts that count against the call's own limit.</summary>
        public int Attempts { get; set; }

        public long? OutageBeganAt { get; set; }

        public TimeSpan RetryAfter { get; set; }

        public bool WaitsForBreaker { get; set; }

        public bool IsThrottled { get; set; }

        /// <summary>How often the call was told to come back later.</summary>
        public int Throttles { get; set; }

        public bool Yields { get; init; }
    }
}
