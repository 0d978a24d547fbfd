using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Every number that Microsoft calls transient, in the steps of a load. The lists are cited at
/// <see cref="SqlServerTransientErrors"/>.</summary>
public sealed class SqlServerTransientTests
{
    [Theory]
    [InlineData("ClearStaging")]
    [InlineData("AnnounceRows")]
    [InlineData("Rows")]
    [InlineData("Duplicates")]
    [InlineData("Begin")]
    [InlineData("Upsert")]
    [InlineData("Commit")]
    public async Task Step_EachTransientNumber_IsTriedAgainAndLoadsAll(string failing)
    {
        int[] numbers = [.. SqlServerTransientErrors.OfServer];
        var next = new Queue<int>(numbers);
        bool fails = true;
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("name", "nvarchar", 40));
        // Each batch meets one number, once.
        target.Instead = (step, _) =>
        {
            if (step.ToString() == failing && fails && next.TryDequeue(out int number))
            {
                fails = false;
                return new TdsReply().Error(number);
            }
            fails |= step == LoadStep.Commit;
            return null;
        };
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { BatchSize = 1, OutageBudget = TimeSpan.FromMinutes(10) },
            Enumerable.Range(0, numbers.Length + 1).Select(i => Rec.Of("id", i, "name", "x")), new EtlRun(new HurriedTime()));
        Assert.Empty(next);
        Assert.Equal((numbers.Length + 1L, 0L, (long)numbers.Length), (run.Summary.Loaded, run.Summary.Errors, run.Summary.Retries));
    }

    [Theory]
    [InlineData("Login")]
    [InlineData("Settings")]
    [InlineData("Describe")]
    [InlineData("MakeStaging")]
    [InlineData("DescribeStaging")]
    public async Task Opening_EachTransientNumber_IsTriedAgainAndLoadsAll(string failing)
    {
        var next = new Queue<int>(SqlServerTransientErrors.OfServer);
        int count = next.Count;
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("name", "nvarchar", 40));
        // All numbers one after the other, before it works.
        target.Server.OnLogin = _ => failing == "Login" && next.TryDequeue(out int number) ? new TdsReply().Error(number) : null;
        target.Instead = (step, _) => step.ToString() == failing && next.TryDequeue(out int number) ? new TdsReply().Error(number) : null;
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { OutageBudget = TimeSpan.FromMinutes(10), Breaker = new BreakerOptions { Threshold = int.MaxValue } }, [Rec.Of("id", 1, "name", "x")], new EtlRun(new HurriedTime()));
        Assert.Equal((1L, 0L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Empty(next);
        Assert.True(run.Summary.Retries >= count, $"{run.Summary.Retries} retries for {count} errors.");
    }

    /// <summary>The clock's own time, in which one waits a hundredth as long.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
    }
}
