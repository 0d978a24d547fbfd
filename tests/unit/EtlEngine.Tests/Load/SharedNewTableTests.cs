using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedNewTableTests : SharedNewTableTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    private protected override string TypeOf(ITestTarget db, string column) => db.Rows($"SELECT type FROM pragma_table_info('t') WHERE name = '{column}'").Single();
}

public sealed class PostgresSharedNewTableTests : SharedNewTableTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    private protected override string TypeOf(ITestTarget db, string column) =>
        db.Rows($"SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = '{column}'").Single();

    [Theory]
    [InlineData("double precision", 10, 2.5)]
    [InlineData("double precision", 1.5f, 0.1)]
    [InlineData("bigint", 10, 10_000_000_000L)]
    [InlineData("bigint", 10_000_000_000L, 10)]
    [InlineData("integer", null, 7)]
    [InlineData("boolean", null, true)]
    [InlineData("integer", 10, "ten")]
    [InlineData("text", "ten", 10)]
    public async Task Load_NewTable_HasTypesForTheFirstBatch(string type, object? first, object? second)
    {
        using ITestTarget db = NewTarget();
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { CreateTable = true }, [Rec.Of("id", 1, "v", first), Rec.Of("id", 2, "v", second)]);
        Assert.Equal(type, TypeOf(db, "v"));
        Assert.Equal(second is "ten" ? 1 : 0, run.Output.Count);
    }
}

/// <summary>What -CreateTable and -ExtraColumn Add make.</summary>
public abstract class SharedNewTableTests
{
    private protected abstract ITestTarget NewTarget(params string[] statements);

    private protected abstract string TypeOf(ITestTarget db, string column);

