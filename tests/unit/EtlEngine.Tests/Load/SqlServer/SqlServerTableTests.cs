using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>What a table has beside its columns: triggers, computed columns, views, rights.</summary>
public sealed class SqlServerTableTests
{
    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40)];

    private static readonly TdsColumn[] SelectedByTrigger = [new("message", "nvarchar(50)"), new("etl_inserted", "bigint")];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_TriggerThatSelects_IsNoAnswerOfTheStatement(bool likeOurs)
    {
        await using var target = new ScriptedTarget(Columns) { HasTrigger = true };
        TdsColumn[] columns = likeOurs ? [new("updated", "bigint"), new("inserted", "bigint")] : SelectedByTrigger;
        object?[] row = likeOurs ? [77L, 88L] : ["seen", 99L];
        target.TriggerSelects = reply => reply.Rows(columns, [row, row]).Info(0, "printed").Rows(columns);
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Rows(5));
        Assert.Equal((5L, 5L, 0L), (run.Summary.Loaded, run.Summary.Inserted, run.Summary.Updated));
    }

    [Fact]
    public async Task Load_TriggerThatSelectsAndThrows_IsolatesItsRow()
    {
        await using var target = new ScriptedTarget(Columns) { HasTrigger = true };
        target.Instead = (step, request) => step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 3)
            ? new TdsReply().Rows(SelectedByTrigger, [["seen", 1L]]).Error(50001, "no secret") : null;
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Rows(8));
        Assert.Equal((7L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(3, Assert.Single(run.Output)[0]);
    }

    [Theory]
    [InlineData(3930)]
    [InlineData(3998)]
    public async Task Load_TriggerThatCatchesAnErrorAndGoesOn_IsolatesItsRow(int number)
    {
        await using var target = new ScriptedTarget(Columns) { HasTrigger = true };
        target.Instead = (step, request) => step switch
        {
            LoadStep.Upsert when target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 3) => new TdsReply().Error(number),
            LoadStep.State => new TdsReply().Rows([new TdsColumn("", "int")], [-1]),
            _ => null,
        };
        LoadRun run = await TestDatabase.LoadAsync(target.Options, Rows(8));
        Assert.Equal((7L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Contains("doomed", Assert.Single(run.Output).Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_UniqueIndexOnAComputedColumn_UsesOneWriterAndWritesRowByRow()
    {
        await using var target = new ScriptedTarget([.. Columns, new("folded", "nvarchar", 40) { IsComputed = true }]) { UniqueIndexes = [["id"], ["folded"]] };
        await RequireRowByRowAsync(target);
    }

    [Fact]
    public async Task Load_IndexedViewOverTheTable_UsesOneWriterAndWritesRowByRow()
    {
        await using var target = new ScriptedTarget(Columns) { HasIndexedView = true };
        await RequireRowByRowAsync(target);
    }

    [Theory]
    [InlineData("timestamp", true, false)]
    [InlineData("bigint", false, true)]
    public async Task Load_UniqueIndexOnWhatTheServerGives_LoadsSideBySide(string type, bool isGenerated, bool isIdentity)
    {
        await using var target = new ScriptedTarget([.. Columns, new("own", type, 8) { IsGenerated = isGenerated, IsIdentity = isIdentity }]) { UniqueIndexes = [["id"], ["own"]] };
        await TestDatabase.LoadAsync(target.Options with { ThrottleLimit = 3 }, Rows(50));
        Assert.Equal(4, target.Server.Connections);
    }

    [Fact]
    public async Task Load_EqualKeysWhereAComputedColumnMayRefuse_WritesEachRow()
    {
        await using var target = new ScriptedTarget(Columns) { HasConstraints = true, Duplicates = [(0, 2)] };
        LoadRun run = await TestDatabase.LoadAsync(target.Options, [Rec.Of("id", 1, "name", "a"), Rec.Of("id", 2, "name", "x"), Rec.Of("id", 1, "name", "b")]);
        Assert.Equal((2L, 1L), (run.Summary.Loaded, run.Summary.Superseded));
        RpcCall[] upserts = [.. Upserts(target)];
        // Each of them alone, with its own key: the first one makes the row.
        Assert.Contains(upserts, call => ScriptedTarget.Parameter(call, "@first") is byte[] && ScriptedTarget.FirstRows(call) is [.., 3] or [3]);
    }

    [Fact]
    public async Task Load_RowsTheServerNumbers_AreNumberedInTheOrderOfTheSource()
    {
        await using var target = new ScriptedTarget([.. Columns, new("number", "bigint", 8) { IsIdentity = true }]);
        await TestDatabase.LoadAsync(target.Options, Rows(3));
        Assert.Contains("ORDER BY s.[etl_row]", Assert.Single(Upserts(target)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "SELECT", "INSERT")]
    [InlineData(false, "SELECT", "INSERT", "UPDATE")]
    public async Task Open_RightsThatTheLoadNeeds_Suffice(bool insertOnly, params string[] rights)
    {
        await using var target = new ScriptedTarget(Columns) { Rights = rights };
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { InsertOnly = insertOnly }, Rows(3));
        Assert.Equal(3, run.Summary.Loaded);
    }

    [Fact]
    public async Task Open_KeepIdentityWithoutAlter_SaysWhatNeedsIt()
    {
        await using var target = new ScriptedTarget([.. Columns, new("number", "bigint", 8) { IsIdentity = true }]);
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.OpenAsync(target.Options with { Specific = new SqlServerOptions { KeepIdentity = true } }));
        Assert.Equal(FailureCodes.AccessDenied, error.Code);
        Assert.Contains("ALTER on the table 'dbo.orders', which -KeepIdentity needs", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_MergeOfRowsWithNothingToUpdate_CountsThoseThatAreThere()
    {
        await using var target = new ScriptedTarget([.. Columns, new("city", "nvarchar", 40)])
        {
            Instead = (step, request) => step == LoadStep.Upsert && request is RpcCall { Text: var text }
                ? ScriptedTarget.Effect(updated: text.Contains("SET @updated += @known", StringComparison.Ordinal) ? 2 : 0, inserted: 1) : null,
        };
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { UpdateColumn = ["name"], Specific = new SqlServerOptions { UseMerge = true } },
            Enumerable.Range(0, 3).Select(i => Rec.Of("id", i, "city", "x")));
        Assert.Equal(0, run.Summary.Errors);
    }

    private static async Task RequireRowByRowAsync(ScriptedTarget target)
    {
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { ThrottleLimit = 3 }, Rows(50));
        Assert.Equal(50, run.Summary.Loaded);
        Assert.Equal(2, target.Server.Connections);
        Assert.Contains(Upserts(target), call => call.Text.Contains("WHILE @at < @to", StringComparison.Ordinal));
    }

    private static IEnumerable<Record> Rows(int count) => Enumerable.Range(0, count).Select(i => Rec.Of("id", i, "name", $"n{i}"));

    private static IEnumerable<RpcCall> Upserts(ScriptedTarget target) =>
        target.Server.Requests.OfType<RpcCall>().Where(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert);
}
