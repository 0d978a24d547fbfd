using EtlTools.Engine.Load;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Rows are written in the order of their keys, whoever sorts them: two loads of the same keys then wait for each other instead
/// of ending in a deadlock.</summary>
public class PostgresKeyOrderTests
{
    [Theory]
    [InlineData("bigint", "t.i", 7L, -3L, 0L, long.MinValue, 300L, -300L, long.MaxValue, 65536L)]
    [InlineData("smallint", "t.i", 7, -3, 0, -32768, 300, -300, 32767, 256)]
    [InlineData("text COLLATE \"und-x-icu\"", "t.i COLLATE \"C\"", "b", "", "a", "Ä", "Z", "ab", "aa", "a ")]
    [InlineData("char(4)", "t.i", "b", "", "a", "Z", "ab", "a\u0001", "aa", "abc")]
    [InlineData("date", "t.i", "2026-01-01", "1999-12-31", "infinity", "-infinity", "2000-01-01", "0044-03-15 BC", "2000-01-02", "1970-01-01")]
    [InlineData("timestamptz", "t.i", "2026-01-01", "1999-12-31T23:59:59Z", "infinity", "-infinity", "2000-01-01T00:00:00+01:00", "2000-01-01", "2000-01-02", "1970-01-01")]
    [InlineData("time", "t.i", "12:00", "00:00", "24:00", "23:59:59.999999", "00:00:00.000001", "13:00", "11:59", "01:00")]
    [InlineData("uuid", "t.i", "f0000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-0000000000f0", "7f000000-0000-0000-0000-000000000000", "80000000-0000-0000-0000-000000000000")]
    [InlineData("bytea", "t.i", "\\xff", "\\x00", "\\x", "\\x0001", "\\x80", "\\x7fff")]
    [InlineData("boolean", "t.i", true, false)]
    [InlineData("numeric", "t.i", "10", "9", "-1", "0.5", "100", "-20")]
    [InlineData("inet", "t.i", "10.0.0.10", "10.0.0.9", "9.0.0.1", "::1")]
    public async Task Load_KeysInAnyOrder_AreWrittenInTheirs(string type, string order, params object[] keys)
    {
        // Not empty: rows are staged, and not copied to the table.
        using var db = new PostgresTestTarget($"CREATE TABLE t (i {type}, n int, PRIMARY KEY (i, n))", $"INSERT INTO t VALUES ('{keys[0]}', 99)");
        LoadRun run = await TestDatabase.LoadAsync(db.Options with { Key = ["i", "n"] }, keys.SelectMany(key => new[] { Rec.Of("i", key, "n", 1), Rec.Of("i", key, "n", -1) }));
        Assert.Empty(run.Output);
        string[] written = db.Rows("SELECT i::text, n FROM t WHERE n < 99 ORDER BY ctid");
        Assert.Equal(2 * keys.Length, written.Length);
        Assert.Equal(db.Rows($"SELECT i::text, n FROM t WHERE n < 99 ORDER BY {order}, n"), written);
    }

    [Fact]
    public async Task Load_KeysInAnyOrderAndRecordsOfTwoShapes_EachGetsItsValues()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v int, w text)", "INSERT INTO t VALUES (0, 1, 'old')");
        await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 5, "v", 1), Rec.Of("id", 3, "w", "three"), Rec.Of("id", 0, "v", 2), Rec.Of("w", "x", "id", -9)]);
        Assert.Equal(["-9|null|x", "0|2|old", "3|null|three", "5|1|null"], db.Rows("SELECT id, v, w FROM t ORDER BY id"));
    }

    [Fact]
    public async Task Load_KeysInAnyOrderWithOneTwiceAndOneBad_LastWinsAndOthersAreLoaded()
    {
        using var db = new PostgresTestTarget("CREATE TABLE t (id int PRIMARY KEY, v int CHECK (v > 0), w text)", "INSERT INTO t VALUES (0, 1, 'old')");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [
            Rec.Of("id", 5, "v", 1), Rec.Of("id", 3, "v", 2), Rec.Of("id", 5, "v", 3), Rec.Of("id", -2, "v", 0), Rec.Of("id", 0, "v", 4, "w", "new"), Rec.Of("id", -7, "v", 5)]);
        Assert.Equal([-2], run.Output.Select(record => record[0]));
        Assert.Equal(["-7|5|null", "0|4|new", "3|2|null", "5|3|null"], db.Rows("SELECT id, v, w FROM t ORDER BY id"));
        Assert.Equal((4L, 1L), (run.Summary.Loaded, run.Summary.Superseded));
    }
}
