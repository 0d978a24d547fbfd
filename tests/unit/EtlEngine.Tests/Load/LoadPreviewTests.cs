using System.Collections.Concurrent;
using System.Diagnostics;
using EtlTools.Engine.DeadLetters;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;
using EtlTools.Engine.Tests.Load.SqlServer;
using EtlTools.Testing.SqlServer;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace EtlTools.Engine.Tests.Load;

/// <summary>What -WhatIf tells, and that it leaves no trace.</summary>
public sealed class LoadPreviewTests
{
    private const string Table = "CREATE TABLE t (id INTEGER PRIMARY KEY, name VARCHAR(5), qty INTEGER)";

    [Fact]
    public async Task Plan_SqliteWithoutDatabase_TellsTheTableAndMakesNoFile()
    {
        using var db = new TestDatabase();
        LoadPlan plan = await PlanAsync(db.Options with { CreateTable = true, WatermarkName = "job", DeadLetterPath = db.DeadLetter }, Rec.Of("id", 1, "name", "a"));
        Assert.Equal(3, plan.Statements.Count);
        Assert.Equal("CREATE TABLE \"t\" (\"id\" INTEGER NOT NULL, \"name\" TEXT, PRIMARY KEY (\"id\"))", plan.Statements[1]);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(db.File)!));
    }

    [Theory]
    [InlineData("nam", "nowhere", true)]
    [InlineData("nam", "qty", false)]
    [InlineData("name", "nowhere", true)]
    public async Task Plan_ColumnMapThatMapsNothing_IsRefused(string from, string to, bool isRefused)
    {
        using var db = new TestDatabase(Table);
        LoadOptions options = db.Options with { ColumnMap = new Dictionary<string, string> { [from] = to } };
        Task<LoadPlan> plan = PlanAsync(options, Rec.Of("id", 1, "name", "a"));
        if (isRefused)
            Assert.Equal(FailureCodes.UnknownColumn, (await Assert.ThrowsAsync<EtlException>(() => plan)).Code);
        else
            await plan;
    }

    [Theory]
    [InlineData("DELETE", false)]
    [InlineData("WAL", false)]
    [InlineData("WAL", true)]
    public async Task Plan_SqliteDatabase_LeavesItsFilesAsTheyAre(string journal, bool isOpen)
    {
        using var db = new TestDatabase($"PRAGMA journal_mode = {journal}", Table);
        using SqliteConnection? other = isOpen ? db.Connect() : null;
        if (other is not null)
            TestDatabase.Execute(other, "ALTER TABLE t ADD COLUMN late TEXT");
        string[] before = Look();
        LoadPlan plan = await PlanAsync(
            db.Options with { ExtraColumn = ExtraColumn.Add, SchemaChange = SchemaChange.Evolve, Specific = new SqliteOptions { JournalMode = SqliteJournalMode.Delete } },
            isOpen ? Rec.Of("id", 1, "qty", 1.5, "late", "x") : Rec.Of("id", 1, "qty", 1.5, "note", "x"));
        Assert.Null(plan.Problem);
        Assert.Equal(isOpen ? null : "added", plan.Columns[2].Change);
        Assert.Equal(before, Look());

        string[] Look() => [.. Directory.GetFiles(Path.GetDirectoryName(db.File)!).Order(StringComparer.Ordinal).Select(file => $"{file} {(file.EndsWith("-shm", StringComparison.Ordinal) ? "" : Convert.ToHexString(Bytes(file)))}")];
    }

    [Fact]
    public async Task Plan_Postgres_TellsStagingCopyUpsertAndChangesAndDoesNothing()
    {
        using var db = new PostgresTestTarget(Table);
        string[] before = Look();
        LoadPlan plan = await PlanAsync(
            db.Options with { ExtraColumn = ExtraColumn.Add, SchemaChange = SchemaChange.Evolve, UpdateColumn = ["qty"], WatermarkName = "job", DeadLetterPath = db.DeadLetter },
            Rec.Of("id", 1, "name", "abcdefgh", "qty", 3_000_000_000, "note", 1.5));
        Assert.Equal(before, Look());
        Assert.False(File.Exists(db.DeadLetter));
        Assert.Equal(
            ["id -> id integer Key ", "name -> name character varying(10) InsertOnly widened from character varying(5)", "qty -> qty bigint InsertAndUpdate widened from integer", "note -> note double precision InsertOnly added"],
            plan.Columns.Select(column => $"{column.Column} -> {column.TargetColumn} {column.Type} {column.Use} {column.Change}"));
        Assert.Equal(
            ["CREATE TABLE IF NOT EXISTS", "ALTER TABLE ADD", "ALTER TABLE ALTER", "ALTER TABLE ALTER", "COPY", "CREATE TEMP TABLE", "COPY", "WITH w AS (INSERT"],
            plan.Statements.Select(text => new[] { "CREATE TABLE IF NOT EXISTS", "CREATE TEMP TABLE", "COPY", "WITH w AS (INSERT" }.FirstOrDefault(start => text.StartsWith(start, StringComparison.Ordinal))
                ?? (text.Contains("ADD COLUMN", StringComparison.Ordinal) ? "ALTER TABLE ADD" : "ALTER TABLE ALTER")));
        // They are what the server takes.
        db.Execute([.. plan.Statements.Take(4)]);

        string[] Look() => db.Rows($"SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = '{db.Schema}' ORDER BY 1, 2");
    }

    [Fact]
    public async Task Plan_PostgresNewTable_TellsHowItIsMade()
    {
        using var db = new PostgresTestTarget();
        LoadPlan plan = await PlanAsync(db.Options with { CreateTable = true }, Rec.Of("id", 1L, "at", new DateOnly(2026, 1, 2)));
        Assert.Equal("CREATE TABLE IF NOT EXISTS \"t\" (\"id\" bigint NOT NULL, \"at\" date, PRIMARY KEY (\"id\"))", plan.Statements[0]);
        Assert.Empty(db.Rows($"SELECT 1 FROM pg_tables WHERE schemaname = '{db.Schema}'"));
    }

    [Theory]
    [InlineData(null, 5)]
    [InlineData("gone", 6)]
    public async Task Plan_PostgresDeleteMissing_TellsTheStatementsOfTheRun(string? marking, int count)
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id INTEGER PRIMARY KEY, shop TEXT, gone BOOLEAN)");
        LoadOptions options = db.Options with { DeleteMissing = true, DeletedColumn = marking, MissingScope = new Dictionary<string, object?> { ["SHOP"] = "a" } };
        Record record = Rec.Of("id", 1, "shop", "a");
        string[] told = [.. (await PlanAsync(options, record)).Statements.Where(text => text.Contains("etl_seen", StringComparison.Ordinal) || text.Contains("etl_there", StringComparison.Ordinal))];
        var sent = new ConcurrentBag<string?>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => sent.Add(activity.GetTagItem("db.query.text") as string),
        };
        ActivitySource.AddActivityListener(listener);
        await TestDatabase.LoadAsync(options, [record]);
        Assert.Equal(count, told.Length);
        Assert.All(told, text => Assert.Contains(text, sent));
    }

    [Theory]
    [InlineData(null, "CREATE TEMP TABLE|INSERT OR IGNORE|DELETE FROM \"t\"")]
    [InlineData("gone", "CREATE TEMP TABLE|INSERT OR IGNORE|UPDATE \"t\" AS t SET \"gone\" = 0|UPDATE \"t\" AS t SET \"gone\" = 1")]
    public async Task Plan_SqliteDeleteMissing_TellsTheStatementsOfTheRun(string? marking, string expected)
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, gone INTEGER)");
        LoadPlan plan = await PlanAsync(db.Options with { DeleteMissing = true, DeletedColumn = marking }, Rec.Of("id", 1));
        string[] told = [.. plan.Statements.Where(text => text.Contains("etl_seen", StringComparison.Ordinal))];
        Assert.Collection(told, [.. expected.Split('|').Select(start => (Action<string>)(text => Assert.StartsWith(start, text, StringComparison.Ordinal)))]);
    }

    [Fact]
    public async Task Plan_SqlServer_TellsStatementsThatItParsesAndSendsNone()
    {
        await using var target = new ScriptedTarget(new("id", "int") { Nullable = false }, new("v", "smallint", 2));
        LoadPlan plan = await PlanAsync(
            target.Options with { ExtraColumn = ExtraColumn.Add, SchemaChange = SchemaChange.Evolve }, Rec.Of("id", 1, "v", 70_000, "note", "x"));
        Assert.Equal(["", "widened from smallint", "added"], plan.Columns.Select(column => column.Change ?? ""));
        Assert.Equal(5, plan.Statements.Count);
        foreach (string statement in plan.Statements)
        {
            new TSql130Parser(true).Parse(new StringReader($"DECLARE @from int, @to int;\n{statement}"), out IList<ParseError> errors);
            Assert.Empty(errors);
        }
        Assert.Equal([LoadStep.Settings, LoadStep.Describe], target.Steps);
    }

    [Fact]
    public async Task Plan_RecordThatDoesNotFit_SaysWhy()
    {
        using var db = new PostgresTestTarget(Table);
        LoadPlan plan = await PlanAsync(db.Options with { ExtraColumn = ExtraColumn.Ignore }, Rec.Of("id", 1, "qty", "many", "x", 1));
        Assert.Contains("'qty'", plan.Problem, StringComparison.Ordinal);
        Assert.Equal(PlannedUse.Skip, plan.Columns[2].Use);
    }

    [Fact]
    public async Task Open_WhatALoadWouldRefuse_IsRefused()
    {
        using var db = new TestDatabase(Table);
        Assert.Equal(FailureCodes.TableNotFound, (await Assert.ThrowsAsync<EtlException>(() => PlanAsync(db.Options with { Table = "nope" }, Rec.Of("id", 1)))).Code);
        Assert.Equal(FailureCodes.UnknownColumn, (await Assert.ThrowsAsync<EtlException>(() => PlanAsync(db.Options, Rec.Of("id", 1, "x", 1)))).Code);
        Assert.Equal(FailureCodes.InvalidParameter, (await Assert.ThrowsAsync<EtlException>(() => PlanAsync(db.Options with { WatermarkName = "job" }, Rec.Of("id", 1)))).Code);
    }

    private static async Task<LoadPlan> PlanAsync(LoadOptions options, Record record)
    {
        await using LoadPreview preview = await LoadPreview.OpenAsync(options, new EtlRun(TimeProvider.System), cancellationToken: TestContext.Current.CancellationToken);
        return preview.Plan(record);
    }

    private static byte[] Bytes(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
