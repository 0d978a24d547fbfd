using System.Globalization;
using CsCheck;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Testing;

namespace EtlTools.Engine.Tests.Load;

/// <summary>-SchemaChange Evolve, on real databases.</summary>
public sealed class SchemaChangeTests
{
    private const string TypeOfColumn = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'";

    [Theory]
    [InlineData("smallint", "40000", "integer", "40000")]
    [InlineData("smallint", "3000000000", "bigint", "3000000000")]
    [InlineData("integer", "3000000000", "bigint", "3000000000")]
    [InlineData("integer", "1.5", "numeric", "1.5")]
    [InlineData("bigint", "99999999999999999999", "numeric", "99999999999999999999")]
    [InlineData("real", "1e300", "double precision", "1e+300")]
    [InlineData("numeric(6,2)", "1.2345", "numeric(8,4)", "1.2345")]
    [InlineData("numeric(6,2)", "123456.5", "numeric(8,2)", "123456.50")]
    [InlineData("varchar(5)", "abcdefgh", "character varying(10)", "abcdefgh")]
    [InlineData("date", "2026-02-03T04:05:06", "timestamp without time zone", "2026-02-03 04:05:06")]
    public async Task Evolve_ValueThatAWiderTypeTakes_WidensAndSaysSo(string type, string value, string wider, string stored)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id int PRIMARY KEY, v {type} NOT NULL)");
        string first = type switch { "date" => "2026-01-01", "varchar(5)" => "abc", _ => "7" };
        Record[] records = [Rec.Of("id", 1, "v", first), Rec.Of("id", 2, "v", value), Rec.Of("id", 3, "v", first)];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve }, records);
        Assert.Empty(run.Output);
        Assert.Equal(3, run.Summary.Loaded);
        Assert.Equal([wider], db.Rows(TypeOfColumn));
        Assert.Equal([stored], db.Rows("SELECT v FROM t WHERE id = 2"));
        string warning = Assert.Single(run.Warnings);
        Assert.StartsWith(FailureCodes.ColumnWidened, warning, StringComparison.Ordinal);
        Assert.Contains($"'v' of '{db.Schema}.t' from", warning, StringComparison.Ordinal);
        Assert.Contains($"to {wider}.", warning, StringComparison.Ordinal);
        Assert.DoesNotContain(value, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.12345678901234, "double precision", "0.12345678901234")]
    [InlineData(0.1, "real", "0.1")]
    [InlineData(1.1f, "real", "1.1")]
    [InlineData("16777216", "real", "1.6777216e+07")]
    public async Task Evolve_NumberInARealColumn_WidensWhereDigitsWouldBeLost(object value, string type, string stored)
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v real)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve }, [Rec.Of("id", 1, "v", value)]);
        Assert.Empty(run.Output);
        Assert.Equal([type], db.Rows(TypeOfColumn));
        Assert.Equal([stored], db.Rows("SELECT v FROM t"));
    }

    [Theory]
    [InlineData("integer", "seven")]
    [InlineData("date", "2026-02-30")]
    [InlineData("varchar(5)", "abc\0defgh")]
    [InlineData("char(3)", "abcd")]
    [InlineData("boolean", "perhaps")]
    public async Task Evolve_ValueOfAnotherKind_FailsAndLeavesTheColumn(string type, string value)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id int PRIMARY KEY, v {type})");
        string[] before = db.Rows(TypeOfColumn);
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve }, [Rec.Of("id", 1, "v", null), Rec.Of("id", 2, "v", value)]);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Empty(run.Warnings);
        Assert.Equal(before, db.Rows(TypeOfColumn));
    }

    [Fact]
    public async Task Freeze_ValueThatAWiderTypeTakes_Fails()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", 40_000)]);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Equal(["smallint"], db.Rows(TypeOfColumn));
    }

    [Fact]
    public async Task Evolve_RecordThatFailsAnyway_ChangesNothing()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint, w boolean, k varchar(2) NOT NULL)");
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { SchemaChange = SchemaChange.Evolve },
            [Rec.Of("id", 1, "v", 40_000, "w", "perhaps", "k", "a"), Rec.Of("id", 2, "v", 40_000, "w", true, "k", null), Rec.Of("id", null, "v", 40_000, "w", true, "k", "a")]);
        Assert.Equal(3, run.Output.Count);
        Assert.Equal(["smallint"], db.Rows(TypeOfColumn));
    }

    [Fact]
    public async Task Evolve_KeyOutgrown_FailsAndLeavesTheKey()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id smallint PRIMARY KEY, v text)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve }, [Rec.Of("id", 1, "v", "a"), Rec.Of("id", 40_000, "v", "b")]);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Equal(["1|a"], db.Rows("SELECT * FROM t"));
    }

    [Fact]
    public async Task Evolve_ColumnThatAViewUses_SaysWhyOnceAndFailsItsRecords()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint, w smallint)", "CREATE VIEW seen AS SELECT v FROM t");
        Record[] records = [.. Enumerable.Range(0, 50).Select(i => Rec.Of("id", i, "v", i % 2 == 0 ? 1 : 40_000, "w", 1)), Rec.Of("id", 99, "v", 1, "w", 40_000)];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 10 }, records);
        Assert.Equal(25, run.Output.Count);
        Assert.All(run.Codes, code => Assert.Equal(ErrorCodes.TargetTypeMismatch, code));
        Assert.Equal(2, run.Warnings.Count);
        Assert.Contains("could not change the column 'v'", run.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("view", run.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("has changed the column 'w'", run.Warnings[1], StringComparison.Ordinal);
        Assert.Equal(["26"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Evolve_TriggerThatForbidsIt_SaysSoAndFailsTheRecord()
    {
        // An event trigger is for all of its database.
        using var db = new PostgresTestTarget();
        string own = $"{db.Schema}_own";
        db.Execute($"CREATE DATABASE {own}");
        try
        {
            string connectionString = new Npgsql.NpgsqlConnectionStringBuilder(PostgresFixture.Server.ConnectionString) { Database = own }.ConnectionString;
            PostgresServer.Execute(
                connectionString,
                "CREATE TABLE t (id int PRIMARY KEY, v smallint)",
                "CREATE FUNCTION frozen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'secret'; END $$",
                "CREATE EVENT TRIGGER frozen ON ddl_command_start WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION frozen()");
            LoadRun run = await TestDatabase.LoadAsync(
                db.Options with { ConnectionString = connectionString, SchemaChange = SchemaChange.Evolve }, [Rec.Of("id", 1, "v", 1), Rec.Of("id", 2, "v", 40_000)]);
            Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
            Assert.Contains("a trigger refused it", Assert.Single(run.Warnings), StringComparison.Ordinal);
            Assert.DoesNotContain("secret", run.Warnings[0], StringComparison.Ordinal);
        }
        finally
        {
            db.Execute($"DROP DATABASE {own} WITH (FORCE)");
        }
    }

    [Fact]
    public async Task Evolve_Collation_IsKept()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v varchar(2) COLLATE \"POSIX\")");
        await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve }, [Rec.Of("id", 1, "v", "abc")]);
        Assert.Equal(["POSIX|character varying|4"], db.Rows("SELECT collation_name, data_type, character_maximum_length FROM information_schema.columns WHERE table_schema = current_schema AND table_name = 't' AND column_name = 'v'"));
    }

    [Fact]
    public async Task Evolve_TwoRunsOfFourWriters_LoadEveryRecordOfBoth()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint, name varchar(3))");
        // Both widen the same columns, by steps and at their own pace; neither may undo what the other has done.
        Task<LoadRun> LoadAsync(int first) => Task.Run(() => TestDatabase.LoadAsync(
            db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 50, ThrottleLimit = 4 },
            Enumerable.Range(0, 1000).Select(i => Rec.Of("id", first + i, "v", ValueOf(i), "name", new string('x', 1 + (i / 50))))));
        LoadRun[] runs = await Task.WhenAll(LoadAsync(0), LoadAsync(10_000));
        Assert.All(runs, run => Assert.Empty(run.Output));
        Assert.Equal(
            Enumerable.Range(0, 1000).Select(i => $"{Convert.ToString(ValueOf(i), CultureInfo.InvariantCulture)}|{1 + (i / 50)}").Order(StringComparer.Ordinal),
            db.Rows("SELECT v, length(name) FROM t WHERE id < 10000").Order(StringComparer.Ordinal));
        Assert.Equal(["2000"], db.Rows("SELECT count(*) FROM t"));
    }

    private static object ValueOf(int i) => i switch
    {
        < 300 => (object)i,
        < 600 => 100_000 + i,
        < 800 => 5_000_000_000L + i,
        _ => i + 0.25m,
    };

    [Fact]
    public async Task Evolve_AnyOrder_LoadsTheSameRows()
    {
        object?[] values = [1, -32_768, 40_000, 2_147_483_648L, null, "17", "99999999999999999999", 2.5m, "0.125", double.MaxValue, "text", true];
        await Gen.Shuffle(Enumerable.Range(0, values.Length).ToArray()).SampleAsync(
            async order =>
            {
                using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint, n numeric(4,1))");
                LoadRun run = await TestDatabase.LoadAsync(
                    db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 3 }, order.Select(i => Rec.Of("id", i, "v", values[i], "n", values[i] is double ? 1 : values[i])));
                Assert.Equal([10, 11], run.Output.Select(record => (int)record[0]!).Order());
                Assert.Equal(["numeric|numeric(23,3)"], db.Rows(
                    "SELECT (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'v'), (SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'n')"));
                Assert.Equal(["1", "-32768", "40000", "2147483648", "null", "17", "99999999999999999999", "2.5", "0.125"], db.Rows("SELECT v FROM t WHERE id < 9 ORDER BY id"));
            },
            iter: 12, threads: 1);
    }

    [Fact]
    public async Task Evolve_WithWatermarkAndDeadLetter_CoversAllAndLosesNone()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v smallint CHECK (v <> 13))");
        var rows = new Rows("a.csv");
        IEnumerable<Record> records = Enumerable.Range(1, 500).Select(i => rows.Record(i, "id", i, "v", i % 50 == 7 ? "bad" : i % 100 == 13 ? 13 : i * 100));
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 64, ThrottleLimit = 4, WatermarkName = "job", DeadLetterPath = db.DeadLetter }, records);
        Assert.Equal((485L, 15L, 500L), (run.Summary.Loaded, run.Summary.DeadLettered, run.Summary.Watermark!.Row));
        Assert.Equal(["485"], db.Rows("SELECT count(*) FROM t"));
        Assert.Equal(15, File.ReadAllLines(db.DeadLetter).Length);
    }

    [Theory]
    [InlineData(1.5)]
    [InlineData("1.5")]
    [InlineData("1e3")]
    public async Task Evolve_SqliteNumberInAColumnForWholeOnes_IsKeptAsItIs(object value)
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER)");
        string before = db.Rows("SELECT sql FROM sqlite_schema")[0];
        Record[] records = [Rec.Of("id", 1, "v", "7"), Rec.Of("id", 2, "v", value), Rec.Of("id", 3, "v", "8"), Rec.Of("id", 4, "v", "text"), Rec.Of("id", 5, "v", value)];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 2 }, records);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
        double number = double.Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!, CultureInfo.InvariantCulture);
        Assert.Equal([$"1|7", $"2|{number.ToString(CultureInfo.InvariantCulture)}", "3|8", $"5|{number.ToString(CultureInfo.InvariantCulture)}"], db.Rows("SELECT * FROM t ORDER BY id"));
        Assert.Contains("'v' (INTEGER) of 't'", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(before, db.Rows("SELECT sql FROM sqlite_schema")[0]);
    }

    [Fact]
    public async Task Evolve_SqliteStrictTable_SaysThatItCannotOnceAndFailsTheRecords()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, v INTEGER) STRICT");
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { SchemaChange = SchemaChange.Evolve, BatchSize = 2 }, Enumerable.Range(0, 9).Select(i => Rec.Of("id", i, "v", i % 3 == 0 ? 1.5 : i)));
        Assert.Equal(3, run.Output.Count);
        Assert.Contains("STRICT", Assert.Single(run.Warnings), StringComparison.Ordinal);
        Assert.Equal(["6"], db.Rows("SELECT count(*) FROM t"));
    }
}
