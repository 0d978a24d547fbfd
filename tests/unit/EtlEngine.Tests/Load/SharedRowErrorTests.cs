using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public sealed class SqliteSharedRowErrorTests : SharedRowErrorTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new TestDatabase(statements);

    private protected override string[] Computed => ["CREATE TABLE t (id INTEGER PRIMARY KEY, net INTEGER, gross INTEGER GENERATED ALWAYS AS (net * 2) STORED)"];

    [Fact]
    public async Task Load_MoreColumnsThanATableHas_IsRefusedWithAReason()
    {
        using ITestTarget db = NewTarget();
        Record record = Rec.Of(["id", 1, .. Enumerable.Range(0, 2000).SelectMany(i => new object[] { $"c{i}", 1 })]);
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { CreateTable = true }, [record]));
        Assert.Contains("2000 at most", e.Message, StringComparison.Ordinal);
        Assert.Empty(db.Rows("SELECT name FROM sqlite_schema"));
    }
}

public sealed class PostgresSharedRowErrorTests : SharedRowErrorTests
{
    private protected override ITestTarget NewTarget(params string[] statements) => new PostgresTestTarget(statements);

    private protected override string[] Computed => ["CREATE TABLE t (id INTEGER PRIMARY KEY, net INTEGER, gross INTEGER GENERATED ALWAYS AS (net * 2) STORED)"];

    public static readonly TheoryData<string> States = new("PT403", "45000", "42501", "55000", "21000", "XX000", "42601", "42P01", "08006", "53100", "57014", "58030", "25006", "23514", "P0001", "0A000", "40001", "40P01", "55P03");

