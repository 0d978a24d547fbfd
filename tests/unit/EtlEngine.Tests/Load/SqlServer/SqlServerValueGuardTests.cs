using EtlTools.Engine.Load;
using EtlTools.Engine.Load.SqlServer;
using EtlTools.Engine.Records;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>No value ends a load: what the driver does not take is its row's failure.</summary>
public sealed class SqlServerValueGuardTests
{
    private static readonly DateTime EndOfTime = new DateTime(9999, 12, 31, 23, 59, 59, DateTimeKind.Utc).AddMilliseconds(999);

    /// <summary>A column's type, a value at the end of its range, and whether it is taken. datetime rounds .999 s up to the next second
    /// (https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql), smalldatetime 29.999 s to the next minute.</summary>
    public static TheoryData<string, int, object, bool> Ends => new()
    {
        { "datetime", 8, EndOfTime, false },
        { "datetime", 8, EndOfTime.AddMilliseconds(-2), true },
        { "datetime", 8, DateTime.MaxValue, false },
        { "datetime", 8, new DateTime(1752, 12, 31, 23, 59, 59), false },
        { "datetime", 8, new DateTimeOffset(9999, 12, 31, 23, 59, 59, 999, TimeSpan.FromHours(14)), true },
        { "datetime", 8, "9999-12-31T23:59:59.999-05:00", false },
        { "smalldatetime", 4, new DateTime(2079, 6, 6, 23, 59, 29, 998), true },
        { "smalldatetime", 4, new DateTime(2079, 6, 6, 23, 59, 29, 999), false },
        { "smalldatetime", 4, DateTime.MaxValue, false },
        { "datetime2", 0, DateTime.MaxValue, true },
        { "date", 3, DateTime.MaxValue.Date, true },
        { "datetimeoffset", 0, DateTimeOffset.MaxValue, true },
        { "datetimeoffset", 0, new DateTimeOffset(9999, 12, 31, 23, 59, 59, 999, TimeSpan.FromHours(14)), true },
        { "datetimeoffset", 0, new DateTimeOffset(1, 1, 1, 0, 0, 0, 1, TimeSpan.FromHours(-14)), true },
        { "datetimeoffset", 0, new DateTimeOffset(DateTime.MaxValue.AddHours(-14).Ticks, TimeSpan.FromHours(-14)), true },
        { "time", 0, TimeOnly.MaxValue, true },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Load_ValueAtTheEndOfTime_IsTakenOrFailsAlone(string type, int length, object value, bool taken)
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", type, length));
        LoadRun run = await TestDatabase.LoadAsync(target.Options, [Rec.Of("id", 1, "v", null), Rec.Of("id", 2, "v", value), Rec.Of("id", 3, "v", null)]);
        Assert.Equal(taken ? (3L, 0L) : (2L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(taken ? [] : [ErrorCodes.TargetTypeMismatch], run.Codes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task Load_ValueThatTheDriverDoesNotTake_IsItsRowsFailure(int writers)
    {
        // The staging table tells another type than the target, as when the table was changed after it was read.
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "nvarchar", 40));
        target.Instead = (step, _) => step == LoadStep.DescribeStaging ? BulkReplies.Describe([new("etl_row", "int"), new("c0", "int"), new("c1", "int")]) : null;
        LoadRun run = await TestDatabase.LoadAsync(
            target.Options with { ThrottleLimit = writers }, Enumerable.Range(0, 40).Select(i => Rec.Of("id", i, "v", i is 11 or 12 or 30 ? "secret" : $"{i}")));
        Assert.Equal((37L, 3L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal([11, 12, 30], run.Output.Select(record => (int)record[0]!).Order());
        Assert.All(run.Output, record => Assert.DoesNotContain("secret", record.Error!.Message, StringComparison.Ordinal));
        Assert.Equal(0, run.Summary.Retries);
    }

    [Fact]
    public async Task Load_DriverFailsWhateverTheRow_BlamesNone()
    {
        // A column that is sent has gone meanwhile.
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "nvarchar", 40));
        target.Instead = (step, _) => step == LoadStep.DescribeStaging ? BulkReplies.Describe([new("etl_row", "int"), new("c0", "int")]) : null;
        EtlException error = await Assert.ThrowsAsync<EtlException>(
            () => TestDatabase.LoadAsync(target.Options, Enumerable.Range(0, 40).Select(i => Rec.Of("id", i, "v", "secret"))));
        Assert.Equal(FailureCodes.StatementFailed, error.Code);
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        Assert.Single(target.Steps, LoadStep.DescribeStaging);
    }

    [Fact]
    public async Task Load_Rows_AreSentInTheOrderOfTheirStagingKey()
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "nvarchar", 40));
        await TestDatabase.LoadAsync(target.Options, [Rec.Of("id", 2, "v", "b"), Rec.Of("id", 1, "v", "a")]);
        BatchRequest bulk = target.Server.Requests.OfType<BatchRequest>().Single(batch => ScriptedTarget.StepOf(batch) == LoadStep.AnnounceRows);
        Assert.Contains("ORDER", bulk.Text, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("etl_row", bulk.Text[bulk.Text.IndexOf("ORDER", StringComparison.OrdinalIgnoreCase)..], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("varbinary", "DATALENGTH(s.[c1])", "DATALENGTH(t.[v])")]
    [InlineData("nvarchar", "DATALENGTH(CAST(s.[c1] AS nvarchar(max)))", "DATALENGTH(CAST(t.[v] AS nvarchar(max)))")]
    [InlineData("datetimeoffset", "DATEPART(TZOFFSET, s.[c1])", "DATEPART(TZOFFSET, t.[v])")]
    public async Task SkipUnchanged_ValuesThatTheServerHoldsForEqual_AreComparedByWhatTheyLack(string type, string staged, string there)
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", type, 10));
        await TestDatabase.LoadAsync(target.Options with { SkipUnchanged = true }, [Rec.Of("id", 1, "v", null)]);
        string upsert = target.Server.Requests.OfType<RpcCall>().Single(call => ScriptedTarget.StepOf(call) == LoadStep.Upsert).Text;
        Assert.Contains(staged, upsert, StringComparison.Ordinal);
        Assert.Contains(there, upsert, StringComparison.Ordinal);
    }
}