    [Theory]
    [InlineData("map")]
    [InlineData("newer")]
    [InlineData("update")]
    public async Task Load_CallThatNamesAnUnknownColumn_CreatesNoTable(string option)
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true };
        options = option switch
        {
            "map" => options with { ColumnMap = new Dictionary<string, string> { ["Nmae"] = "name" } },
            "newer" => options with { UpdateWhenNewer = "nope" },
            _ => options with { UpdateColumn = ["nope"] },
        };
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "a", "1")]));
        Assert.Equal(FailureCodes.UnknownColumn, e.Code);
        db.Execute("CREATE TABLE t (id INTEGER PRIMARY KEY)");
    }

    public static readonly TheoryData<object?, object?> Pairs = new()
    {
        { 10, 2.5 }, { 2.5, 10 }, { 10, 2.5m }, { null, 2.5 }, { 1, long.MaxValue }, { 1, 9_223_372_036_854_775_808m },
        { new DateOnly(2026, 1, 2), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Unspecified) }, { 1.5f, 1.25 },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Load_NewTable_TakesTheWholeFirstBatch(object? first, object? second)
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, FlushInterval = TimeSpan.FromSeconds(30) };
        LoadRun run = await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "v", first), Rec.Of("id", 2, "v", second), Rec.Of("id", 3, "v", null)]);
        Assert.Empty(run.Output);
        Assert.Equal(["3"], db.Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData(1.5f)]
    public async Task Load_NewTableOfBinaryNumbersAndDecimals_KeepsTheDecimals(object binary)
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, FlushInterval = TimeSpan.FromSeconds(30) };
        LoadRun run = await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "v", binary), Rec.Of("id", 2, "v", 12345678901234567.89m)]);
        Assert.Empty(run.Output);
        Assert.Equal(["12345678901234567.89"], db.Rows("SELECT CAST(v AS TEXT) FROM t WHERE id = 2"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_NewTableOfTextAndBytes_HasTextAndRefusesTheBytes(bool bytesFirst)
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, FlushInterval = TimeSpan.FromSeconds(30) };
        // It could be read as base64, too.
        Record[] records = [Rec.Of("id", 1, "v", "text"), Rec.Of("id", 2, "v", new byte[] { 1, 2 })];
        LoadRun run = await TestDatabase.LoadAsync(options, bytesFirst ? records.Reverse() : records);
        Assert.Equal(ErrorCodes.TargetTypeMismatch, Assert.Single(run.Output).Error!.Code);
        Assert.Equal(["1|text"], db.Rows("SELECT id, v FROM t"));
    }

    [Fact]
    public async Task Load_NewTableOfManyBatches_TakesTheFirstOneInOrder()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, BatchSize = 10, BufferSize = 7 };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 100).Select(i => Rec.Of("id", i % 50, "v", i)));
        Assert.Empty(run.Output);
        Assert.Equal(["50|50|99"], db.Rows("SELECT count(*), min(v), max(v) FROM t"));
    }

    [Theory]
    [InlineData("numeric(12,2)")]
    [InlineData("varchar(40)")]
    public async Task Load_ColumnType_NamesTheTypesOfWhatIsMade(string type)
    {
        using ITestTarget db = NewTarget();
        var types = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Price"] = type, ["later"] = type };
        LoadOptions options = db.Options with { CreateTable = true, ExtraColumn = ExtraColumn.Add, ColumnTypes = types, SchemaChange = SchemaChange.Evolve };
        LoadRun run = await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "price", 10), Rec.Of("id", 2, "price", 20, "later", 5)]);
        Assert.Empty(run.Output);
        string made = TypeOf(db, "price");
        Assert.Equal(made, TypeOf(db, "later"));
        Assert.Equal(type, made.Replace("character varying", "varchar", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("int); DROP TABLE t; --")]
    [InlineData("")]
    [InlineData("int, x int")]
    [InlineData("'text'")]
    public async Task Load_ColumnTypeThatIsNoType_IsRefused(string type)
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, ColumnTypes = new Dictionary<string, string> { ["v"] = type } };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "v", 1)]));
        Assert.Equal(FailureCodes.InvalidParameter, error.Code);
    }

    [Theory]
    [InlineData("numeric(12,2)")]
    [InlineData("timestamp(3) with time zone")]
    [InlineData("public.\"Odd Type\"[]")]
    [InlineData("nvarchar(max)")]
    [InlineData("TEXT COLLATE NOCASE")]
    [InlineData("double precision")]
    [InlineData("[dbo].[Money]")]
    public void Validate_ColumnType_TakesWhatDatabasesWrite(string type)
    {
        var options = new LoadOptions { Provider = "Sqlite", SqlitePath = "x.db", Table = "t", Key = ["id"], ColumnTypes = new Dictionary<string, string> { ["v"] = type } };
        Assert.Same(options, options.Validate());
    }

    [Fact]
    public async Task Load_ColumnTypeForNoColumn_IsRefused()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, ColumnTypes = new Dictionary<string, string> { ["prise"] = "numeric" } };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "price", 1)]));
        Assert.Contains("'price'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OrderDate", "order_date")]
    [InlineData("Order No", "order_no")]
    [InlineData("HTTPServer", "http_server")]
    [InlineData("CPU(s)", "cpu_s")]
    [InlineData("PSComputerName", "ps_computer_name")]
    [InlineData("already_snake", "already_snake")]
    [InlineData("Größe", "größe")]
    [InlineData("Utf8Name", "utf8_name")]
    [InlineData("%", "%")]
    public void Of_Snake_SplitsWords(string name, string snake) => Assert.Equal(snake, NameFold.Of(name, NameCase.Snake));

    [Fact]
    public async Task Load_NameCase_NamesTheColumnsThatAreMadeAndFindsThemAgain()
    {
        using ITestTarget db = NewTarget();
        LoadOptions options = db.Options with { CreateTable = true, NameCase = NameCase.Snake };
        for (int i = 0; i < 2; i++)
            await TestDatabase.LoadAsync(options, [Rec.Of("Id", 1, "OrderDate", $"{i}")]);
        Assert.Equal(["1|1"], db.Rows("SELECT id, order_date FROM t"));
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options with { Table = "u" }, [Rec.Of("Id", 1, "OrderDate", "a", "Order Date", "b")]));
        Assert.Contains("-ColumnMap", error.Message, StringComparison.Ordinal);
    }
}