    [Theory]
    [MemberData(nameof(States))]
    public async Task Load_TriggerThatRaisesAnyState_FailsItsRowAlone(string state)
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
            $"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v LIKE 'secret%' THEN RAISE EXCEPTION 'not %', NEW.v USING ERRCODE = '{state}'; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f()");
        await RefusesTheSecondAsync(db, [.. Enumerable.Range(1, 9).Select(i => Rec.Of("id", i, "v", i == 2 ? "secret-value" : "fine"))]);
        Assert.Equal(["8"], db.Rows("SELECT count(*) FROM t"));
    }

    public static readonly TheoryData<string, string, string> Inputs = new()
    {
        { "regclass", "t", "no_such_table_here" },
        { "tsquery", "a & b", "a & & b" },
        { "hstore", "a=>1", "no pairs" },
        { "inet", "127.0.0.1", "nowhere" },
        { "xml", "<a/>", "<a>" },
        { "point", "(1,2)", "(1" },
        { "int4range", "[1,2)", "[2,1)" },
        { "jsonpath", "$.a", "$.[" },
        { "ltree", "a.b", "a..b" },
        { "bit(3)", "101", "1012" },
        { "macaddr", "08:00:2b:01:02:03", "08:00" },
    };

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task Load_TextThatItsTypeRefuses_FailsItsRowAlone(string type, string good, string bad)
    {
        using ITestTarget db = NewTarget("CREATE EXTENSION hstore", "CREATE EXTENSION ltree", $"CREATE TABLE t (id INTEGER PRIMARY KEY, v {type})");
        await RefusesTheSecondAsync(db, [.. Enumerable.Range(1, 3).Select(i => Rec.Of("id", i, "v", i == 2 ? bad : good))]);
        Assert.Equal(["1", "3"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_RowThatAPolicyRefuses_FailsAlone()
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, tenant INTEGER)", "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY own ON t USING (tenant = 1) WITH CHECK (tenant = 1)");
        LoadRun run = await TestDatabase.LoadAsync(As(db, "SELECT, INSERT, UPDATE"), [.. Enumerable.Range(1, 3).Select(i => Rec.Of("id", i, "tenant", i == 2 ? 2 : 1))]);
        Assert.Equal([ErrorCodes.RowRejected], run.Output.Select(record => record.Error!.Code));
        Assert.Contains("policy", run.Output[0].Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["1", "3"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_TableWhoseRightsAreGone_EndsTheRun()
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(As(db, "SELECT (id), INSERT (id), UPDATE (id)"), [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 2, "v", "b")]));
        Assert.Equal(FailureCodes.AccessDenied, error.Code);
        Assert.Equal(["0"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_RightsOnSomeColumns_WorksEachTime()
    {
        using ITestTarget db = NewTarget(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, pay INTEGER)");
        LoadOptions clerk = As(db, "SELECT (id, v), INSERT (id, v), UPDATE (v)");
        foreach (bool skip in new[] { false, false, true })
        {
            LoadRun run = await TestDatabase.LoadAsync(clerk with { SkipUnchanged = skip }, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 2, "v", "b"), Rec.Of("id", 1, "v", "c")]);
            Assert.Empty(run.Output);
        }
        Assert.Equal(["1|c|null", "2|b|null"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("json[]", "[{\"a\":1}]", "[{\"a\":2}]")]
    [InlineData("xml[]", "[\"<a/>\"]", "[\"<b/>\"]")]
    [InlineData("point[]", "[\"(1,2)\"]", "[\"(1,3)\"]")]
    [InlineData("integer[]", "[1,2]", "[1,3]")]
    [InlineData("json", "{\"a\":1}", "{\"a\":2}")]
    public async Task Load_SkipUnchangedOfAnyType_KnowsWhatHasChanged(string type, string before, string after)
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER PRIMARY KEY, v {type})");
        Record Make(string json) => Rec.Of("id", 1, "v", new JsonValue(System.Text.Encoding.UTF8.GetBytes(json)));
        LoadOptions options = db.Options with { SkipUnchanged = true };
        await TestDatabase.LoadAsync(options, [Make(before)]);
        Assert.Equal(1L, (await TestDatabase.LoadAsync(options, [Make(before)])).Summary.Unchanged);
        Assert.Equal(1L, (await TestDatabase.LoadAsync(options, [Make(after)])).Summary.Updated);
    }

    [Fact]
    public async Task Load_ObjectIntoHstore_BecomesPairs()
    {
        using ITestTarget db = NewTarget("CREATE EXTENSION hstore", "CREATE TABLE t (id INTEGER PRIMARY KEY, v hstore)");
        string odd = "say \"a\\b\"";
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", new JsonValue("{\"colour\":\"red\",\"none\":null,\"n\":5,\"deep\":{\"x\":1}}"u8.ToArray())), Rec.Of("id", 2, "v", new System.Collections.Hashtable { [odd] = odd })]);
        Assert.Equal(["red|t|5|1"], db.Rows("SELECT v->'colour', (v->'none') IS NULL, v->'n', (v->'deep')::json->>'x' FROM t WHERE id = 1"));
        Assert.Equal([odd], db.Rows("SELECT (each(v)).value FROM t WHERE id = 2"));
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 3, "v", new JsonValue("[1]"u8.ToArray()))]);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Output.Select(record => record.Error!.Code));
    }

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public async Task Load_NewNameOfManyBytes_IsRefusedBeforeAnythingIsMade(int bytes, bool fits)
    {
        string name = new string('é', bytes / 2);
        name = name.PadRight(name.Length + (bytes % 2), 'x');
        using ITestTarget db = NewTarget();
        (LoadOptions Options, Record Record)[] tries =
        [
            (db.Options with { CreateTable = true, Table = name }, Rec.Of("id", 1)), (db.Options with { CreateTable = true }, Rec.Of("id", 1, name, "v")),
        ];
        foreach ((LoadOptions options, Record record) in tries)
        {
            if (fits)
            {
                for (int i = 0; i < 2; i++)
                    Assert.Empty((await TestDatabase.LoadAsync(options, [record])).Output);
                continue;
            }
            EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [record]));
            Assert.Contains("63 bytes", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal([fits ? "2" : "0"], db.Rows("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema"));
    }

    [Theory]
    [InlineData("ctid", "-ColumnMap")]
    [InlineData("many", "1,600 columns")]
    public async Task Load_ColumnsThatTheServerCannotMake_AreRefusedWithAReason(string name, string expected)
    {
        using ITestTarget db = NewTarget();
        Record record = Rec.Of(["id", 1, .. Enumerable.Range(0, name == "many" ? 1600 : 1).SelectMany(i => new object[] { i == 0 ? name : $"c{i}", true })]);
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options with { CreateTable = true }, [record]));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.Equal(["0"], db.Rows("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema"));
    }

    [Fact]
    public async Task Load_TableOfAsManyColumnsAsCanBe_TakesSomeOfThem()
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER PRIMARY KEY, {string.Join(", ", Enumerable.Range(1, 1599).Select(i => $"c{i} INTEGER"))})");
        for (int i = 0; i < 2; i++)
            await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "c7", i), Rec.Of("id", 2, "c1599", i), Rec.Of("id", 1, "c8", i)]);
        Assert.Equal(["1|1|1|null", "2|null|null|1"], db.Rows("SELECT id, c7, c8, c1599 FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_AddedColumnOfALongName_FailsTheRecordThatBringsIt()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { ExtraColumn = ExtraColumn.Add }, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 2, new string('n', 64), "b"), Rec.Of("id", 3, "v", "c")]);
        Assert.Contains("-ColumnMap", Assert.Single(run.Output).Error!.Message, StringComparison.Ordinal);
        Assert.Equal(["1|a", "3|c"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    /// <summary>The options of a user of its own, who has the rights that are granted to it.</summary>
    private static LoadOptions As(ITestTarget db, string rights)
    {
        string role = $"{((PostgresTestTarget)db).Schema}_user";
        db.Execute($"DROP ROLE IF EXISTS {role}", $"CREATE ROLE {role} LOGIN PASSWORD 'only-a-test'", $"GRANT USAGE ON SCHEMA {((PostgresTestTarget)db).Schema} TO {role}", $"GRANT {rights} ON t TO {role}");
        return db.Options with
        {
            ConnectionString = new Npgsql.NpgsqlConnectionStringBuilder(db.Options.ConnectionString) { Username = role, Password = "only-a-test" }.ConnectionString,
        };
    }

    private static async Task RefusesTheSecondAsync(ITestTarget db, Record[] records)
    {
        LoadRun run = await TestDatabase.LoadAsync(db.Options, records);
        Record failed = Assert.Single(run.Output);
        Assert.Equal(2, failed[failed.Schema.IndexOf("id")]);
        Assert.DoesNotContain("secret", failed.Error!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("no_such_table_here", failed.Error.Message, StringComparison.Ordinal);
    }
}

/// <summary>Which errors are a row's, and what is said of them.</summary>
public abstract class SharedRowErrorTests
{
    private protected abstract ITestTarget NewTarget(params string[] statements);

    /// <summary>Makes a table whose column gross is twice its column net.</summary>
    private protected abstract string[] Computed { get; }

    [Fact]
    public async Task Load_ComputedColumn_IsLeftOutWhereTheCallSaysSo()
    {
        using ITestTarget db = NewTarget(Computed);
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "net", 5, "gross", 7)]));
        Assert.Equal(FailureCodes.UnknownColumn, error.Code);
        Assert.DoesNotContain("Did you mean", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("-ExtraColumn Add", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ExtraColumn Ignore", error.Message, StringComparison.Ordinal);
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { ExtraColumn = ExtraColumn.Ignore }, [Rec.Of("id", 1, "net", 5, "gross", 7)]);
        Assert.Empty(run.Output);
        Assert.Equal(["5|10"], db.Rows("SELECT net, gross FROM t"));
    }

    [Fact]
    public async Task Load_RecordWithoutAColumnOfTheTable_IsRefusedOrFailsAlone()
    {
        using ITestTarget db = NewTarget("CREATE TABLE t (id INTEGER, v INTEGER)");
        LoadOptions options = db.Options with { Mode = LoadMode.Append, Key = [], ExtraColumn = ExtraColumn.Ignore };
        EtlException error = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options, [Rec.Of("x", 1)]));
        Assert.Equal(FailureCodes.UnknownColumn, error.Code);
        Assert.Contains("-ColumnMap", error.Message, StringComparison.Ordinal);
        LoadRun run = await TestDatabase.LoadAsync(options, [Rec.Of("id", 1), Rec.Of("x", 1), Rec.Of("id", 2, "x", 1)]);
        Assert.Equal([ErrorCodes.UnknownColumn], run.Codes);
        Assert.Equal(["1", "2"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    public static readonly TheoryData<string, object, string> Mismatches = new()
    {
        { "INTEGER", "", "-NullValue ''" },
        { "INTEGER", "  ", "-Trim" },
        { "INTEGER", "seven", "-Type" },
        { "INTEGER", Guid.Empty, "the type Guid" },
        { "INTEGER", new byte[] { 1 }, "the type Byte[]" },
    };

    [Theory]
    [MemberData(nameof(Mismatches))]
    public async Task Load_ValueThatDoesNotFit_IsToldByItsKindAndAWayOut(string type, object value, string told)
    {
        using ITestTarget db = NewTarget($"CREATE TABLE t (id INTEGER PRIMARY KEY, v {type})");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", value)]);
        RecordError error = Assert.Single(run.Output).Error!;
        Assert.Equal((ErrorCodes.TargetTypeMismatch, "v"), (error.Code, error.Column));
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("seven", error.Message, StringComparison.Ordinal);
    }
}
