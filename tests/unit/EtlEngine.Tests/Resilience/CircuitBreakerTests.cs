using EtlTools.Engine.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace EtlTools.Engine.Tests.Resilience;

public class CircuitBreakerTests
{
    private static readonly TimeSpan Cooldown = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _changes = [];
    private readonly CircuitBreaker _breaker;

    public CircuitBreakerTests() =>
        _breaker = new CircuitBreaker("api.example.com", new BreakerOptions(), _time, change => _changes.Add($"{change.From}-{change.Now.State}"));

    [Fact]
    public void Fail_FiveInARow_Opens()
    {
        Fail(4);
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
        Fail(1);
        Assert.Equal(
            new BreakerStatus("api.example.com", BreakerState.Open, 5, _time.GetUtcNow(), _time.GetUtcNow() + Cooldown, "HTTP 503"), _breaker.Status);
        Assert.False(_breaker.TryEnter(out _, out BreakerWait wait));
        Assert.Equal(Cooldown, wait.UntilProbe);
    }

    [Fact]
    public void Succeed_BetweenFailures_BeginsTheCountAgain()
    {
        Fail(4);
        Enter().Succeed();
        Fail(4);
        Assert.Equal((BreakerState.Closed, 4), (_breaker.Status.State, _breaker.Status.ConsecutiveFailures));
    }

    [Fact]
    public void Probe_Succeeds_Closes()
    {
        Open();
        Enter().Succeed();
        Assert.Equal(new BreakerStatus("api.example.com", BreakerState.Closed, 0, null, null, "HTTP 503"), _breaker.Status);
        Assert.Equal(["Closed-Open", "Open-HalfOpen", "HalfOpen-Closed"], _changes);
    }

    [Fact]
    public void Probe_Fails_OpensForAnotherCooldown()
    {
        Open();
        DateTimeOffset? opened = _breaker.Status.OpenedAt;
        Fail(1);
        Assert.Equal((BreakerState.Open, opened, _time.GetUtcNow() + Cooldown), (_breaker.Status.State, _breaker.Status.OpenedAt, _breaker.Status.NextProbe));
    }

    [Fact]
    public void Probe_Abandoned_MakesRoomForTheNext()
    {
        Open();
        BreakerPass abandoned = Enter();
        Assert.False(_breaker.TryEnter(out _, out BreakerWait wait));
        abandoned.Dispose();
        Assert.True(wait.Change.IsCompleted);
        Enter().Succeed();
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
    }

    [Fact]
    public void Fail_OfACallFromBeforeTheChange_CountsForNothing()
    {
        BreakerPass late = Enter();
        BreakerPass later = Enter();
        Open();
        late.Fail("HTTP 503", default, false);
        Assert.Equal(BreakerState.Open, _breaker.Status.State);
        Enter().Succeed();
        later.Fail("HTTP 503", default, opensAtOnce: true);
        Assert.Equal((BreakerState.Closed, 0), (_breaker.Status.State, _breaker.Status.ConsecutiveFailures));
    }

    [Fact]
    public void Succeed_OfACallFromBeforeTheChange_DoesNotClose()
    {
        BreakerPass late = Enter();
        Open();
        late.Succeed();
        Assert.Equal(BreakerState.Open, _breaker.Status.State);
    }

    [Fact]
    public void Fail_AskedToStayAway_OpensForThatLong()
    {
        Enter().Fail("HTTP 503", TimeSpan.FromMinutes(10), opensAtOnce: true);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(_breaker.TryEnter(out _, out _));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(_breaker.TryEnter(out _, out _));
    }

    [Fact]
    public void Reset_Open_ClosesAndWakesWaiters()
    {
        Fail(5);
        _breaker.TryEnter(out _, out BreakerWait wait);
        _breaker.Reset();
        Assert.True(wait.Change.IsCompleted);
        Assert.Equal(BreakerState.Closed, _breaker.Status.State);
    }

    [Fact]
    public async Task TryEnter_EightWorkersRacing_LetsExactlyOneThrough()
    {
        for (int repeat = 0; repeat < 1000; repeat++)
        {
            var breaker = new CircuitBreaker("d", new BreakerOptions { Threshold = 1 }, _time);
            breaker.TryEnter(out BreakerPass? first, out _);
            first!.Fail("HTTP 503", default, false);
            _time.Advance(Cooldown);
            using var start = new Barrier(8);
            bool[] entered = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.SignalAndWait();
                    return breaker.TryEnter(out BreakerPass? _, out BreakerWait _);
                },
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(entered, through => through);
        }
    }

    [Fact]
    public void Get_SameDependency_IsTheSameBreakerWithTheLastNumbers()
    {
        var registry = new BreakerRegistry(_time);
        var heard = new List<BreakerChange>();
        registry.Changed += heard.Add;
        CircuitBreaker one = registry.Get("api.example.com:443", new BreakerOptions());
        CircuitBreaker two = registry.Get("API.example.com:443", new BreakerOptions { Threshold = 1 });
        Assert.Same(one, two);
        one.TryEnter(out BreakerPass? pass, out _);
        pass!.Fail("HTTP 503", default, false);
        Assert.Equal(BreakerState.Open, Assert.Single(heard).Now.State);
        Assert.Same(one, Assert.Single(registry.All));
    }

    private BreakerPass Enter()
    {
        Assert.True(_breaker.TryEnter(out BreakerPass? pass, out _));
        return pass;
    }

    private void Fail(int times)
    {
        for (int i = 0; i < times; i++)
            Enter().Fail("HTTP 503", default, false);
    }

    /// <summary>Opens the breaker and lets the cool-down pass.</summary>
    private void Open()
    {
        Fail(5);
        _time.Advance(Cooldown);
    }
}
