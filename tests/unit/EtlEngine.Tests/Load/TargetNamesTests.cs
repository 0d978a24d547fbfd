using EtlTools.Engine.Load;
using EtlTools.Engine.Tests.Load.SqlServer;
using EtlTools.Testing.SqlServer;
using EtlTools.Tests.Tds;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteTargetNamesTests : TargetNamesTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    [Fact]
    public async Task Tables_NoDatabase_MakesNone()
    {
        using var db = new TestDatabase();
        await Assert.ThrowsAsync<EtlException>(() => TargetNames.TablesAsync(db.Options, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(db.File));
    }
}

public sealed class PostgresTargetNamesTests : TargetNamesTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    [Fact]
    public async Task Tables_OfAnotherSchema_HaveItsName()
    {
        using ITestTarget db = NewTarget("CREATE SCHEMA crm", "CREATE TABLE crm.leads (lead_id INTEGER PRIMARY KEY)");
        Assert.Contains("crm.leads", await TargetNames.TablesAsync(db.Options, TestContext.Current.CancellationToken));
        Assert.Equal(["lead_id"], await TargetNames.ColumnsAsync(db.Options, "CRM.Leads", TestContext.Current.CancellationToken));
    }
}

/// <summary>What a database says that it has, whatever its kind.</summary>
public abstract class TargetNamesTests
{
    private protected abstract ITestTarget NewTarget(params string[] statements);

    [Fact]
    public async Task Names_OfADatabase_AreThoseThatTableAndKeyTake()
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT, twice INTEGER GENERATED ALWAYS AS (id * 2) STORED)",
            "CREATE TABLE \"odd.name\" (id INTEGER PRIMARY KEY)", "CREATE VIEW v AS SELECT id FROM orders");
        IReadOnlyList<string> tables = await TargetNames.TablesAsync(db.Options, TestContext.Current.CancellationToken);
        Assert.Superset(new HashSet<string> { "orders", "\"odd.name\"" }, tables.ToHashSet());
        Assert.DoesNotContain("v", tables);
        Assert.Equal(["id", "customer"], await TargetNames.ColumnsAsync(db.Options, "Orders", TestContext.Current.CancellationToken));
        Assert.Equal(["id"], await TargetNames.ColumnsAsync(db.Options, "\"odd.name\"", TestContext.Current.CancellationToken));
        Assert.Empty(await TargetNames.ColumnsAsync(db.Options, "nothing", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Open_WrongName_SaysWhatMayBeMeant()
    {
        using ITestTarget db = NewTarget("CREATE TABLE orders (order_id INTEGER PRIMARY KEY, amount INTEGER)");
        LoadOptions options = db.Options with { Table = "orders", Key = ["order_id"] };
        Assert.EndsWith("Did you mean 'orders'?", await MessageAsync(options with { Table = "orderz" }), StringComparison.Ordinal);
        Assert.EndsWith("Did you mean 'order_id'?", await MessageAsync(options with { Key = ["orderid"] }), StringComparison.Ordinal);
        Assert.Contains("no column 'amonut'. Did you mean 'amount'?", await MessageAsync(options, "order_id", 1, "amonut", 2), StringComparison.Ordinal);
        Assert.EndsWith("Did you mean 'orderid'?", await MessageAsync(options with { ExtraColumn = ExtraColumn.Ignore }, "orderid", 1, "amount", 2), StringComparison.Ordinal);
        Assert.EndsWith("Did you mean 'amount'?", await MessageAsync(options with { UpdateColumn = ["amout"] }, "order_id", 1), StringComparison.Ordinal);
    }

    private static async Task<string> MessageAsync(LoadOptions options, params object[] record) =>
        (await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Rec.Of(record.Length > 0 ? record : ["order_id", 1])]))).Message;
}

public sealed class SqlServerTargetNamesTests
{
    [Fact]
    public async Task Open_MissingTable_SaysWhatMayBeMeant()
    {
        await using var target = new ScriptedTarget(new CatalogColumn("id", "int")) { Exists = false };
        target.Instead = (_, request) => request is BatchRequest batch && batch.Text.Contains("FROM sys.tables", StringComparison.Ordinal)
            ? new TdsReply().Rows([new TdsColumn("", "nvarchar(128)"), new TdsColumn("name", "nvarchar(128)")], new object?[][] { [null, "orders"], ["crm", "leads"] })
            : null;
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(target.Options with { Table = "orderz" }));
        Assert.EndsWith("Did you mean 'orders'?", e.Message, StringComparison.Ordinal);
        Assert.Equal(["orders", "crm.leads"], await TargetNames.TablesAsync(target.Options, TestContext.Current.CancellationToken));
    }
}
