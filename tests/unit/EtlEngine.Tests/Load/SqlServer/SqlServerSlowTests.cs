using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Statements that take longer than -CommandTimeoutSec. The double answers them with nothing until the driver's attention, which
/// it confirms, as https://learn.microsoft.com/openspecs/windows_protocols/ms-tds says.</summary>
public sealed class SqlServerSlowTests
{
    private const int Slow = 7;

    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40)];

    private static IEnumerable<Record> Rows(int count) => Enumerable.Range(0, count).Select(i => Rec.Of("id", i, "name", "x"));

    private static LoadOptions OptionsOf(ScriptedTarget target) => target.Options with { BatchSize = 20, CommandTimeout = TimeSpan.FromSeconds(1) };

    private static bool IsSlow(ScriptedTarget target, LoadStep step, TdsRequest request) =>
        step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == Slow);

    private static TdsReply State(int state) => new TdsReply().Rows([new TdsColumn("", "int")], [state]);

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Upsert_OneSlowRow_IsRefusedAndAllElseLoaded(int stateAfterIt)
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) => IsSlow(target, step, request) ? new TdsReply().Stall() : step == LoadStep.State ? State(stateAfterIt) : null;
        LoadRun run = await TestDatabase.LoadAsync(OptionsOf(target), Rows(40));
        Assert.Equal((39L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Record letter = Assert.Single(run.Output);
        Assert.Equal(Slow, letter[0]);
        string[] texts = [.. target.Server.Requests.OfType<BatchRequest>().Select(request => request.Text)];
        // Half of the second that a statement may take, and no limit for what comes later.
        Assert.Contains("SET LOCK_TIMEOUT 500;", texts);
        Assert.Contains(texts, text => text.StartsWith(SqlServerSql.Begin, StringComparison.Ordinal) && text.EndsWith("SET LOCK_TIMEOUT -1;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Upsert_TooManyRows_AreWrittenInFewer()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) => step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Length > 5 ? new TdsReply().Stall() : null;
        LoadRun run = await TestDatabase.LoadAsync(OptionsOf(target), Rows(20));
        Assert.Equal((20L, 0L, 1L), (run.Summary.Loaded, run.Summary.Errors, run.Summary.Retries));
    }

    [Fact]
    public async Task Upsert_LockedRow_IsWaitedForAndLoaded()
    {
        await using var target = new ScriptedTarget(Columns);
        int locked = 3;
        target.Instead = (step, request) =>
            !IsSlow(target, step, request) ? null
            : target.RangeOf((RpcCall)request).Length > 1 ? new TdsReply().Stall()
            : locked-- > 0 ? new TdsReply().Error(1222) : null;
        LoadRun run = await TestDatabase.LoadAsync(OptionsOf(target), Rows(20));
        Assert.Equal((20L, 0L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.True(locked < 0);
    }

    [Fact]
    public async Task Replace_OneSlowRow_IsRefusedInTheSameTransaction()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) => IsSlow(target, step, request) ? new TdsReply().Stall() : null;
        LoadRun run = await TestDatabase.LoadAsync(OptionsOf(target) with { Mode = LoadMode.Replace }, Rows(20));
        Assert.Equal((19L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(TransactionAction.Begin, Assert.Single(target.Server.Requests.OfType<TransactionRequest>()).Action);
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
        Assert.Equal(
            ["SET LOCK_TIMEOUT 500;", SqlServerSql.UnlimitLockWaits],
            target.Server.Requests.OfType<BatchRequest>().Select(request => request.Text).Where(text => text.StartsWith("SET LOCK_TIMEOUT", StringComparison.Ordinal) && !text.Contains('\n')).Distinct());
    }

    [Fact]
    public async Task Replace_SlowTriggerThatEndsTheTransaction_LoadsNothing()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) =>
            IsSlow(target, step, request) ? new TdsReply().Stall() : step is LoadStep.State or LoadStep.GoBackBatch ? State(0) : null;
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(OptionsOf(target) with { Mode = LoadMode.Replace }, Rows(20)));
        Assert.Contains("rolled back", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoadStep.Commit, target.Steps);
    }
}
