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
    public async Task Execute_FailsThenWorks_GivesTheResultAndCountsRetries()
    {
        var policy = new RetryPolicy(Options with { MaxAttempts = 5 }, _time, new Random(1));
        int calls = 0;
        int result = await RunAsync(policy, () => ++calls < 4 ? throw new TimeoutException() : calls);
        Assert.Equal((4, 3L), (result, policy.Retries));
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
        Assert.Equal((1, 0L), (calls, policy.Retries));
    }

    [Fact]
    public async Task Execute_BudgetSpent_StopsAtItsEnd()
    {
        var budget = TimeSpan.FromSeconds(30);
        var policy = new RetryPolicy(Options with { MaxAttempts = int.MaxValue, OutageBudget = budget }, _time, new Random(1));
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

    private static RetryOptions Options => new() { IsTransient = e => e is TimeoutException };

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
