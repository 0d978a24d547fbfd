using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using Npgsql;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Tables whose triggers take longer than a statement may, and sources longer than a transaction may be idle.</summary>
public class PostgresSlowStatementTests
{
    [Theory]
    [InlineData("Options=-c statement_timeout=400ms", false)]
    [InlineData("Options=-c statement_timeout=400ms", true)]
    [InlineData("Command Timeout=1", false)]
    public async Task Load_RowWhoseTriggerTakesTooLong_FailsAlone(string limit, bool replaces)
    {
        using PostgresTestTarget db = NewTarget();
        LoadOptions options = Limited(db, limit) with { Mode = replaces ? LoadMode.Replace : LoadMode.Upsert, BatchSize = 50 };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 100).Select(i => Rec.Of("id", i, "ms", i == 33 ? 3000 : 0)));
        RecordError error = Assert.Single(run.Output).Error!;
        Assert.Equal(ErrorCodes.RowRejected, error.Code);
        Assert.Contains("statement_timeout", error.Message, StringComparison.Ordinal);
        Assert.Equal(["99|0"], db.Rows("SELECT count(*), count(*) FILTER (WHERE id = 33) FROM t"));
    }

    [Fact]
    public async Task Load_BatchThatTakesTooLong_IsWrittenInParts()
    {
        using PostgresTestTarget db = NewTarget();
        LoadRun run = await TestDatabase.LoadAsync(
            Limited(db, "Options=-c statement_timeout=400ms") with { BatchSize = 200 }, Enumerable.Range(0, 400).Select(i => Rec.Of("id", i, "ms", 5)));
        Assert.Empty(run.Output);
        Assert.Equal(400, run.Summary.Inserted);
        Assert.InRange(run.Counters.Retries, 1, 4);
    }

    [Fact]
    public async Task Load_RowThatAnotherSessionHolds_IsWaitedForAndNotRefused()
    {
        using PostgresTestTarget db = NewTarget();
        db.Execute("INSERT INTO t VALUES (5, 0)");
        await using var other = new NpgsqlConnection(db.ConnectionString + ";Pooling=false");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await using NpgsqlTransaction holding = await other.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand("UPDATE t SET ms = 1 WHERE id = 5", other, holding))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Task<LoadRun> loading = Task.Run(() => TestDatabase.LoadAsync(
            Limited(db, "Options=-c statement_timeout=300ms") with { OutageBudget = TimeSpan.FromSeconds(60) }, Enumerable.Range(0, 10).Select(i => Rec.Of("id", i, "ms", 0))));
        // The rows before it are committed by the time the one that is held is alone, and has been tried.
        while (db.Rows("SELECT count(*) FROM t WHERE id < 5") is not ["5"])
            await Task.Delay(50, TestContext.Current.CancellationToken);
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        await holding.RollbackAsync(TestContext.Current.CancellationToken);
        LoadRun run = await loading;
        Assert.Empty(run.Output);
        Assert.Equal((9L, 1L), (run.Summary.Inserted, run.Summary.Updated));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneTransaction_SourceSlowerThanTheServerWaitsForATransaction_IsWaitedFor(bool replaces)
    {
        using PostgresTestTarget db = NewTarget();
        db.Execute("INSERT INTO t VALUES (9, 0)");
        LoadOptions options = Limited(db, "Options=-c idle_in_transaction_session_timeout=150ms") with { Mode = replaces ? LoadMode.Replace : LoadMode.Upsert, DeleteMissing = !replaces, BatchSize = 1 };
        LoadRun run = await TestDatabase.LoadAsync(options, Enumerable.Range(0, 3).Select(i =>
        {
            Thread.Sleep(400);
            return Rec.Of("id", i, "ms", 0);
        }));
        Assert.Empty(run.Output);
        Assert.Equal(["0", "1", "2"], db.Rows("SELECT id FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_DatabaseThatIsReadOnlyForAMoment_IsWaitedFor()
    {
        using PostgresTestTarget db = new(
            "CREATE TABLE t (id int PRIMARY KEY, v text)", "CREATE TABLE log (id int)", "CREATE SEQUENCE attempts",
            """
            CREATE FUNCTION fail_over() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF NEW.id = 33 AND nextval('attempts') = 1 THEN PERFORM set_config('transaction_read_only', 'on', true); END IF;
                INSERT INTO log VALUES (NEW.id);
                RETURN NEW;
            END $$
            """,
            "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION fail_over()");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { BatchSize = 20 }, Enumerable.Range(0, 100).Select(i => Rec.Of("id", i, "v", "a")));
        Assert.Empty(run.Output);
        Assert.Equal((100L, 1L), (run.Summary.Inserted, run.Counters.Retries));
        Assert.Equal(["100"], db.Rows("SELECT count(*) FROM log"));
    }

    private static PostgresTestTarget NewTarget() => new(
        "CREATE TABLE t (id int PRIMARY KEY, ms int)",
        "CREATE FUNCTION rest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(NEW.ms / 1000.0); RETURN NEW; END $$",
        "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION rest()");

    private static LoadOptions Limited(PostgresTestTarget db, string limit) => db.Options with { ConnectionString = $"{db.ConnectionString};{limit}" };
}
