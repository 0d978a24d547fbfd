using System.Collections.Concurrent;
using System.Globalization;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using Npgsql;

namespace EtlTools.Engine.Tests.Load;

public class PostgresLoadTests
{
    [Fact]
    public async Task Load_EveryCommonType_ArrivesAsItIs()
    {
        using var db = new PostgresTestTarget(
            "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public", "CREATE TYPE mood AS ENUM ('sad', 'happy')", "CREATE DOMAIN small AS int CHECK (VALUE < 100)",
            """
            CREATE TABLE t (id int PRIMARY KEY, b bool, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric, n2 numeric(10, 2), vc varchar(5), ch char(4),
                by bytea, d date, ti time, ts timestamp, tz timestamptz, u uuid, j jsonb, a int[], at text[], e mood, c citext, ip inet, s small,
                g int GENERATED ALWAYS AS (id * 2) STORED, ident int GENERATED ALWAYS AS IDENTITY, def text DEFAULT 'dflt', iv interval)
            """);
        object?[] typed = [
            "id", 1, "b", true, "i2", 7, "i8", 9_000_000_000, "f4", 1.5f, "f8", 0.1, "n", 123456789012345678.12345m, "n2", 0.1 + 0.2, "vc", "äöü€x", "ch", "ab",
            "by", new byte[] { 0, 255 }, "d", new DateOnly(2026, 2, 3), "ti", new TimeOnly(4, 5, 6, 7), "ts", new DateTime(1969, 12, 31, 23, 59, 59, 999), "tz",
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)), "u", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"), "j", new Dictionary<string, object?> { ["k"] = new object[] { 1L, "x" } },
            "a", new object?[] { 1, null, 3 }, "at", new[] { "a \"b\"", "c\\d", "" }, "e", "happy", "c", "Text", "ip", "10.0.0.1", "s", 99, "iv", TimeSpan.FromMinutes(90)];
        object?[] text = [
            "id", "2", "b", "yes", "i2", "-7", "i8", "-9000000000", "f4", "2.5", "f8", "1e10", "n", "-0.00000000000000000000000000000000012", "n2", "99999999.99", "vc", "abc", "ch", "abcd",
            "by", null, "d", "2026-02-03", "ti", "04:05:06", "ts", "2026-01-02T03:04:05.123456", "tz", "2026-01-02T03:04:05Z", "u", "00112233445566778899aabbccddeeff", "j", "[1, 2]",
            "a", "{4,5}", "at", "{}", "e", "sad", "c", "x", "ip", "::1", "s", "1", "iv", "1 day"];
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of(typed), Rec.Of(text)]);
        Assert.Empty(run.Output.Select(record => record.Error!.Message));
        PostgresRow("SELECT b, i2, i8, f4, f8, n, n2, vc, ch, by, d, ti, ts, tz AT TIME ZONE 'UTC', u FROM t WHERE id = 1",
            "t|7|9000000000|1.5|0.1|123456789012345678.12345|0.30|äöü€x|ab  |\\x00ff|2026-02-03|04:05:06.007|1969-12-31 23:59:59.999|2026-01-02 01:04:05|00112233-4455-6677-8899-aabbccddeeff");
        PostgresRow("SELECT j, a, at, e, c, ip, s, g, ident, def, iv FROM t WHERE id = 1", """{"k": [1, "x"]}|{1,NULL,3}|{"a \"b\"","c\\d",""}|happy|Text|10.0.0.1|99|2|1|dflt|01:30:00""");
        PostgresRow("SELECT b, i2, i8, f4, f8, n, n2, ts, tz AT TIME ZONE 'UTC', j, a, at, ip, iv FROM t WHERE id = 2",
            "t|-7|-9000000000|2.5|10000000000|-0.00000000000000000000000000000000012|99999999.99|2026-01-02 03:04:05.123456|2026-01-02 03:04:05|[1, 2]|{4,5}|{}|::1|1 day");

        void PostgresRow(string sql, string expected) => Assert.Equal([expected], db.Rows(sql));
    }

    [Fact]
    public async Task Load_JsonObjectsOfDotNet_AreTheirJsonAndOtherObjectsFail()
    {
        using var db = new PostgresTestTarget("CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public", "CREATE TABLE t (id int PRIMARY KEY, j jsonb, h hstore)");
        using var document = System.Text.Json.JsonDocument.Parse("""{"a": [1]}""");
        var formless = new Dictionary<string, object?> { ["p"] = new System.Data.DataTable() };
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [
            Rec.Of("id", 1, "j", document), Rec.Of("id", 2, "j", document.RootElement), Rec.Of("id", 3, "j", System.Text.Json.Nodes.JsonNode.Parse("""{"a": [1]}""")),
            Rec.Of("id", 4, "j", new System.Data.DataTable()), Rec.Of("id", 5, "j", KeyValuePair.Create("a", 1)), Rec.Of("id", 6, "j", new object[] { new Version(1, 2), new System.Data.DataTable() }),
            Rec.Of("id", 7, "j", new Version(1, 2)), Rec.Of("id", 8, "j", JsonValue.From(formless, value => value)), Rec.Of("id", 9, "h", formless)]);
        Assert.All(run.Output, record => Assert.Equal(ErrorCodes.TargetTypeMismatch, record.Error!.Code));
        Assert.Contains(run.Output, record => record.Error!.Message.Contains("DataTable in it has no form in JSON", StringComparison.Ordinal));
        Assert.Equal(["""1|{"a": [1]}""", """2|{"a": [1]}""", """3|{"a": [1]}""", "7|\"1.2\""], db.Rows("SELECT id, j FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    public async Task Load_ForeignKeyOfAnotherTableToAnotherColumn_RefusesTheGuiltyRowAlone(int batchSize)
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)", "INSERT INTO t SELECT i, 'c' || i FROM generate_series(1, 100) AS g(i)",
            "CREATE TABLE child (code text REFERENCES t (code))", "INSERT INTO child VALUES ('c50')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize }, Enumerable.Range(1, 200).Select(i => Rec.Of("id", i, "code", $"n{i}")));
        Assert.Equal((ErrorCodes.ForeignKeyViolation, 50), (Assert.Single(run.Output).Error!.Code, run.Output[0][0]));
        Assert.Equal(199, run.Summary.Loaded);
        Assert.Equal(["50|c50"], db.Rows("SELECT * FROM t WHERE code LIKE 'c%'"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    public async Task Load_ReferencedValueThatALaterRowTakesOver_IsRefused(int batchSize)
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')", "CREATE TABLE child (code text REFERENCES t (code))", "INSERT INTO child VALUES ('a')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize }, [Rec.Of("id", 1, "code", "x"), Rec.Of("id", 2, "code", "a"), Rec.Of("id", 3, "code", "c")]);
        Assert.Equal([ErrorCodes.ForeignKeyViolation, ErrorCodes.UniqueViolation], run.Output.Select(record => record.Error!.Code));
        Assert.Equal(["1|a", "2|b", "3|c"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_TriggerThatIsCreatedMeanwhile_LosesNoRow()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int, v text)", "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.id = 7 THEN RETURN NULL; END IF; RETURN NEW; END'");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { Key = [], Mode = LoadMode.Append, BatchSize = 5, ThrottleLimit = 1 });
        var output = new List<Record>();
        for (int i = 1; i <= 10; i++)
        {
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "a"), output);
            while (i == 5 && stage.Summarize().Loaded < 5)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            if (i == 5)
                db.Execute("CREATE TRIGGER skip BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION skip()");
        }
        stage.CompleteInput();
        TestDatabase.Drain(stage, output);
        Assert.Equal(7, Assert.Single(output)[0]);
        Assert.Equal(9, stage.Summarize().Loaded);
        Assert.Equal(["9"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_KeyWhoseIndexIsDroppedMeanwhile_EndsTheRun()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int, v text)", "CREATE UNIQUE INDEX ti ON t (id)");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 5, ThrottleLimit = 1 });
        var output = new List<Record>();
        for (int i = 1; i <= 5; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "a"), output);
        while (stage.Summarize().Loaded < 5)
            await Task.Delay(10, TestContext.Current.CancellationToken);
        db.Execute("DROP INDEX ti");
        for (int i = 1; i <= 5; i++)
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "b"), output);
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, output));
        Assert.Contains("unique index", e.Message, StringComparison.Ordinal);
        Assert.Equal(["5"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_SkipUnchangedAndNegativeZero_IsWritten()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v float8, w float4)", "INSERT INTO t VALUES (1, 0, 0), (2, 'NaN', 'NaN')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SkipUnchanged = true }, [Rec.Of("id", 1, "v", -0.0, "w", -0f), Rec.Of("id", 2, "v", double.NaN, "w", float.NaN)]);
        Assert.Equal(1, run.Summary.Unchanged);
        Assert.Equal(["-0|-0"], db.Rows("SELECT v, w FROM t WHERE id = 1"));
    }

    [Fact]
    public async Task Load_TableWithChildren_IsLoadedWithoutKeyOnly()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)", "CREATE TABLE tc (PRIMARY KEY (id)) INHERITS (t)", "INSERT INTO tc VALUES (1, 'child')");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options));
        Assert.Contains("INHERITS", e.Message, StringComparison.Ordinal);
        await TestDatabase.LoadAsync(db.Options with { Mode = LoadMode.Append, Key = [] }, [Rec.Of("id", 2, "v", "a")]);
        await TestDatabase.LoadAsync(db.Options with { Table = "tc" }, [Rec.Of("id", 1, "v", "new")]);
        Assert.Equal(["1|new", "2|a"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_NullThatATriggerFills_IsNoFailure()
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE t (id int PRIMARY KEY, v text NOT NULL, w text NOT NULL)",
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := coalesce(NEW.v, ''filled''); RETURN NEW; END'",
            "CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION fill()");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", null, "w", "a"), Rec.Of("id", 2, "v", "b", "w", null), Rec.Of("id", 3, "v", "c", "w", "c")]);
        Assert.Equal((2, ErrorCodes.NotNullViolation), (run.Output.Single()[0], run.Output[0].Error!.Code));
        Assert.Equal(["1|filled|a", "3|c|c"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("LATIN1", "5 €", "é")]
    [InlineData("WIN1252", "ł", "5 €")]
    public async Task Load_CharacterThatTheDatabaseLacks_FailsItsRecordAlone(string encoding, string lacking, string known)
    {
        using var db = new PostgresTestTarget();
        string name = $"{db.Schema}_{encoding}".ToLowerInvariant();
        db.Execute($"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        string connection = $"{db.ConnectionString};Database={name};Pooling=false";
        EtlTools.Testing.PostgresServer.Execute(connection, "CREATE TABLE public.t (id int PRIMARY KEY, v varchar(9))");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { ConnectionString = connection }, [Rec.Of("id", 1, "v", known), Rec.Of("id", 2, "v", lacking), Rec.Of("id", 3, "v", "a")]);
        Assert.Equal((2L, ErrorCodes.TargetTypeMismatch), (run.Summary.Loaded, Assert.Single(run.Output).Error!.Code));
        Assert.Contains("lacks a character of the text", run.Output[0].Error!.Message, StringComparison.Ordinal);
        db.Execute($"DROP DATABASE {name} WITH (FORCE)");
    }

    [Fact]
    public async Task Load_ExpressionOfTheTableFails_IsNoFaultOfATypeOfAColumn()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, a int, share int GENERATED ALWAYS AS (100 / a) STORED, n smallserial)", "SELECT setval('t_n_seq', 32766)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = 1 }, [Rec.Of("id", 1, "a", 0), Rec.Of("id", 2, "a", 1), Rec.Of("id", 3, "a", 1)]);
        Assert.All(run.Output, record => Assert.Equal(ErrorCodes.RowRejected, record.Error!.Code));
        Assert.Contains(run.Output, record => record.Error!.Message.Contains("divides by zero", StringComparison.Ordinal));
        Assert.Contains(run.Output, record => record.Error!.Message.Contains("no number left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_TemporaryTable_IsRefused()
    {
        using var db = new PostgresTestTarget();
        foreach (LoadOptions options in new[] { db.Options with { Table = "pg_temp.t", CreateTable = true }, db.Options with { CreateTable = true, DeadLetterPath = db.DeadLetter, WatermarkName = "w", WatermarkTable = new TableName("PG_TEMP", "w") } })
        {
            EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(options));
            Assert.Contains("temporary table", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Load_IdentityThatIsAlwaysGenerated_KeepsItsValueInUpdates()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, number int GENERATED ALWAYS AS IDENTITY, v text)");
        LoadOptions options = db.Options with { SkipUnchanged = true };
        await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "number", 7, "v", "a"), Rec.Of("id", 2, "number", 8, "v", "a")]);
        LoadRun run = await TestDatabase.LoadAsync(options, [Rec.Of("id", 1, "number", 70, "v", "b"), Rec.Of("id", 2, "number", 80, "v", "a")]);
        Assert.Equal((1L, 1L), (run.Summary.Updated!.Value, run.Summary.Unchanged));
        Assert.Equal(["1|7|b", "2|8|a"], db.Rows("SELECT * FROM t ORDER BY id"));
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options with { UpdateColumn = ["number"] }, [Rec.Of("id", 1, "number", 70, "v", "b")]));
        Assert.Contains("identity column, which a load never changes", e.Message, StringComparison.Ordinal);
        db.Execute("ALTER TABLE t ADD g int GENERATED ALWAYS AS (id * 2) STORED");
        e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.LoadAsync(options with { UpdateColumn = ["g"] }, [Rec.Of("id", 1, "v", "b")]));
        Assert.Contains("which a load never changes", e.Message, StringComparison.Ordinal);
        using var looking = new EtlRun(TimeProvider.System);
        await using LoadPreview preview = await LoadPreview.OpenAsync(options, looking, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(PlannedUse.InsertOnly, preview.Plan(Rec.Of("id", 1, "number", 70, "v", "b")).Columns[1].Use);
    }

    [Fact]
    public async Task Load_ObjectIntoACompositeColumn_SaysWhatTheColumnTakes()
    {
        using var db = new PostgresTestTarget("CREATE TYPE addr AS (street text, no int)", "CREATE TABLE t (id int PRIMARY KEY, x addr)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "x", new JsonValue("""{"street":"m","no":5}"""u8.ToArray())), Rec.Of("id", 2, "x", "(m,5)"), Rec.Of("id", 3, "x", "m")]);
        Assert.Equal(["2|(m,5)"], db.Rows("SELECT id, x FROM t"));
        Assert.Equal(2, run.Output.Count);
        Assert.All(run.Output, record => Assert.Contains("of the form (a,b)", record.Error!.Message, StringComparison.Ordinal));
        Assert.Contains(run.Output, record => record.Error!.Message.Contains("The value is an object", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Load_ServerWithoutTls_IsToldAtOnce()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)");
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { ConnectionString = $"{db.ConnectionString};SSL Mode=Require" }));
        Assert.Equal((FailureCodes.TargetUnavailable, FailureKind.InvalidCall), (e.Code, e.Kind));
        Assert.Contains("TLS turned off", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_LockedTable_IsToldAndWaitedFor()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)");
        using var other = new NpgsqlConnection(db.ConnectionString);
        await other.OpenAsync(TestContext.Current.CancellationToken);
        NpgsqlTransaction holder = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        using (var command = new NpgsqlCommand("LOCK TABLE t", other))
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var told = new ConcurrentQueue<string>();
        await using LoadStage stage = await LoadStage.OpenAsync(
            "Export-EtlSqlUpsert", db.Options, new EtlRun(TimeProvider.System),
            warn: warning =>
            {
                told.Enqueue(warning.Message);
                holder.Rollback();
            },
            cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains("could not give a lock", Assert.Single(told), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("timestamp(3)")]
    [InlineData("timestamptz(3)")]
    [InlineData("time(0)")]
    public async Task Load_KeyThatTheServerRounds_KeepsTheLastRecord(string type)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (at {type} PRIMARY KEY, v int)");
        var start = new DateTime(2026, 1, 1, 10, 0, 0, DateTimeKind.Utc);
        Record[] records = [.. Enumerable.Range(0, 600).SelectMany(i => Enumerable.Range(0, 2).Select(v => Rec.Of("at", At(start.AddSeconds(i).AddTicks(v * 2000)), "v", v)))];
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Key = ["at"], ThrottleLimit = 4, BatchSize = 50 }, records);
        Assert.Empty(run.Output);
        Assert.Equal(["600|600"], db.Rows("SELECT count(*), sum(v) FROM t"));

        object At(DateTime time) => type == "time(0)" ? TimeOnly.FromDateTime(time) : time;
    }

    [Theory]
    [InlineData("n", "numeric(6, 2)", "1.234")]
    [InlineData("n", "numeric(6, 2)", "12345")]
    [InlineData("v", "varchar(3)", "abcd")]
    [InlineData("v", "char(3)", "abcd")]
    [InlineData("v", "text", "a\0b")]
    [InlineData("i", "smallint", "40000")]
    [InlineData("f", "real", "1e300")]
    [InlineData("d", "date", "2026-02-30")]
    [InlineData("u", "uuid", "no-guid")]
    [InlineData("j", "jsonb", "{broken")]
    [InlineData("j", "jsonb", "\"\\u0000\"")]
    [InlineData("a", "int[]", "{1,x}")]
    [InlineData("ip", "inet", "999.1.1.1")]
    [InlineData("b", "bool", "perhaps")]
    public async Task Load_ValueThatDoesNotFit_FailsAndNamesTheColumn(string column, string type, string value)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id int PRIMARY KEY, {column} {type})");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, column, null), Rec.Of("id", 2, column, value), Rec.Of("id", 3, column, null)]);
        RecordError error = run.Output.Single().Error!;
        Assert.Equal((ErrorCodes.TargetTypeMismatch, column), (error.Code, error.Column));
        Assert.DoesNotContain(value, error.Message, StringComparison.Ordinal);
        Assert.Equal(["1", "3"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("id citext PRIMARY KEY", "A", "a")]
    [InlineData("id char(4) PRIMARY KEY", "a", "a  ")]
    [InlineData("id numeric PRIMARY KEY", "1.5", "1.50")]
    [InlineData("id timestamptz PRIMARY KEY", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00")]
    [InlineData("id text COLLATE nocase PRIMARY KEY", "A", "a")]
    [InlineData("id timestamp(3) PRIMARY KEY", "2026-01-01T10:00:00.0100", "2026-01-01T10:00:00.0102")]
    [InlineData("id timestamp(3) PRIMARY KEY", "1969-12-31T23:59:59.9985", "1969-12-31T23:59:59.998")]
    [InlineData("id timestamptz(0) PRIMARY KEY", "2026-01-01T10:00:00.5Z", "2026-01-01T10:00:01.4Z")]
    [InlineData("id time(0) PRIMARY KEY", "10:00:00.1", "10:00:00.2")]
    [InlineData("id time(0) PRIMARY KEY", "23:59:59.9", "24:00")]
    public async Task Load_KeysThatTheServerHoldsForEqual_AreOneRow(string id, string first, string second)
    {
        using var db = new PostgresTestTarget(
            "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public", "CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            $"CREATE TABLE t ({id}, v text)");
        foreach (int batchSize in new[] { 1, 10 })
        {
            LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize, ThrottleLimit = 4 }, [Rec.Of("id", first, "v", "1"), Rec.Of("id", second, "v", "2")]);
            Assert.Empty(run.Output);
            Assert.Equal(["1|2"], db.Rows("SELECT count(*), max(v) FROM t"));
        }
    }

    [Theory]
    [InlineData("timestamp(3)")]
    [InlineData("timestamptz(2)")]
    [InlineData("time(0)")]
    public async Task Load_KeysThatTheColumnRounds_LastRecordWinsWithSeveralWriters(string type)
    {
        using var db = new PostgresTestTarget($"CREATE TABLE t (id {type} PRIMARY KEY, v int)");
        var start = new DateTime(2026, 1, 1, 10, 0, 0, DateTimeKind.Utc);
        object At(DateTime time) => type.StartsWith("time(", StringComparison.Ordinal) ? TimeOnly.FromDateTime(time) : time;
        IEnumerable<Record> records = Enumerable.Range(1, 300).SelectMany(i => new[]
        {
            Rec.Of("id", At(start.AddSeconds(i)), "v", 0), Rec.Of("id", At(start.AddSeconds(i).AddTicks(2000)), "v", 1),
        });
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = 10, ThrottleLimit = 4 }, records);
        Assert.Empty(run.Output);
        Assert.Equal(["300|300"], db.Rows("SELECT count(*), sum(v) FROM t"));
    }

    [Theory]
    [InlineData(1, "1|a", "2|b", "3|c")]
    [InlineData(1, "1|a", "2|b", "1|c")]
    [InlineData(1, "1|a", "1|b", "2|c")]
    [InlineData(1, "9|a", "2|b", "3|c")]
    [InlineData(2, "1|a", "2|b", "3|c", "4|d", "2|e", "9|f")]
    public async Task Load_IntoAnEmptyTable_TakesKeysThatComeAgainOrAreThereMeanwhile(int writers, params string[] rows)
    {
        foreach (int batchSize in new[] { 1, 2, 10 })
        {
            using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
            string[][] given = [.. rows.Select(row => row.Split('|'))];
            LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize, ThrottleLimit = writers }, Records(db, given));
            Assert.Empty(run.Output);
            var expected = new SortedDictionary<int, string> { [9] = "theirs" };
            foreach (string[] row in given)
                expected[int.Parse(row[0], CultureInfo.InvariantCulture)] = row[1];
            Assert.Equal([.. expected.Select(row => $"{row.Key}|{row.Value}")], db.Rows("SELECT id, v FROM t ORDER BY id"));
            int keys = given.Select(row => row[0]).Distinct().Count(key => key != "9");
            Assert.Equal((long?)keys, run.Summary.Inserted);
            Assert.Equal(given.Length, run.Summary.Inserted + run.Summary.Updated + run.Summary.Superseded);
        }

        static IEnumerable<Record> Records(PostgresTestTarget db, string[][] rows)
        {
            // The load has looked, and the table was empty.
            db.Execute("INSERT INTO t VALUES (9, 'theirs')");
            foreach (string[] row in rows)
                yield return Rec.Of("id", int.Parse(row[0], CultureInfo.InvariantCulture), "v", row[1]);
        }
    }

    [Fact]
    public async Task Plan_TableWithRowsOrWithChecks_IsStaged()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        Assert.StartsWith("COPY", await FirstStatementAsync(), StringComparison.Ordinal);
        db.Execute("INSERT INTO t VALUES (1, 'x')");
        Assert.StartsWith("CREATE TEMP TABLE", await FirstStatementAsync(), StringComparison.Ordinal);
        db.Execute("TRUNCATE t", "ALTER TABLE t ADD CHECK (id > 0)");
        Assert.StartsWith("CREATE TEMP TABLE", await FirstStatementAsync(), StringComparison.Ordinal);

        async Task<string> FirstStatementAsync()
        {
            await using LoadPreview preview = await LoadPreview.OpenAsync(db.Options, new EtlRun(TimeProvider.System), cancellationToken: TestContext.Current.CancellationToken);
            return preview.Plan(Rec.Of("id", 1, "v", "x")).Statements[0];
        }
    }

    [Fact]
    public async Task Load_OddNamesSchemasPartitionsAndIdentityKeys_Work()
    {
        using var db = new PostgresTestTarget(
            "CREATE TABLE \"Odd \"\"Name.x\" (\"a b\" text, \"Select\" int, \"v;\" text, PRIMARY KEY (\"Select\", \"a b\"))",
            "CREATE TABLE part (id int, region text, v text, PRIMARY KEY (id, region)) PARTITION BY LIST (region)",
            "CREATE TABLE part_eu PARTITION OF part FOR VALUES IN ('eu')",
            "CREATE TABLE ident (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)");
        await TestDatabase.LoadAsync(db.Options with { Table = "\"Odd \"\"Name.x\"", Key = ["a b", "select"] }, [Rec.Of("A B", "x", "select", 1, "v;", "1"), Rec.Of("A B", "x", "select", 1, "v;", "2")]);
        Assert.Equal(["x|1|2"], db.Rows("SELECT * FROM \"Odd \"\"Name.x\""));
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Table = "Part", Key = ["id", "region"] }, [Rec.Of("id", 1, "region", "eu", "v", "a"), Rec.Of("id", 2, "region", "mars", "v", "b")]);
        Assert.Equal([ErrorCodes.CheckViolation], run.Codes);
        Assert.Null(run.Summary.Inserted);
        Assert.Equal(["1|eu|a"], db.Rows("SELECT * FROM part"));
        await TestDatabase.LoadAsync(db.Options with { Table = "ident" }, [Rec.Of("id", 7, "v", "a"), Rec.Of("id", 7, "v", "b")]);
        Assert.Equal(["7|b"], db.Rows("SELECT * FROM ident"));
    }

    [Fact]
    public async Task Load_TwoLoadersOfTheSameKeys_BothEnd()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        async Task<LoadRun> LoadAsync(int seed)
        {
            var random = new Random(seed);
            return await Task.Run(() => TestDatabase.LoadAsync(
                db.Options with { ThrottleLimit = 4, BatchSize = 200 }, Enumerable.Range(0, 4000).Select(i => Rec.Of("id", random.Next(500), "v", $"{seed}-{i}"))));
        }
        LoadRun[] runs = await Task.WhenAll(LoadAsync(1), LoadAsync(2));
        Assert.All(runs, run => Assert.Empty(run.Output));
        // Of each key one loader's last value stands.
        var last = new HashSet<string>();
        foreach (int seed in new[] { 1, 2 })
        {
            var random = new Random(seed);
            var own = new Dictionary<int, string>();
            for (int i = 0; i < 4000; i++)
            {
                int id = random.Next(500);
                own[id] = $"{id}|{seed}-{i}";
            }
            last.UnionWith(own.Values);
        }
        Assert.Subset(last, db.Rows("SELECT * FROM t").ToHashSet());
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=u;Password=canary", FailureCodes.TargetUnavailable, "-ServerInstance")]
    [InlineData("Host=no.such.host.invalid;Username=u;Password=canary", FailureCodes.HostNotFound, "host name")]
    [InlineData("Nonsense=1;Password=canary", FailureCodes.InvalidConnectionString, "-ConnectionString")]
    [InlineData("Username=u;Password=canary", FailureCodes.InvalidConnectionString, "-ServerInstance")]
    public async Task Open_NoSuchServer_SaysWhatToChange(string connectionString, string code, string text)
    {
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(
            new LoadOptions { Provider = "PostgreSQL", ConnectionString = connectionString, Table = "t", Key = ["id"], OutageBudget = TimeSpan.Zero }));
        Assert.Equal(code, e.Code);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_NoSuchDatabase_IsNoOutage()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)");
        string elsewhere = new NpgsqlConnectionStringBuilder(db.ConnectionString) { Database = "etl_no_such_database" }.ConnectionString;
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { ConnectionString = elsewhere }));
        Assert.Equal((FailureCodes.DatabaseNotFound, FailureKind.NotFound), (e.Code, e.Kind));
    }

    [Fact]
    public async Task Open_ServerIsDownWhenTheRunBegins_IsTriedAgainUntilItIsUp()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)");
        string away;
        using (var proxy = new PostgresProxy(db.ConnectionString))
            away = proxy.ConnectionString;
        var told = new ConcurrentQueue<string>();
        Task<LoadStage> opening = LoadStage.OpenAsync(
            "Export-EtlSqlUpsert", db.Options with { ConnectionString = away }, new EtlRun(TimeProvider.System), warn: warning => told.Enqueue(warning.Message),
            cancellationToken: TestContext.Current.CancellationToken);
        while (told.IsEmpty)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(told.TryDequeue(out string? first));
        Assert.Contains("cannot be reached", first, StringComparison.Ordinal);
        using var back = new PostgresProxy(db.ConnectionString, new NpgsqlConnectionStringBuilder(away).Port);
        await using LoadStage stage = await opening;
        Assert.True(stage.Counters.Retries > 0);
    }

    [Fact]
    public async Task Open_ServerStaysDown_SaysHowLongItWasTried()
    {
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(
            new LoadOptions { Provider = "PostgreSQL", ConnectionString = "Host=127.0.0.1;Port=1;Username=u", Table = "t", Key = ["id"], OutageBudget = TimeSpan.FromSeconds(0.4) }));
        Assert.Equal(FailureCodes.TargetUnavailable, e.Code);
        Assert.Matches("It was retried for [0-9.]+ s \\(-OutageBudgetSec\\)\\. Check -ServerInstance", e.Message);
    }

    [Theory]
    [InlineData("CREATE VIEW t AS SELECT 1 AS id", "id", FailureCodes.NotATable, "a view")]
    [InlineData("CREATE TABLE t (id int, k int)", "k", FailureCodes.KeyNotUnique, "CREATE UNIQUE INDEX ON")]
    [InlineData("CREATE TABLE t (id int PRIMARY KEY)", "nope", FailureCodes.KeyColumnMissing, "-Key")]
    [InlineData("CREATE TABLE other (id int PRIMARY KEY)", "id", FailureCodes.TableNotFound, "-CreateTable")]
    public async Task Open_UnfitTable_SaysWhatToChange(string table, string key, string code, string text)
    {
        using var db = new PostgresTestTarget(table);
        EtlException e = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { Key = [key] }));
        Assert.Equal(code, e.Code);
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_WrongPasswordOrNoRights_IsRefused()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY)", "DROP ROLE IF EXISTS poor", "CREATE ROLE poor LOGIN PASSWORD 'poor'");
        db.Execute($"GRANT USAGE ON SCHEMA {db.Schema} TO poor");
        EtlException wrong = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { Credential = new("poor", "canary") }));
        EtlException rights = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { Credential = new("poor", "poor") }));
        string nobodys = Path.GetTempFileName();
        var withoutPassword = new NpgsqlConnectionStringBuilder(db.Options.ConnectionString) { Password = null, Passfile = nobodys };
        EtlException none = await Assert.ThrowsAsync<EtlException>(() => TestDatabase.OpenAsync(db.Options with { ConnectionString = withoutPassword.ConnectionString }));
        File.Delete(nobodys);
        Assert.Contains("No password was given for the user", none.Message, StringComparison.Ordinal);
        Assert.All([wrong, rights, none], e => Assert.Equal(FailureCodes.AccessDenied, e.Code));
        Assert.Contains("GRANT INSERT, UPDATE, SELECT ON", rights.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", wrong.ToString(), StringComparison.Ordinal);
        db.Execute($"REVOKE USAGE ON SCHEMA {db.Schema} FROM poor", "DROP ROLE poor");
    }

    [Fact]
    public async Task Dispose_InTheMiddle_LeavesNoConnection()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v text)");
        LoadOptions options = db.Options with { ConnectionString = db.ConnectionString + ";Application Name=left", ThrottleLimit = 4, BatchSize = 500 };
        LoadStage stage = await TestDatabase.OpenAsync(options);
        foreach (int i in Enumerable.Range(0, 9000))
            TestDatabase.Post(stage, Rec.Of("id", i, "v", "x"), []);
        await stage.DisposeAsync();
        for (int i = 0; i < 100 && db.Rows("SELECT 1 FROM pg_stat_activity WHERE application_name = 'left'").Length > 0; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Empty(db.Rows("SELECT 1 FROM pg_stat_activity WHERE application_name = 'left'"));
        Assert.Equal([$"{stage.Summarize().Loaded}"], db.Rows("SELECT count(*) FROM t"));
    }
}
