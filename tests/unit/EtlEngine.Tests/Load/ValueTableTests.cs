using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Tests.Load;

/// <summary>Each kind of value into each kind of column: it is stored or its record fails, and docs/values.md says which.</summary>
public class ValueTableTests
{
    private static readonly DateTime Utc = new(2026, 7, 1, 10, 0, 0, DateTimeKind.Utc);

    private static readonly object[] Values =
    [
        true, 7, 70_000, 9007199254740993, ulong.MaxValue, 1.50m, 12345.678m, 2.5, double.NaN, 1.5f, (Half)1.5, BigInteger.Pow(10, 30), 'c', "", "text", "7", "2026-07-01", "10:30",
        new Guid("9f0c6a3e-1b7d-4c55-8e21-ab34cd56ef78"), Utc, DateTime.SpecifyKind(Utc, DateTimeKind.Unspecified), new DateTimeOffset(Utc).ToOffset(TimeSpan.FromHours(3)),
        new DateOnly(2026, 7, 1), new TimeOnly(10, 30), TimeSpan.FromHours(36), TimeSpan.FromHours(5), DayOfWeek.Friday, new Version(1, 2), new Uri("http://a/b"), IPAddress.Loopback, new Regex("a+"),
        ValueMatrixTests.Document(), new byte[] { 1, 255 }, new[] { 1, 2 }, new[] { "a", "b" }, new JsonValue("{\"a\":1}"u8.ToArray()), new JsonValue("[1,2]"u8.ToArray()),
    ];

    private static readonly string[] Postgres =
    [
        "boolean", "smallint", "integer", "bigint", "real", "float8", "numeric", "numeric(5,2)", "text", "varchar(3)", "char(3)", "bytea", "date", "time", "timestamp", "timestamptz", "interval",
        "uuid", "json", "jsonb", "inet", "xml", "weekday", "integer[]", "text[]",
    ];

    private static readonly string[] Sqlite = ["INTEGER", "REAL", "TEXT", "BLOB", "NUMERIC", "BOOLEAN", "DATETIME", "no type"];

    [Fact]
    public async Task Load_EachValueIntoEachPostgresColumn_IsStoredOrFailsAsThePageSays()
    {
        using var db = new PostgresTestTarget("CREATE TYPE weekday AS ENUM ('Monday', 'Friday')");
        await RequireAsync(db, "PostgreSQL", Postgres, type => type == "timestamptz" ? "v AT TIME ZONE 'UTC'" : "v");
    }

    [Fact]
    public async Task Load_EachValueIntoEachSqliteColumn_IsStoredOrFailsAsThePageSays()
    {
        using var db = new TestDatabase();
        await RequireAsync(db, "SQLite", Sqlite, _ => "quote(v)");
    }

    private static async Task RequireAsync(ITestTarget db, string database, string[] types, Func<string, string> look)
    {
        var stored = new Dictionary<(string Type, int Value), string>();
        foreach (string type in types)
        {
            db.Execute("DROP TABLE IF EXISTS t", $"CREATE TABLE t (id int PRIMARY KEY, v {(type == "no type" ? "" : type)})");
            LoadRun run = await TestDatabase.LoadAsync(db.Options, Values.Select((value, i) => Rec.Of("id", i, "v", value)));
            Assert.All(run.Output, record => Assert.Equal(ErrorCodes.TargetTypeMismatch, record.Error!.Code));
            foreach (string row in db.Rows($"SELECT id, {look(type)} FROM t ORDER BY id"))
                stored[(type, int.Parse(row.Split('|')[0], System.Globalization.CultureInfo.InvariantCulture))] = row[(row.IndexOf('|', StringComparison.Ordinal) + 1)..];
            Assert.Equal(Values.Length, run.Output.Count + stored.Keys.Count(cell => cell.Type == type));
        }
        ValueDocument.Require($"| {database}: value |", [
            $"| {database}: value | Stored | Fails |", "|---|---|---|",
            .. Values.Select((value, i) => $"| {ValueMatrixTests.Show(value)} | {Stored(types, i)} | {Names(types.Where(type => !stored.ContainsKey((type, i))))} |")]);

        string Stored(string[] columns, int value) => string.Join("; ", columns.Where(type => stored.ContainsKey((type, value))).GroupBy(type => stored[(type, value)].TrimEnd())
            .Select(group => $"`{(group.Key.Length == 0 ? "\"\"" : group.Key.Replace("|", "\\|", StringComparison.Ordinal))}` in {Names(group)}"));
    }

    private static string Names(IEnumerable<string> types) => string.Join(", ", types);
}
