using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Stages;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Every number that Microsoft calls transient, in every step of a load. The lists are cited at
/// <see cref="SqlServerTransientErrors"/>.</summary>
public sealed class SqlServerTransientTests
{
    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40)];

    [Theory]
    [InlineData("ClearStaging", false)]
    [InlineData("AnnounceRows", false)]
    [InlineData("Rows", false)]
    [InlineData("Duplicates", false)]
    [InlineData("Begin", false)]
    [InlineData("Upsert", false)]
    [InlineData("Commit", false)]
    [InlineData("Login", true)]
    [InlineData("Settings", true)]
    [InlineData("MakeStaging", true)]
    [InlineData("DescribeStaging", true)]
    public async Task Step_EachTransientNumber_IsTriedAgainAndLoadsAll(string failing, bool afterLoss)
    {
        int[] numbers = [.. SqlServerTransientErrors.OfServer];
        var next = new Queue<int>(numbers);
        // Each batch meets one number, at the connection that it has or, where the step is one of connecting, at a fresh one.
        bool loses = false, fails = false;
        await using var target = new ScriptedTarget(Columns);
        TdsReply? Fail(string step)
        {
            if (loses || !fails || step != failing)
                return null;
            fails = false;
            return new TdsReply().Error(next.Dequeue(), level: 16);
        }
        target.Server.OnLogin = _ => Fail("Login");
        target.Instead = (step, _) =>
        {
            if (step == LoadStep.Upsert && loses)
            {
                loses = false;
                return new TdsReply().Drop();
            }
            return Fail(step.ToString());
        };
        await using LoadStage stage = await TestDatabase.OpenAsync(target.Options with { BatchSize = 1, OutageBudget = TimeSpan.FromMinutes(5) }, new EtlRun(new HurriedTime()));
        var output = new List<Records.Record>();
        // The first batch makes what the others reuse.
        for (int i = 0; i <= numbers.Length; i++)
        {
            (loses, fails) = (afterLoss && i > 0, i > 0);
            long loaded = stage.Summarize().Loaded;
            TestDatabase.Post(stage, Rec.Of("id", i, "name", "x"), output);
            while (stage.Summarize().Loaded == loaded)
            {
                Assert.True(stage.Wait(TimeSpan.FromMilliseconds(1)) || output.Count == 0);
                TestDatabase.TakeAll(stage, output);
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }
        }
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        LoadSummary summary = stage.Summarize();
        Assert.Empty(next);
        Assert.Equal((numbers.Length + 1L, 0L), (summary.Loaded, summary.Errors));
        Assert.Equal(numbers.Length * (afterLoss ? 2 : 1), summary.Retries);
    }

    /// <summary>The clock's own time, in which one waits a hundredth as long.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 100 : dueTime, period);
    }
}
