using Polly;

namespace EtlTools.Engine.Resilience;

/// <summary>
/// Puts a breaker around each attempt of a Polly pipeline. Polly's own breaker uses a ratio of failures; this one counts consecutive
/// failures. A call that may not go through waits here, so waiting does not count as an attempt.
/// </summary>
/// <param name="breaker">The breaker.</param>
/// <param name="options">How failures are classified, and who is told about state changes.</param>
/// <param name="remaining">How long the call may still wait.</param>
/// <param name="time">The clock.</param>
internal sealed class BreakerStrategy(
    CircuitBreaker breaker, RetryOptions options, Func<ResilienceContext, TimeSpan> remaining, TimeProvider time) : ResilienceStrategy
{
    private static readonly ResiliencePropertyKey<Action> AnsweredKey = new("EtlTools.Answered");

    /// <summary>The time of the last reported probe, in ticks.</summary>
    private long _toldProbe;

    /// <summary>The call was answered, but may take long to read the answer; a probe need not wait for its end.</summary>
    public static void Answered(ResilienceContext context) => context.Properties.GetValue(AnsweredKey, static () => { })();

    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        try
        {
            (BreakerPass entered, bool isLast) = await EnterAsync(context).ConfigureAwait(context.ContinueOnCapturedContext);
            using BreakerPass pass = entered;
            context.Properties.Set(AnsweredKey, () => EndProbe(pass));
            Outcome<TResult> outcome = await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext);
            if (outcome.Exception is null)
                Tell(pass.Succeed());
            else if (!context.CancellationToken.IsCancellationRequested)
                Judge(pass, options.Classify(outcome.Exception));
            return isLast && breaker.IsOpen
                ? Outcome.FromException<TResult>(new BreakerOpenException(breaker.Status, null) { LastFailure = outcome.Exception })
                : outcome;
        }
        catch (Exception e)
        {
            return Outcome.FromException<TResult>(e);
        }
    }

    /// <summary>Waits until the call may go through.</summary>
    /// <returns>The call's pass, and whether it is the last probe within the budget.</returns>
    private async ValueTask<(BreakerPass Pass, bool IsLast)> EnterAsync(ResilienceContext context)
    {
        Task? patience = null;
        bool hasWaited = false;
        while (true)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            if (breaker.TryEnter(out BreakerPass? pass, out BreakerWait wait, patience))
            {
                Tell(pass.Entered);
                return (pass, patience is not null);
            }
            TimeSpan left = remaining(context);
            bool endsBeforeProbe = wait.UntilProbe > left;
            if (left <= TimeSpan.Zero && hasWaited && wait.UntilProbe is null)
            {
                // The last probe of another call is under way; giving up now would end it, too.
                await wait.Change.WaitAsync(context.CancellationToken).ConfigureAwait(false);
                continue;
            }
            if (left <= TimeSpan.Zero || (endsBeforeProbe && !wait.IsCooldown))
                throw new BreakerOpenException(breaker.Status, wait.UntilProbe);
            TellOfWait(wait);
            await WaitAsync(wait.Change, endsBeforeProbe ? left : wait.UntilProbe ?? left, context.CancellationToken).ConfigureAwait(false);
            hasWaited = true;
            patience = endsBeforeProbe && remaining(context) <= TimeSpan.Zero ? wait.Change : null;
        }
    }

    /// <summary>Reports a wait for a breaker that another run opened.</summary>
    private void TellOfWait(BreakerWait wait)
    {
        BreakerStatus status = breaker.Status;
        if (status is { State: BreakerState.Open, NextProbe: { } next } && Interlocked.Exchange(ref _toldProbe, next.UtcTicks) != next.UtcTicks)
            options.OnBreakerChange?.Invoke(new BreakerChange(BreakerState.Open, status, wait.UntilProbe ?? TimeSpan.Zero));
    }

    private async Task WaitAsync(Task change, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds, so one that fires early would still be before the due time.
        var rounded = TimeSpan.FromMilliseconds(Math.Ceiling(atMost.TotalMilliseconds));
        try
        {
            await change.WaitAsync(rounded, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // At the next probe or the end of the budget, the state decides what to do.
            return;
        }
    }

    private void EndProbe(BreakerPass pass)
    {
        if (breaker.IsOpen)
            Tell(pass.Succeed());
    }

    private void Judge(BreakerPass pass, FailureVerdict verdict)
    {
        switch (verdict.Class)
        {
            case FailureClass.Outage:
                Tell(pass.Fail(verdict.Code, verdict.RetryAfter, opensAtOnce: verdict.RetryAfter > options.MaxRetryAfter));
                break;
            case FailureClass.Refusal:
            case FailureClass.Contention or FailureClass.Throttled when breaker.IsOpen:
                Tell(pass.Succeed());
                break;
        }
    }

    private void Tell(BreakerChange? change)
    {
        if (change is null)
            return;
        if (change.Now.NextProbe is { } next)
            Interlocked.Exchange(ref _toldProbe, next.UtcTicks);
        options.OnBreakerChange?.Invoke(change);
    }
}

/// <summary>Polly wants an options object for every strategy.</summary>
internal sealed class BreakerStrategyOptions : ResilienceStrategyOptions;
