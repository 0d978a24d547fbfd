using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

/// <summary>The file of a SQLite database during a load, and what SQLite compares in it.</summary>
public class SqliteFileTests
{
    [Theory]
    [InlineData("WAL", true)]
    [InlineData("WAL", false)]
    [InlineData("DELETE", true)]
    public async Task Load_FileThatIsTakenAwayMeanwhile_EndsTheRun(string journal, bool isDeleted)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows keeps open files.");
        using var db = new TestDatabase($"PRAGMA journal_mode = {journal}", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
        await using LoadStage stage = await TestDatabase.OpenAsync(db.Options with { BatchSize = 5 });
        var output = new List<Record>();
        for (int i = 1; i <= 10; i++)
        {
            TestDatabase.Post(stage, Rec.Of("id", i), output);
            while (i == 5 && stage.Summarize().Loaded < 5)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            if (i == 5 && isDeleted)
                File.Delete(db.File);
            else if (i == 5)
                File.Move(db.File, db.File + ".old");
        }
        stage.CompleteInput();
        EtlException e = Assert.Throws<EtlException>(() => TestDatabase.Drain(stage, output));
        Assert.Contains("deleted, moved or replaced", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_ColumnDeclaredEnum_TakesText()
    {
        using var db = new TestDatabase("CREATE TABLE t (id INTEGER PRIMARY KEY, state ENUM)");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "state", "open")]);
        Assert.Equal(["open"], db.Rows("SELECT state FROM t"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Load_SkipUnchangedAndTextsThatACollationTakesForEqual_AreWritten(bool isView)
    {
        using var db = new TestDatabase(
            $"CREATE TABLE {(isView ? "b" : "t")} (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, code TEXT COLLATE RTRIM, n NUMERIC)",
            $"INSERT INTO {(isView ? "b" : "t")} VALUES (1, 'mcdonald', 'a', 1), (2, 'Lee', 'b', 2)");
        if (isView)
            db.Execute("CREATE VIEW t AS SELECT * FROM b", "CREATE TRIGGER i INSTEAD OF INSERT ON t BEGIN INSERT INTO b VALUES (new.id, new.name, new.code, new.n); END", "CREATE TRIGGER u INSTEAD OF UPDATE ON t BEGIN UPDATE b SET name = new.name, code = new.code WHERE id = old.id; END");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { SkipUnchanged = true }, [
            Rec.Of("id", 1, "name", "McDonald", "code", "a  ", "n", "1.0"), Rec.Of("id", 2, "name", "Lee", "code", "b", "n", "2.0")]);
        Assert.Equal((1L, 1L), (run.Summary.Updated!.Value, run.Summary.Unchanged));
        Assert.Equal(["McDonald|3", "Lee|1"], db.Rows("SELECT name, length(code) FROM t ORDER BY id"));
    }
}
