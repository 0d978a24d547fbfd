namespace EtlTools.Engine.Tests.Load.SqlServer;

// The list of what needs a server, and what it needs of it. Without ETLTOOLS_TEST_SQLSERVER at build time the classes are abstract:
// built, and no tests. None of them was ever run on a SQL Server of Microsoft's. What is tested against the double of the protocol
// alone is in the other files of this folder.
//
// SqlServerSharedLoadTests, SqlServerSharedWatermarkTests, SqlServerSharedModeTests, SqlServerSharedReplaceTests,
// SqlServerSharedMissingTests: CREATE DATABASE.
// Replace_WhileItRuns: a database that is made with READ_COMMITTED_SNAPSHOT, as those of Azure are; skipped in others.
// Load_KeysThatDifferByCase: the collation Latin1_General_100_CI_AS.
// Load_TwoAtOnce: two connections at a time; MERGE.
// Load_EveryType: xml, money, rowversion and a computed column.
// Load_TriggerThatRollsBack: CREATE TRIGGER.

/// <summary>The loader on a real SQL Server.</summary>
#if SQLSERVER
public sealed class SqlServerSharedLoadTests : SharedLoadTests
#else
public abstract class SqlServerSharedLoadTests : SharedLoadTests
#endif
{
    private protected override ITestTarget NewTarget(params string[] statements) => new SqlServerTestTarget(statements);
}

/// <summary>Watermarks on a real SQL Server.</summary>
#if SQLSERVER
public sealed class SqlServerSharedWatermarkTests : SharedWatermarkTests
#else
public abstract class SqlServerSharedWatermarkTests : SharedWatermarkTests
#endif
{
    private protected override ITestTarget NewTarget(params string[] statements) => new SqlServerTestTarget(statements);

    private protected override string OtherNameOfTable(ITestTarget db) => "dbo.etl_watermark";
}

/// <summary>Modes on a real SQL Server.</summary>
#if SQLSERVER
public sealed class SqlServerSharedModeTests : SharedModeTests
#else
public abstract class SqlServerSharedModeTests : SharedModeTests
#endif
{
    private protected override ITestTarget NewTarget(params string[] statements) => new SqlServerTestTarget(statements);
}

/// <summary>Replacing a table's contents on a real SQL Server.</summary>
#if SQLSERVER
public sealed class SqlServerSharedReplaceTests : SharedReplaceTests
#else
public abstract class SqlServerSharedReplaceTests : SharedReplaceTests
#endif
{
    private protected override ITestTarget NewTarget(params string[] statements) => new SqlServerTestTarget(statements);

    private protected override bool HasRowVersions(ITestTarget db) => db.Rows("SELECT is_read_committed_snapshot_on FROM sys.databases WHERE database_id = DB_ID()") is ["True"];
}

/// <summary>Rows that no record had, on a real SQL Server.</summary>
#if SQLSERVER
public sealed class SqlServerSharedMissingTests : SharedMissingTests
#else
public abstract class SqlServerSharedMissingTests : SharedMissingTests
#endif
{
    private protected override ITestTarget NewTarget(params string[] statements) => new SqlServerTestTarget(statements);

    private protected override string Boolean => "bit";

    private protected override string Gone => "CASE gone WHEN 1 THEN 'yes' WHEN 0 THEN 'no' END";
}

