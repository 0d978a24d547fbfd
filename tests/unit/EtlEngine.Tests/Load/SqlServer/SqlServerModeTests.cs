using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Appending, and updates by what is newer, against the double of the protocol.</summary>
public sealed class SqlServerModeTests
{
    private static readonly CatalogColumn[] Columns = [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40), new("v", "bigint", 8)];

    private static IEnumerable<Record> Rows(int count) => Enumerable.Range(0, count).Select(i => Rec.Of("id", i, "name", "x", "v", (long)i));

    private static string[] Upserts(ScriptedTarget target) =>
        [.. target.Server.Requests.OfType<RpcCall>().Where(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert).Select(call => call.Text)];

    private static LoadOptions Append(ScriptedTarget target) => target.Options with { Mode = LoadMode.Append, Key = [] };

    [Fact]
    public async Task Append_Rows_AreInsertedWithoutALookUpAndWithInsertAlone()
    {
        await using var target = new ScriptedTarget(Columns) { Rights = ["INSERT"] };
        LoadRun run = await TestDatabase.LoadAsync(Append(target) with { BatchSize = 100 }, Rows(250));
        Assert.Equal((250L, 250L, 0L), (run.Summary.Loaded, run.Summary.Inserted, run.Summary.Updated));
        Assert.Empty(run.Warnings);
        Assert.DoesNotContain(LoadStep.Duplicates, target.Steps);
        Assert.Equal(250, target.Rows.Count());
        Assert.All(Upserts(target), text =>
        {
            Assert.DoesNotContain("WHILE", text, StringComparison.Ordinal);
            Assert.DoesNotContain("EXISTS", text, StringComparison.Ordinal);
            Assert.DoesNotContain("UPDATE", text, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Append_UniqueViolation_IsolatesTheRow(bool hasTrigger)
    {
        await using var target = new ScriptedTarget(Columns) { HasTrigger = hasTrigger };
        target.Instead = (step, request) => step == LoadStep.Upsert && target.RangeOf((RpcCall)request).Any(row => (int)row[1]! == 61) ? new TdsReply().Error(2627) : null;
        LoadRun run = await TestDatabase.LoadAsync(Append(target), Rows(100));
        Assert.Equal((99L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(61, Assert.Single(run.Output)[0]);
        // What looks on sees rows one by one, in their order.
        Assert.All(Upserts(target), text => Assert.Equal(hasTrigger, text.Contains("WHILE @at < @to", StringComparison.Ordinal)));
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
    }

    [Fact]
    public async Task Append_CommitNotAnswered_EndsTheRunInsteadOfAddingTwice()
    {
        await using var target = new ScriptedTarget(Columns) { Instead = (step, _) => step == LoadStep.Commit ? new TdsReply().Drop() : null };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Append(target), Rows(10)));
        Assert.Equal(FailureCodes.TargetUnavailable, error.Code);
        Assert.Contains("-Mode Append", error.Message, StringComparison.Ordinal);
        Assert.Single(target.Steps, step => step == LoadStep.Commit);
    }

    // https://learn.microsoft.com/sql/t-sql/statements/create-index-transact-sql#ignore_dup_key---on--off-
    [Fact]
    public async Task Append_IndexThatDropsRows_IsRefused()
    {
        await using var target = new ScriptedTarget(Columns) { IgnoringIndex = 0 };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(Append(target), Rows(1)));
        Assert.Contains("IGNORE_DUP_KEY", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Append_AbsentTable_IsMadeWithoutAKey()
    {
        await using var target = new ScriptedTarget(Columns) { Exists = false, UniqueIndexes = [] };
        string? created = null;
        target.Instead = (step, request) =>
        {
            if (request is not BatchRequest { Text: var text } || !text.Contains("CREATE TABLE [orders]", StringComparison.Ordinal))
                return null;
            created = text;
            target.Exists = true;
            return new TdsReply();
        };
        LoadRun run = await TestDatabase.LoadAsync(Append(target) with { CreateTable = true }, Rows(2));
        Assert.Equal(2, run.Summary.Loaded);
        Assert.DoesNotContain("PRIMARY KEY", created, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateWhenNewer_RowOfAKnownKey_IsUpdatedWhereItIsNewer()
    {
        await using var target = new ScriptedTarget(Columns) { Instead = (step, _) => step == LoadStep.Upsert ? ScriptedTarget.Effect(updated: 1, inserted: 2) : null };
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { UpdateWhenNewer = "v" }, Rows(5));
        Assert.Equal((3L, 2L, 1L, 2L), (run.Summary.Loaded, run.Summary.Inserted, run.Summary.Updated, run.Summary.Unchanged));
        Assert.Contains("WHERE (s.[c2] > t.[v] OR (t.[v] IS NULL AND s.[c2] IS NOT NULL))", Assert.Single(Upserts(target)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task UpdateWhenNewer_KeysThatComeAgain_AreWrittenOneAfterTheOther()
    {
        await using var target = new ScriptedTarget(Columns) { Duplicates = [(0, 2), (2, 3)] };
        await TestDatabase.LoadAsync(target.Options with { UpdateWhenNewer = "v" }, [.. Rows(2), .. Rows(1), .. Rows(1)]);
        int[][] written = [.. target.Server.Requests.OfType<RpcCall>().Where(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert).Select(ScriptedTarget.FirstRows)];
        Assert.Equal([[1, 2, 0, 0], [0, 0, 3, 0], [0, 0, 0, 4]], written);
    }

    [Fact]
    public async Task UpdateWhenNewer_RecordWithoutTheColumn_IsNewerThanNoRow()
    {
        await using var target = new ScriptedTarget(Columns);
        await TestDatabase.LoadAsync(target.Options with { UpdateWhenNewer = "v" }, [.. Rows(1), Rec.Of("id", 5, "name", "y")]);
        string[] texts = Upserts(target);
        Assert.Contains("UPDATE t SET", texts[0], StringComparison.Ordinal);
        Assert.DoesNotContain("UPDATE t SET", texts[1], StringComparison.Ordinal);
        Assert.DoesNotContain("@updated += ", texts[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xml")]
    [InlineData("json")]
    [InlineData("text")]
    public async Task UpdateWhenNewer_TypeWithoutAnOrder_IsRefused(string type)
    {
        await using var target = new ScriptedTarget([.. Columns, new("doc", type, -1)]);
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(target.Options with { UpdateWhenNewer = "doc" }, [Rec.Of("id", 1, "doc", "<a/>")]));
        Assert.Equal(FailureCodes.InvalidParameter, error.Code);
        Assert.Contains("-UpdateWhenNewer", error.Message, StringComparison.Ordinal);
    }
}
