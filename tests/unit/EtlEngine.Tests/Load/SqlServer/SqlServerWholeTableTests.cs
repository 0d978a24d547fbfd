using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Loads that are one transaction, against the double of the protocol. What errors do to a transaction:
/// https://learn.microsoft.com/sql/t-sql/functions/xact-state-transact-sql.</summary>
public sealed class SqlServerWholeTableTests
{
    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40), new("gone", "bit", 1)];

    private static IEnumerable<Record> Rows(int count) => Enumerable.Range(0, count).Select(i => Rec.Of("id", i, "name", "x"));

    private static LoadOptions Replace(ScriptedTarget target) => target.Options with { Mode = LoadMode.Replace, BatchSize = 10 };

    private static LoadOptions Missing(ScriptedTarget target) => target.Options with { DeleteMissing = true };

    private static string TextOf(TdsRequest request) => request is RpcCall call ? call.Text : (request as BatchRequest)?.Text ?? "";

    private static string[] Changes(ScriptedTarget target) => [.. target.Server.Requests.Where(request => ScriptedTarget.StepOf(request) == LoadStep.Change).Select(TextOf)];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Replace_TwoBatches_AreOneTransaction(bool hasKey)
    {
        await using var target = new ScriptedTarget(Columns) { Touched = 7 };
        LoadRun run = await TestDatabase.LoadAsync(Replace(target) with { Key = hasKey ? ["id"] : [], ThrottleLimit = 4 }, Rows(15));
        Assert.Equal((15L, 15L, 7L), (run.Summary.Loaded, run.Summary.Inserted, run.Summary.Deleted));
        Assert.Equal(15, target.Rows.Count());
        Assert.Equal("DELETE FROM [dbo].[orders];", Assert.Single(Changes(target)).Split('\n')[2]);
        Assert.Equal(TransactionAction.Begin, Assert.Single(target.Server.Requests.OfType<TransactionRequest>()).Action);
        LoadStep[] steps = [.. target.Steps.SkipWhile(step => step != LoadStep.LockTable)];
        LoadStep[] duplicates = hasKey ? [LoadStep.Duplicates] : [];
        Assert.Equal(
            [
                LoadStep.LockTable, LoadStep.References, LoadStep.Change,
                LoadStep.SaveBatch, LoadStep.MakeStaging, LoadStep.DescribeStaging, LoadStep.AnnounceRows, LoadStep.Rows, .. duplicates, LoadStep.Save, LoadStep.Upsert,
                LoadStep.SaveBatch, LoadStep.ClearStaging, LoadStep.AnnounceRows, LoadStep.Rows, .. duplicates, LoadStep.Save, LoadStep.Upsert,
                LoadStep.Commit,
            ],
            steps);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("gone")]
    public async Task Preview_DeleteMissing_ShowsTheStatementsOfTheRun(string? marking)
    {
        await using var target = new ScriptedTarget(Columns);
        LoadOptions options = Missing(target) with { DeletedColumn = marking };
        await using LoadPreview preview = await LoadPreview.OpenAsync(options, new EtlRun(TimeProvider.System), cancellationToken: TestContext.Current.CancellationToken);
        string[] shown = [.. preview.Plan(Rows(1).First()).Statements.Where(text => text.Contains("etl_seen", StringComparison.Ordinal))];
        await TestDatabase.LoadAsync(options, Rows(1));
        Assert.Equal(marking is null ? 3 : 4, shown.Length);
        Assert.All(shown, text => Assert.Contains(text, target.Server.Requests.Select(TextOf)));
    }

    [Theory]
    [InlineData("Replace", "DELETE FROM [dbo].[orders];")]
    [InlineData("DeleteMissing", "DELETE t FROM [dbo].[orders] AS t")]
    [InlineData("DeletedColumn", "UPDATE t SET [gone] = 1")]
    [InlineData("Upsert", null)]
    public async Task Preview_WholeTable_ShowsWhatTakesRowsOut(string how, string? statement)
    {
        await using var target = new ScriptedTarget(Columns);
        LoadOptions options = how switch
        {
            "Replace" => Replace(target),
            "DeleteMissing" => Missing(target),
            "DeletedColumn" => Missing(target) with { DeletedColumn = "gone" },
            _ => target.Options,
        };
        await using LoadPreview preview = await LoadPreview.OpenAsync(options, new EtlRun(TimeProvider.System));
        IReadOnlyList<string> statements = preview.Plan(Rows(1).Single()).Statements;
        if (statement is null)
            Assert.DoesNotContain(statements, text => text.Contains("etl_touched", StringComparison.Ordinal));
        else
            Assert.Contains(statement, how == "Replace" ? statements[0] : statements[^1], StringComparison.Ordinal);
        Assert.Empty(Changes(target));
    }

    [Fact]
    public async Task Replace_GuiltyRow_IsLeftOutAndAllElseCommitted()
    {
        await using var target = new ScriptedTarget(Columns);
        target.Instead = (step, request) => step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 13) ? new TdsReply().Error(547) : null;
        LoadRun run = await TestDatabase.LoadAsync(Replace(target), Rows(25));
        Assert.Equal((24L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(13, Assert.Single(run.Output)[0]);
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
        Assert.Single(target.Server.Requests.OfType<TransactionRequest>());
    }

    [Theory]
    [InlineData("an error of a row that dooms it")]
    [InlineData("a deadlock")]
    [InlineData("a lost connection")]
    public async Task Replace_TransactionLost_EndsTheRunWithNothingChanged(string how)
    {
        await using var target = new ScriptedTarget(Columns);
        int upserts = 0;
        bool isLost = false;
        target.Instead = (step, _) =>
        {
            if (step is LoadStep.State or LoadStep.GoBackBatch && isLost)
                return new TdsReply().Rows([new TdsColumn("", "int")], [how == "a deadlock" ? 0 : -1]);
            if (step != LoadStep.Upsert || ++upserts != 2)
                return null;
            isLost = true;
            return how switch { "a deadlock" => new TdsReply().Error(1205, level: 13), "a lost connection" => new TdsReply().Drop(), _ => new TdsReply().Error(245) };
        };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Replace(target), Rows(30)));
        Assert.Equal(FailureCodes.TargetUnavailable, error.Code);
        Assert.Contains(how == "a lost connection" ? "connection" : "The server rolled back what was written", error.Message, StringComparison.Ordinal);
        Assert.Contains("The table is as it was before", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoadStep.Commit, target.Steps);
    }

    // 1222: https://learn.microsoft.com/sql/t-sql/statements/set-lock-timeout-transact-sql
    [Fact]
    public async Task Replace_TableInUse_IsWaitedForOnAFreshConnection()
    {
        await using var target = new ScriptedTarget(Columns);
        int failures = 2;
        target.Instead = (step, _) => step == LoadStep.LockTable && failures-- > 0 ? new TdsReply().Error(1222) : null;
        LoadRun run = await TestDatabase.LoadAsync(Replace(target), Rows(5));
        Assert.Equal((5L, 2L), (run.Summary.Loaded, run.Summary.Retries));
        Assert.Equal(3, target.Server.Requests.OfType<TransactionRequest>().Select(request => request.Session).Distinct().Count());
    }

    [Fact]
    public async Task Replace_ReferencedTable_NeedsAKeyAndDeletesWhatDidNotCome()
    {
        await using var target = new ScriptedTarget(Columns) { References = 1, Touched = 3 };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Replace(target) with { Key = [] }, Rows(1)));
        Assert.Contains("Use -Key", error.Message, StringComparison.Ordinal);
        LoadRun run = await TestDatabase.LoadAsync(Replace(target), Rows(12));
        Assert.Equal((12L, 3L), (run.Summary.Loaded, run.Summary.Deleted));
        Assert.Contains("NOT EXISTS (SELECT 1 FROM [#etl_seen]", Assert.Single(Changes(target)), StringComparison.Ordinal);
        Assert.Equal(2, target.Steps.Count(step => step == LoadStep.KeepKeys));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Complete_CommitNotAnswered_SaysThatItIsAllOrNothing(bool replaces)
    {
        await using var target = new ScriptedTarget(Columns) { Instead = (step, _) => step == LoadStep.Commit ? new TdsReply().Drop() : null };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(replaces ? Replace(target) : Missing(target), Rows(5)));
        Assert.Equal(FailureCodes.TargetUnavailable, error.Code);
        Assert.Contains("All of it is in the table, or nothing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteMissing_CompleteRun_DeletesInItsScope()
    {
        await using var target = new ScriptedTarget(Columns) { Touched = 4 };
        LoadRun run = await TestDatabase.LoadAsync(Missing(target) with { MissingScope = new Dictionary<string, object?> { ["NAME"] = "x" } }, Rows(5));
        Assert.Equal((5L, 4L), (run.Summary.Loaded, run.Summary.Deleted));
        var delete = (RpcCall)Assert.Single(target.Server.Requests, request => ScriptedTarget.StepOf(request) == LoadStep.Change);
        Assert.Contains("WHERE t.[name] = CAST(@scope0 AS nvarchar(20)) AND NOT EXISTS", delete.Text, StringComparison.Ordinal);
        Assert.Equal("x", ScriptedTarget.Parameter(delete, "@scope0"));
    }

    [Fact]
    public async Task DeleteMissing_RecordOutsideOfTheScope_EndsTheRunAndChangesNothing()
    {
        await using var target = new ScriptedTarget(Columns) { HasOutside = true };
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(Missing(target) with { MissingScope = new Dictionary<string, object?> { ["name"] = "x" } }, Rows(5)));
        Assert.Contains("-MissingScope", error.Message, StringComparison.Ordinal);
        Assert.Empty(Changes(target));
        Assert.DoesNotContain(LoadStep.Commit, target.Steps);
    }

    [Fact]
    public async Task DeleteMissing_DeletedColumn_MarksAndTakesMarksBack()
    {
        await using var target = new ScriptedTarget(Columns) { Touched = 2, Rights = ["SELECT", "INSERT", "UPDATE"] };
        LoadRun run = await TestDatabase.LoadAsync(Missing(target) with { DeletedColumn = "gone" }, Rows(5));
        Assert.Equal(2, run.Summary.Deleted);
        string[] changes = Changes(target);
        Assert.Contains("SET [gone] = 0", changes[0], StringComparison.Ordinal);
        Assert.Contains("SET [gone] = 1", changes[1], StringComparison.Ordinal);
        Assert.Equal(2, changes.Length);
    }

    [Theory]
    [InlineData("DELETE")]
    [InlineData("INSERT")]
    public async Task DeleteMissing_RightThatIsMissing_IsNamed(string right)
    {
        await using var target = new ScriptedTarget(Columns) { Rights = [.. new[] { "SELECT", "INSERT", "UPDATE", "DELETE" }.Where(other => other != right)] };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Missing(target), Rows(1)));
        Assert.Equal(FailureCodes.AccessDenied, error.Code);
        Assert.Contains(right, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteMissing_RowThatIsReferred_EndsTheRunAndChangesNothing()
    {
        await using var target = new ScriptedTarget(Columns) { Instead = (step, _) => step == LoadStep.Change ? new TdsReply().Error(547) : null };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Missing(target), Rows(5)));
        Assert.Contains("rows of other tables refer to rows", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(LoadStep.Commit, target.Steps);
    }

    [Fact]
    public async Task DeleteMissing_ScopeOfAnotherType_IsRefusedBeforeAnythingIsTouched()
    {
        await using var target = new ScriptedTarget(Columns);
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(Missing(target) with { MissingScope = new Dictionary<string, object?> { ["id"] = "abc" } }, Rows(5)));
        Assert.Equal(FailureCodes.InvalidParameter, error.Code);
        Assert.Contains("-MissingScope", error.Message, StringComparison.Ordinal);
        Assert.Empty(target.Server.Requests.OfType<TransactionRequest>());
    }

    [Fact]
    public async Task DeleteMissing_FailedRecord_KeepsWhatCameAndDeletesNothing()
    {
        await using var target = new ScriptedTarget(Columns);
        LoadRun run = await TestDatabase.LoadAsync(Missing(target), [.. Rows(5), Rec.Of("id", "abc", "name", "x")]);
        Assert.Equal((5L, 0L), (run.Summary.Loaded, run.Summary.Deleted));
        Assert.Contains(run.Warnings, warning => warning.StartsWith(FailureCodes.InputIncomplete, StringComparison.Ordinal));
        Assert.Empty(Changes(target));
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
    }
}