/// <summary>What only SQL Server does.</summary>
#if SQLSERVER
public sealed class SqlServerOwnTests
#else
public abstract class SqlServerOwnTests
#endif
{
    [Fact]
    public async Task Load_KeysThatDifferByCase_AreOneWhereTheDatabaseSaysSo()
    {
        using var db = new SqlServerTestTarget("CREATE TABLE t (id varchar(10) COLLATE Latin1_General_100_CI_AS NOT NULL PRIMARY KEY, v TEXT)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", "a", "v", "1"), Rec.Of("id", "A", "v", "2"), Rec.Of("id", "a ", "v", "3")]);
        Assert.Equal((1L, 2L), (run.Summary.Loaded, run.Summary.Superseded));
        Assert.Equal(["a|3"], db.Rows("SELECT id, v FROM t"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_TwoAtOnce_WriteEachKeyOnce(bool useMerge)
    {
        using var db = new SqlServerTestTarget("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v TEXT)");
        Engine.Load.LoadOptions options = db.Options with { BatchSize = 500, Specific = new Engine.Load.SqlServerOptions { UseMerge = useMerge } };
        LoadRun[] runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(loader => Task.Run(
            () => TestDatabase.LoadAsync(options, Enumerable.Range(0, 5_000).Select(i => Rec.Of("id", loader == 0 ? i : 4_999 - i, "v", $"{loader}"))))));
        Assert.All(runs, run => Assert.Equal(5_000, run.Summary.Loaded));
        Assert.Equal(5_000, runs.Sum(run => run.Summary.Inserted));
        Assert.Equal(["5000"], db.Rows("SELECT count(*) FROM t"));
    }

    [Fact]
    public async Task Load_EveryType_ComesBackAsItWas()
    {
        using var db = new SqlServerTestTarget(
            "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a bit, b tinyint, c smallint, d int, e decimal(38,10), f money, g real, h float, i date, j time(3), k datetime, "
            + "l datetime2(7), m datetimeoffset(7), n uniqueidentifier, o char(3), p nvarchar(max), q varbinary(max), r xml, s AS d * 2, v rowversion)");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of(
            "id", 1, "a", true, "b", 255, "c", -1, "d", 7, "e", "1234567890123456789012345678.0123456789", "f", 1.2345m, "g", 0.5, "h", 1e300, "i", "2026-02-28",
            "j", "01:02:03.004", "k", "2026-02-28 12:00", "l", "2026-02-28 12:00:00.1234567", "m", "2026-02-28T12:00:00+02:00",
            "n", "00112233-4455-6677-8899-aabbccddeeff", "o", "abc", "p", "\u65e5\u672c", "q", "0x0102", "r", "<a>1</a>")]);
        Assert.Equal(
            ["True|255|-1|7|1234567890123456789012345678.0123456789|1.2345|0.5|1e+300|2026-02-28|01:02:03.004|2026-02-28T12:00:00|2026-02-28T12:00:00.1234567|2026-02-28 12:00:00.0000000 +02:00|00112233-4455-6677-8899-AABBCCDDEEFF|abc|\u65e5\u672c|0102|<a>1</a>|14"],
            db.Rows(
                "SELECT a, b, c, d, CONVERT(varchar(50), e), CONVERT(varchar(20), f, 2), CONVERT(varchar(20), g), CONVERT(varchar(30), h), CONVERT(varchar(10), i, 23), CONVERT(varchar(12), j), "
                + "CONVERT(varchar(30), k, 126), CONVERT(varchar(30), l, 126), CONVERT(varchar(40), m), CONVERT(varchar(36), n), o, p, CONVERT(varchar(10), q, 2), CONVERT(nvarchar(20), r), s FROM t"));
    }

    [Fact]
    public async Task Load_TriggerThatRollsBack_IsolatesItsRow()
    {
        using var db = new SqlServerTestTarget(
            "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, v int)",
            "CREATE TRIGGER guard ON t AFTER INSERT, UPDATE AS IF EXISTS (SELECT 1 FROM inserted WHERE v < 0) BEGIN ROLLBACK TRANSACTION; THROW 50001, 'no', 1; END");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, Enumerable.Range(0, 100).Select(i => Rec.Of("id", i, "v", i == 42 ? -1 : i)));
        Assert.Equal((99L, 1L), (run.Summary.Loaded, run.Summary.Errors));
        Assert.Equal(42, Assert.Single(run.Output)[0]);
    }
}
