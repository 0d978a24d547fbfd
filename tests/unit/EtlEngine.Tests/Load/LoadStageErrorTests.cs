using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

public class LoadStageErrorTests
{
    [Fact]
    public async Task Load_EachKindOfBadRow_IsIsolatedAndNamed()
    {
        using var db = new TestDatabase(
            "CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p VALUES (1)",
            """
            CREATE TABLE t (
                id TEXT PRIMARY KEY, email TEXT UNIQUE, must TEXT NOT NULL DEFAULT '', qty INTEGER, price DECIMAL(30,2), rate REAL,
                raw BLOB, p INTEGER REFERENCES p (id), CONSTRAINT small CHECK (qty < 100))
            """,
            "CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.qty = 13 BEGIN SELECT RAISE(ABORT, 'secret 13'); END",
            "CREATE TRIGGER ig BEFORE INSERT ON t WHEN NEW.qty = 14 BEGIN SELECT RAISE(IGNORE); END");
        Record[] bad = [
            Rec.Of("id", null, "qty", 1),
            Rec.Of("qty", 1),
            Rec.Of("id", "b1", "qty", "abc"),
            Rec.Of("id", "b2", "qty", 1.5m),
            Rec.Of("id", "b3", "qty", double.NaN),
            Rec.Of("id", "b4", "must", null),
            Rec.Of("id", "b5", "price", 1234567890123456.78m),
            Rec.Of("id", "b6", "rate", "fast"),
            Rec.Of("id", "b7", "raw", "text"),
            Rec.Of("id", "b8", "email", "taken"),
            Rec.Of("id", "b9", "p", 2),
            Rec.Of("id", "b10", "qty", 100),
            Rec.Of("id", "b11", "qty", 13),
            Rec.Of("id", "b12", "qty", 14),
            Rec.Of("id", "b13", "nope", 1),
            Rec.Of("id", "b14", "email", "half \ud800"),
            Rec.Of("id", "b15", "qty", new object())];
        Record first = Rec.Of("id", "g", "email", "taken", "must", "", "qty", "42", "price", 1.5m, "rate", 1, "raw", new byte[2], "p", 1);
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [first, .. bad, Rec.Of("id", "h", "qty", 1)]);
        Assert.Equal(
            [
                $"{ErrorCodes.KeyIsNull} id", $"{ErrorCodes.KeyIsNull} id", $"{ErrorCodes.TargetTypeMismatch} qty", $"{ErrorCodes.TargetTypeMismatch} qty",
                $"{ErrorCodes.TargetTypeMismatch} qty", $"{ErrorCodes.NotNullViolation} must", $"{ErrorCodes.TargetTypeMismatch} price",
                $"{ErrorCodes.TargetTypeMismatch} rate", $"{ErrorCodes.TargetTypeMismatch} raw", $"{ErrorCodes.UniqueViolation} email",
                $"{ErrorCodes.ForeignKeyViolation} ", $"{ErrorCodes.CheckViolation} ", $"{ErrorCodes.RowRejected} ", $"{ErrorCodes.RowRejected} ",
                $"{ErrorCodes.UnknownColumn} nope", $"{ErrorCodes.TargetTypeMismatch} email", $"{ErrorCodes.TargetTypeMismatch} qty"
            ],
            run.Output.Select(record => $"{record.Error!.Code} {record.Error.Column}"));
        Assert.Equal(["g|42", "h|1"], db.Rows("SELECT id, qty FROM t ORDER BY id"));
        Assert.Equal((2L, 17L, 17L), (run.Summary.Loaded, run.Summary.Errors, run.Counters.Failed));
        string messages = string.Join('\n', run.Output.Select(record => record.Error!.Message));
        Assert.Contains("(small)", messages, StringComparison.Ordinal);
        Assert.Contains("15 significant digits", messages, StringComparison.Ordinal);
        foreach (string value in new[] { "abc", "1.5", "secret", "taken", "fast", "1234567" })
            Assert.DoesNotContain(value, messages, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_StrictTable_KeepsItsTypes()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INT PRIMARY KEY, a ANY, r REAL, x TEXT) STRICT");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [
            Rec.Of("id", "1", "a", "007", "r", 2, "x", 5), Rec.Of("id", "x", "a", null, "r", null, "x", null), Rec.Of("id", 2, "a", 1, "r", "1.5", "x", true)]);
        Assert.Equal([ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Equal(["1|'007'|2.0|'5'", "2|1|1.5|'1'"], db.Rows("SELECT id, quote(a), quote(r), quote(x) FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_FailedRecordOfAnEarlierStage_PassesInItsPlace()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Failed("x", 1), Rec.Of("id", 1), Rec.Failed("id", 2), Rec.Of("id", "x")]);
        Assert.Equal([ErrorCodes.ConversionFailed, ErrorCodes.ConversionFailed, ErrorCodes.TargetTypeMismatch], run.Codes);
        Assert.Equal((4L, 1L, 1L, 2L), (run.Counters.In, run.Counters.Out, run.Counters.Failed, run.Counters.Forwarded));
        Assert.Equal(["1"], db.Rows("SELECT id FROM t"));
    }

    [Fact]
    public async Task Load_OneGuiltyDeferredForeignKey_IsFoundInFewSteps()
    {
        using var db = new TestDatabase(
            "CREATE TABLE p (id INTEGER PRIMARY KEY)", "INSERT INTO p VALUES (1)",
            "CREATE TABLE t (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { FlushInterval = TimeSpan.FromHours(1) }, Enumerable.Range(0, 5000).Select(i => Rec.Of("id", i, "p", i == 3210 ? 9 : 1)));
        Assert.Equal([ErrorCodes.ForeignKeyViolation], run.Codes);
        Assert.Equal(3210, run.Output.Single()[0]);
        Assert.Equal((4999L, 1L), (run.Summary.Loaded, run.Summary.Batches));
        Assert.Equal(["4999"], db.Rows("SELECT count(*) FROM t"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task Load_ChildBeforeItsParent_FailsWhereverTheBatchEnds(int batchSize)
    {
        using var db = new TestDatabase(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, boss INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = batchSize }, [
            Rec.Of("id", 1, "v", "early", "boss", 3), Rec.Of("id", 2, "v", "bad", "boss", 99), Rec.Of("id", 1, "v", "new", "boss", null),
            Rec.Of("id", 3, "v", "top", "boss", null), Rec.Of("id", 4, "v", "own", "boss", 4), Rec.Of("id", 5, "v", "child", "boss", 3)]);
        Assert.Equal(["early", "bad"], run.Output.Select(record => record[1]));
        Assert.Equal(["1|new|null", "3|top|null", "4|own|4", "5|child|3"], db.Rows("SELECT * FROM t ORDER BY id"));
    }

    [Theory]
    [InlineData("CREATE TRIGGER tr BEFORE INSERT ON t WHEN NEW.n = 'x' BEGIN SELECT RAISE(ROLLBACK, 'no'); END", "")]
    [InlineData("INSERT INTO t VALUES (-1, 'x')", "UNIQUE ON CONFLICT ROLLBACK")]
    public async Task Load_RefusalThatRollsBack_LosesNothingElse(string statement, string constraint)
    {
        using var db = new TestDatabase($"CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT {constraint})", statement);
        LoadRun run = await TestDatabase.LoadAsync(
            db.Options with { DeadLetterPath = db.DeadLetter },
            Enumerable.Range(0, 5000).Select(i => Rec.Of("id", i, "n", i % 1000 == 77 ? "x" : $"{i}")));
        Assert.Equal((4995L, 5L, 1L), (run.Summary.Loaded, run.Summary.DeadLettered, run.Summary.Batches));
        Assert.Equal(["4995"], db.Rows("SELECT count(*) FROM t WHERE id >= 0"));
        Assert.Equal(5, File.ReadAllLines(db.DeadLetter).Length);
    }
}
