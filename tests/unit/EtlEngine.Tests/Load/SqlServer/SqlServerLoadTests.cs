using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load.SqlServer;

/// <summary>Whole loads with the real driver against the double of the protocol.</summary>
public sealed class SqlServerLoadTests
{
    private static readonly CatalogColumn[] Orders =
        [new("id", "int") { Nullable = false }, new("name", "nvarchar", 40), new("amount", "decimal", 9, 10, 2), new("at", "datetime2", 8, 0, 3)];

    private static Record Order(int id, string? name = "x", decimal amount = 1.5m) =>
        Rec.Of("id", id, "name", name, "amount", amount, "at", new DateTime(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc).AddTicks(5_000));

    [Fact]
    public async Task Load_ManyRows_SendsTheirValuesAndCommits()
    {
        await using var target = new ScriptedTarget(Orders);
        LoadRun run = await TestDatabase.LoadAsync(target.Options with { BatchSize = 100 }, Enumerable.Range(0, 250).Select(i => Order(i, $"name {i}", i / 4m)));
        Assert.Equal((250, 250, 250L, 0L, 3), (run.Summary.Received, run.Summary.Loaded, run.Summary.Inserted, run.Summary.Updated, run.Summary.Batches));
        var at = new DateTime(2026, 2, 28, 12, 0, 0).AddMilliseconds(1);
        Assert.Equal(Enumerable.Range(0, 250).Select(i => new object?[] { i, $"name {i}", i / 4m, at }), target.Rows);
        LoadStep[] first =
        [
            LoadStep.Settings, LoadStep.Describe, LoadStep.Settings, LoadStep.MakeStaging, LoadStep.DescribeStaging, LoadStep.AnnounceRows, LoadStep.Rows,
            LoadStep.Duplicates, LoadStep.Begin, LoadStep.Upsert, LoadStep.Commit,
        ];
        LoadStep[] next = [LoadStep.ClearStaging, LoadStep.AnnounceRows, LoadStep.Rows, LoadStep.Duplicates, LoadStep.Begin, LoadStep.Upsert, LoadStep.Commit];
        Assert.Equal([.. first, .. next, .. next], target.Steps);
        Assert.Equal(0, target.Server.OpenConnections);
    }
}
