using EtlTools.Engine.Extract.Sql;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Resilience;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

/// <summary>A server that can no longer be reached, and does not even refuse: a stop must not wait for it.</summary>
public sealed class UnreachableServerTests
{
    /// <summary>Far more than a stop takes, and far less than a driver waits.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData("COPY", false, 1)]
    [InlineData("COPY", true, 1)]
    [InlineData("COPY", true, 4)]
    [InlineData("WITH w AS (INSERT", true, 1)]
    [InlineData("BEGIN", true, 1)]
    [InlineData("COMMIT", false, 1)]
    public async Task Stop_ServerIsABlackHole_LoadIsGoneAndClaimsNothing(string freezesAt, bool isStaged, int writers)
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        if (isStaged)
            db.Execute("INSERT INTO t VALUES (-1, 'old')");
        using var proxy = new PostgresProxy(db.ConnectionString);
        LoadStage stage = await TestDatabase.OpenAsync(db.Options with { ConnectionString = proxy.ConnectionString, ThrottleLimit = writers });
        proxy.FreezeAt(freezesAt);
        for (int i = 0; i < 8000; i++)
            Assert.True(stage.TryPost(Rec.Of("id", i, "v", new string('x', 200))));
        stage.CompleteInput();
        await proxy.Frozen.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        await Task.Run(stage.Cancel).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await stage.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0, stage.Summarize().Loaded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stop_ServerIsABlackHole_QueryIsGone(bool hasRows)
    {
        using var db = new PostgresTestTarget();
        using var proxy = new PostgresProxy(db.ConnectionString);
        if (!hasRows)
            proxy.Freeze();
        var options = new SqlSourceOptions
        {
            Target = new TargetOptions { Provider = "PostgreSQL", ConnectionString = proxy.ConnectionString },
            Query = "SELECT i, repeat('x', 1000) AS v FROM generate_series(1, 1000000) AS n(i)",
        };
        using var run = new EtlRun(TimeProvider.System);
        var source = new SqlSource("Import-EtlSql", options, new BreakerRegistry(TimeProvider.System), 1000, run);
        for (int rows = 0; hasRows && rows < 500;)
        {
            if (source.TryTake(out _))
                rows++;
            else
                source.Wait(TimeSpan.FromSeconds(1));
        }
        proxy.Freeze();
        while (source.TryTake(out _))
        {
            // What had come by then, so that the reader waits for the server.
        }
        await Task.Run(source.Cancel).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await source.DisposeAsync().AsTask().WaitAsync(Patience, TestContext.Current.CancellationToken);
    }
}
