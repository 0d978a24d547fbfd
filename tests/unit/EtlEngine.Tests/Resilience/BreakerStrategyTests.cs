using EtlTools.Engine.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Resilience;

/// <summary>Retry and breaker together, on a clock that the test moves.</summary>
public class BreakerStrategyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly CircuitBreaker _breaker;
    private int _calls;

    public BreakerStrategyTests() => _breaker = new CircuitBreaker("api.example.com", new BreakerOptions(), _time);

    [Fact]
    public async Task Execute_DeadServiceEightWorkersThousandCalls_SendsEightAndAProbeACooldown()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(118) });
        var together = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var stop = new CancellationTokenSource();
        int left = 1000;
        Task[] workers = [.. Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
            {
                try
                {
                    await policy.ExecuteAsync(FailAsync, stop.Token);
                }
                catch (Exception e) when (e is BreakerOpenException or TimeoutException)
                {
                    // The outage budget is spent: the run stops.
                    await stop.CancelAsync();
                    return;
                }
            }
        }))];

        DateTimeOffset began = _time.GetUtcNow();
        while (!_breaker.IsOpen)
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        await RunClockAsync(Task.WhenAll(workers.Select(worker => worker.ContinueWith(_ => { }, TaskScheduler.Default))));

        // Eight went out before the breaker could know; then a probe after 30, 60 and 90 s, and a last one when the budget ends.
        Assert.Equal(8 + 4, _calls);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(118), TimeSpan.FromSeconds(119));

        async ValueTask<int> FailAsync(CancellationToken token)
        {
            if (Interlocked.Increment(ref _calls) == 8)
                together.SetResult();
            await together.Task;
            throw new TimeoutException();
        }
    }

    [Fact]
    public async Task Execute_OneByOneAgainstADeadService_SendsFiveAndAProbeACooldown()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(118), Limit = RetryLimit.AfterOutageBudget(atLeast: 3) });
        await Assert.ThrowsAsync<BreakerOpenException>(() => RunAsync(policy, Dead));
        Assert.Equal(5 + 4, _calls);
    }

    [Fact]
    public async Task Execute_BudgetShorterThanTheCooldown_ProbesOnceWhenTheBudgetEnds()
    {
        await OpenAsync();
        int before = _calls;
        var told = new List<string>();
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(5), OnBreakerChange = change => told.Add(change.ToString()) });
        DateTimeOffset began = _time.GetUtcNow();
        Task<int>[] calls = [.. Enumerable.Range(0, 4).Select(_ => policy.ExecuteAsync<int>(_ => Interlocked.Increment(ref _calls) > 0 ? throw new TimeoutException() : default, TestContext.Current.CancellationToken).AsTask())];
        Assert.Contains("The run waits until", Assert.Single(told), StringComparison.Ordinal);
        await RunClockAsync(Task.WhenAll(calls.Select(call => call.ContinueWith(_ => { }, TaskScheduler.Default))));
        Assert.All(calls, call => Assert.IsType<BreakerOpenException>(call.Exception!.InnerException));
        Assert.Equal(before + 1, _calls);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(6));
        Assert.Equal(7, await RunAsync(Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(5) }), () => 7));
        Assert.False(_breaker.IsOpen);
    }

    [Fact]
    public async Task Execute_NoBudget_FailsWithTheCallsOwnFailureAndThenAtOnce()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify });
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, Dead));
        Assert.Equal(3, _calls);
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, Dead));
        await Assert.ThrowsAsync<BreakerOpenException>(() => RunAsync(policy, Dead));
        Assert.Equal(5, _calls);
    }

    [Fact]
    public async Task Execute_ServiceComesBack_WaitersGoOn()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(120) });
        DateTimeOffset back = _time.GetUtcNow() + TimeSpan.FromSeconds(50);
        Task<int>[] calls = [.. Enumerable.Range(0, 20).Select(_ => policy.ExecuteAsync(
            _ => Interlocked.Increment(ref _calls) > 0 && _time.GetUtcNow() < back ? throw new TimeoutException() : ValueTask.FromResult(1), TestContext.Current.CancellationToken).AsTask())];
        await RunClockAsync(Task.WhenAll(calls));
        Assert.All(calls, call => Assert.Equal(1, call.Result));
        // Five fail, one probe fails, one probe works, and the others go out once.
        Assert.Equal(5 + 1 + 20, _calls);
    }

    [Fact]
    public async Task Execute_ProbeCancelled_TheNextCallerProbes()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(120) });
        await OpenAsync();
        _time.Advance(BreakerOptions.DefaultCooldown);
        using var cancel = new CancellationTokenSource();
        Task<int> probe = policy.ExecuteAsync(Hang, cancel.Token).AsTask();
        Task<int> waiting = policy.ExecuteAsync(_ => ValueTask.FromResult(7), TestContext.Current.CancellationToken).AsTask();
        Assert.False(waiting.IsCompleted);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        Assert.Equal(7, await waiting);
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
    }

    [Fact]
    public async Task Execute_ProbeCrashes_TheNextCallerProbes()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify });
        await OpenAsync();
        _time.Advance(BreakerOptions.DefaultCooldown);
        await Assert.ThrowsAsync<FormatException>(() => RunAsync(policy, () => throw new FormatException()));
        Assert.Equal(BreakerState.HalfOpen, _breaker.Status.State);
        Assert.Equal(7, await RunAsync(policy, () => 7));
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
    }

    [Fact]
    public async Task Execute_CancelledInTheMiddleOfCalls_TripsNothing()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(120) });
        using var cancel = new CancellationTokenSource();
        Task<int>[] calls = [.. Enumerable.Range(0, 8).Select(_ => policy.ExecuteAsync(Hang, cancel.Token).AsTask())];
        await cancel.CancelAsync();
        foreach (Task<int> call in calls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(new BreakerStatus("api.example.com", BreakerState.Closed, 0, null, null, null), _breaker.Status);
    }

    [Fact]
    public async Task Execute_RefusedCalls_CountAsNoFailureAndEndARow()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, Limit = RetryLimit.AfterAttempts(1) });
        for (int i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, Dead));
            await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(policy, () => throw new InvalidOperationException()));
        }
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
    }

    [Fact]
    public async Task Execute_Contention_IsTriedAgainAndNotCounted()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(60), Limit = RetryLimit.AfterOutageBudget(atLeast: 3) });
        Assert.Equal(7, await RunAsync(policy, () => ++_calls <= 10 ? throw new NotSupportedException() : 7));
        Assert.Equal((BreakerState.Closed, 0), (_breaker.Status.State, _breaker.Status.ConsecutiveFailures));
    }

    [Fact]
    public async Task Execute_AskedToWaitLongerThanTheBudget_FailsAtOnce()
    {
        var changes = new List<string>();
        RetryPolicy policy = Policy(new()
        {
            Classify = _ => new(FailureClass.Outage, "HTTP 503", TimeSpan.FromHours(1)),
            OutageBudget = TimeSpan.FromSeconds(120),
            Limit = RetryLimit.AfterOutageBudget(atLeast: 3),
            OnBreakerChange = change => changes.Add(change.ToString()),
        });
        BreakerOpenException e = await Assert.ThrowsAsync<BreakerOpenException>(() => RunAsync(policy, Dead));
        Assert.Equal((1, TimeSpan.FromHours(1)), (_calls, e.UntilProbe));
        Assert.Equal("api.example.com: the breaker is open after 1 failures in a row (the last: HTTP 503). No call is made for 3600 s, then one as a probe.", Assert.Single(changes));
    }

    [Fact]
    public async Task Execute_BudgetSpentByOthers_FailsAtOnceUntilAProbeIsDue()
    {
        RetryPolicy policy = Policy(new() { Classify = Classify, OutageBudget = TimeSpan.FromSeconds(10), Limit = RetryLimit.AfterAttempts(1) });
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, Dead));
        await OpenAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        int before = _calls;
        for (int i = 0; i < 100; i++)
            await Assert.ThrowsAsync<BreakerOpenException>(() => RunAsync(policy, Dead));
        Assert.Equal(before, _calls);
        _time.Advance(BreakerOptions.DefaultCooldown);
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, Dead));
        await Assert.ThrowsAsync<BreakerOpenException>(() => RunAsync(policy, Dead));
        Assert.Equal(before + 1, _calls);
    }

    private static FailureVerdict Classify(Exception e) => e switch
    {
        TimeoutException => new(FailureClass.Outage, "Timeout"),
        NotSupportedException => new(FailureClass.Contention, "Deadlock"),
        InvalidOperationException => new(FailureClass.Refusal, "HTTP 400"),
        _ => default,
    };

    private static async ValueTask<int> Hang(CancellationToken token)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        return 0;
    }

    private RetryPolicy Policy(RetryOptions options) => new(options, _time, new Random(1), _breaker);

    private int Dead() => ++_calls > 0 ? throw new TimeoutException() : 0;

    /// <summary>Opens the breaker by calls of another policy.</summary>
    private async Task OpenAsync()
    {
        RetryPolicy other = Policy(new() { Classify = Classify, Limit = RetryLimit.AfterAttempts(1) });
        while (!_breaker.IsOpen)
            await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(other, Dead));
    }

    private async Task<int> RunAsync(RetryPolicy policy, Func<int> call)
    {
        Task<int> run = policy.ExecuteAsync(_ => ValueTask.FromResult(call()), TestContext.Current.CancellationToken).AsTask();
        await RunClockAsync(run);
        return await run;
    }

    /// <summary>Lets the clock go on until the work is done; in between everything that can run does.</summary>
    private async Task RunClockAsync(Task work)
    {
        while (!work.IsCompleted)
        {
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken));
            if (!work.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(100));
        }
    }
}
