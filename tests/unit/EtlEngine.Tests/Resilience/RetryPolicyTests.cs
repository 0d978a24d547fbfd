using EtlTools.Engine.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Resilience;

public class RetryPolicyTests
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };

    [Fact]
    public void FullJitter_ManyDraws_AreUniformBelowTheBound()
    {
        var random = new Random(7);
        for (int attempt = 0; attempt < 60; attempt++)
        {
            double bound = Math.Min(5000, 100 * Math.Pow(2, attempt));
            double[] draws = [.. Enumerable.Range(0, 2000).Select(_ =>
                FullJitter.Next(attempt, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), random).TotalMilliseconds)];
            Assert.InRange(draws.Max(), bound * 0.95, bound);
            Assert.InRange(draws.Min(), 0, bound * 0.05);
            Assert.InRange(draws.Average(), bound * 0.45, bound * 0.55);
        }
    }

    [Fact]
    public void FullJitter_TenThousandFourthDelays_AreUniform()
    {
        const int Draws = 10_000, Bins = 20;
        var random = new Random(20_26);
        var counts = new int[Bins];
        for (int i = 0; i < Draws; i++)
        {
            double delay = FullJitter.Next(3, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5), random).TotalMilliseconds;
            Assert.InRange(delay, 0, 800);
            counts[Math.Min((int)(delay / 800 * Bins), Bins - 1)]++;
        }
        // The 99.9 % point of chi-square with 19 degrees of freedom.
        double expected = (double)Draws / Bins;
        Assert.InRange(counts.Sum(count => Math.Pow(count - expected, 2) / expected), 0, 43.8);
    }

    [Fact]
    public async Task Execute_AskedToWait_WaitsAtLeastThatLong()
    {
        var policy = new RetryPolicy(Options with { Classify = _ => new(FailureClass.Outage, "HTTP 429", TimeSpan.FromSeconds(20)) }, _time, new Random(1));
        DateTimeOffset began = _time.GetUtcNow();
        int calls = 0;
        await RunAsync(policy, () => ++calls < 2 ? throw new TimeoutException() : 0);
        Assert.InRange(_time.GetUtcNow() - began, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20.2));
    }

    [Fact]
    public async Task Execute_AskedToWaitTooLong_IsNotTriedAgain()
    {
        var policy = new RetryPolicy(Options with { Classify = _ => new(FailureClass.Outage, "HTTP 503", TimeSpan.FromHours(1)) }, _time, new Random(1));
        int calls = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, () => ++calls > 0 ? throw new TimeoutException() : 0));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Execute_FailsThenWorks_GivesTheResult()
    {
        var policy = new RetryPolicy(Options with { Limit = RetryLimit.AfterAttempts(5) }, _time, new Random(1));
        int calls = 0;
        int result = await RunAsync(policy, () => ++calls < 4 ? throw new TimeoutException() : calls);
        Assert.Equal((4, 4), (result, calls));
    }

    [Fact]
    public async Task Execute_AttemptsSpent_ThrowsTheLastFailure()
    {
        var policy = new RetryPolicy(Options, _time, new Random(1));
        int calls = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, () => ++calls > 0 ? throw new TimeoutException() : 0));
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Execute_NotTransient_IsNotTriedAgain()
    {
        var policy = new RetryPolicy(Options, _time, new Random(1));
        int calls = 0;
        await Assert.ThrowsAsync<FormatException>(() => RunAsync(policy, () => ++calls > 0 ? throw new FormatException() : 0));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task Execute_BudgetSpent_StopsAtItsEnd()
    {
        var budget = TimeSpan.FromSeconds(30);
        var policy = new RetryPolicy(Options with { Limit = RetryLimit.AfterOutageBudget(atLeast: 3), OutageBudget = budget }, _time, new Random(1));
        DateTimeOffset began = _time.GetUtcNow();
        int calls = 0;
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(policy, () => ++calls > 0 ? throw new TimeoutException() : 0));
        Assert.InRange(_time.GetUtcNow() - began, budget, budget + TimeSpan.FromMilliseconds(50));
        Assert.InRange(calls, 8, 60);
    }

    [Fact]
    public async Task Execute_Cancelled_StopsWaiting()
    {
        var policy = new RetryPolicy(Options, _time, new Random(1));
        using var cancel = new CancellationTokenSource();
        Task<int> run = policy.ExecuteAsync<int>(_ => throw new TimeoutException(), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    private static RetryOptions Options => new() { Classify = e => new(e is TimeoutException ? FailureClass.Outage : FailureClass.Neutral, e.GetType().Name) };

    /// <summary>Runs a call while the clock goes on.</summary>
    private async Task<int> RunAsync(RetryPolicy policy, Func<int> call)
    {
        Task<int> run = policy.ExecuteAsync(_ => ValueTask.FromResult(call()), TestContext.Current.CancellationToken).AsTask();
        while (!run.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            await Task.Yield();
        }
        return await run;
    }
}
