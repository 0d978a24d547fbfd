using System.Net;
using System.Numerics;
using System.Text.RegularExpressions;
using System.Xml;
using EtlTools.Engine.Load;
using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Tests.Load;

/// <summary>What is stored is what was given, or the record fails.</summary>
public class ValueMatrixTests
{
    private const string? Refused = null;

    private static readonly DateTime Utc = new(2026, 7, 1, 10, 0, 0, DateTimeKind.Utc);

    private static (string Type, object Value, string? Stored)[] Postgres =>
    [
        ("interval", TimeSpan.FromHours(36), "36:00:00"), ("interval", -TimeSpan.FromHours(36.5), "-36:30:00"), ("interval", "1.12:00:00", "36:00:00"), ("interval", "1 day", "1 day"),
        ("interval", TimeSpan.FromMicroseconds(1), "00:00:00.000001"), ("time", TimeSpan.FromHours(5), "05:00:00"), ("time", "24:00", "24:00:00"),
        ("time", TimeOnly.MaxValue, "23:59:59.999999"), ("timestamp", DateTime.MaxValue, "9999-12-31 23:59:59.999999"), ("timestamp", "infinity", "infinity"),
        ("timestamptz", "-Infinity", "-infinity"), ("date", "infinity", "infinity"), ("date", "nan", Refused), ("date", "0044-03-15 BC", "0044-03-15 BC"), ("date", "0001-02-29 BC", "0001-02-29 BC"),
        ("date", "0002-02-29 BC", Refused), ("date", "0044-03-15 12:00:00 BC", Refused), ("date", "4713-01-01 BC", "4713-01-01 BC"), ("timestamp", "0044-03-15 12:30:00 BC", "0044-03-15 12:30:00 BC"),
        ("timestamp", "0401-03-01 BC", "0401-03-01 00:00:00 BC"), ("timestamp", "2026-12-31 24:00:00", "2027-01-01 00:00:00"), ("timestamp", "2026-13-31 24:00", Refused), ("timestamp", Utc.ToLocalTime(), "2026-07-01 10:00:00"),
        ("timestamp", Utc, "2026-07-01 10:00:00"), ("timestamp", new DateTimeOffset(Utc).ToOffset(TimeSpan.FromHours(3)), "2026-07-01 10:00:00"),
        ("timestamp", DateTime.SpecifyKind(Utc, DateTimeKind.Unspecified), "2026-07-01 10:00:00"), ("text", Utc.ToLocalTime(), "2026-07-01 10:00:00"),
        ("float8", 9007199254740992, "9.007199254740992e+15"), ("float8", 9007199254740993, Refused), ("float8", "9007199254740993", Refused), ("float8", 9007199254740993m, Refused),
        ("float4", 16777217, Refused), ("float4", 16777216, "1.6777216e+07"), ("float8", "NaN", "NaN"), ("float4", "-infinity", "-Infinity"), ("float8", 0.1m, "0.1"),
        ("float4", 1e-50, Refused), ("float4", "1e-50", Refused), ("float8", "1e-400", Refused), ("float8", "0e-400", "0"), ("float4", 1e39, Refused), ("float8", "1e400", Refused),
        ("money", 12.34m, "$12.34"), ("money", "-12.3", "-$12.30"), ("money", 12.345m, Refused), ("money", "0.004", Refused), ("money", double.NaN, Refused), ("money", "1e18", Refused), ("money[]", new[] { 0.004m }, Refused),
        ("date", "07/01/2026", Refused), ("timestamp", "07/01/2026 10:00", Refused), ("timestamptz", "07/01/2026", Refused), ("date", "Wed, 01 Jul 2026 00:00:00 GMT", Refused), ("timestamp", "Wed, 01 Jul 2026 10:00:00 GMT", "2026-07-01 10:00:00"), ("time", "10:30 PM", "22:30:00"),
        ("numeric", "nan", "NaN"), ("numeric", BigInteger.Pow(10, 30), "1000000000000000000000000000000"), ("numeric", (Half)1.5, "1.5"), ("numeric(5,2)[]", new[] { 1.25m }, "{1.25}"),
        ("numeric(5,2)[]", new[] { 1.239m }, Refused), ("numeric(5,2)[]", "{1.50,2.001}", Refused), ("numeric[]", "{1.239}", "{1.239}"),
        ("\"char\"", "a", "a"), ("\"char\"", "abc", Refused), ("name", new string('n', 63), new string('n', 63)), ("name", new string('n', 64), Refused),
        ("bytea", "\\x0102ff", "\\x0102ff"), ("bytea", "0x0102FF", "\\x0102ff"), ("bytea", "AQL/", "\\x0102ff"), ("bytea", "not bytes", Refused), ("bytea", "\\x012", Refused),
        ("bytea[]", new[] { new byte[] { 7, 0, 255 }, [1] }, "{\"\\\\x0700ff\",\"\\\\x01\"}"), ("bytea[]", new JsonValue("[\"BwD/\"]"u8.ToArray()), "{\"\\\\x0700ff\"}"), ("bytea[]", new[] { "no bytes" }, Refused),
        ("bool", 0, "f"), ("bool", 1L, "t"), ("bool", 2, Refused), ("weekday", DayOfWeek.Friday, "Friday"), ("weekday", DayOfWeek.Sunday, Refused),
        ("text", DayOfWeek.Friday, "Friday"), ("text", new Version(1, 2), "1.2"), ("text", new Uri("http://a/b"), "http://a/b"), ("inet", IPAddress.Loopback, "127.0.0.1"),
        ("text", new Regex("a+"), "a+"), ("text", new FileInfo("/a"), new FileInfo("/a").FullName), ("text", Document(), "<a />"), ("text", TimeSpan.FromHours(36), "1.12:00:00"),
        ("integer", DayOfWeek.Friday, "5"), ("text", new byte[] { 1 }, Refused), ("uuid", "x", Refused), ("char(3)", 'c', "c  "),
        ("oid", uint.MaxValue, "4294967295"), ("oid", -1, Refused), ("xid8", "-1", Refused),
    ];

    private static (string Type, object Value, string? Stored)[] Sqlite =>
    [
        ("TEXT", DayOfWeek.Friday, "Friday"), ("TEXT", TimeSpan.FromHours(36), "1.12:00:00"), ("TEXT", new Version(1, 2), "1.2"), ("TEXT", new Uri("http://a/b"), "http://a/b"),
        ("TEXT", IPAddress.Loopback, "127.0.0.1"), ("TEXT", new Regex("a+"), "a+"), ("TEXT", new FileInfo("/a"), new FileInfo("/a").FullName), ("TEXT", Document(), "<a />"),
        ("INTEGER", new BigInteger(7), "7"), ("INTEGER", BigInteger.Pow(10, 30), Refused), ("REAL", (Half)1.5, "1.5"), ("TEXT", new byte[] { 1 }, Refused),
        ("REAL", "9007199254740993", Refused), ("REAL", 9007199254740993m, Refused), ("REAL", 9007199254740993, Refused), ("REAL", 9007199254740992, "9007199254740992.0"),
        ("REAL", "1e-400", Refused), ("REAL", "1e400", Refused), ("DECIMAL(30,10)", "1e-400", Refused),
        ("DATETIME", Utc.ToLocalTime(), "2026-07-01 10:00:00"), ("DATETIME", Utc, "2026-07-01 10:00:00"),
        ("DATETIME", new DateTimeOffset(Utc).ToOffset(TimeSpan.FromHours(3)), "2026-07-01 10:00:00"), ("TEXT", new DateTimeOffset(Utc).ToOffset(TimeSpan.FromHours(3)), "2026-07-01 13:00:00+03:00"), ("TEXT", DateTime.SpecifyKind(Utc, DateTimeKind.Unspecified), "2026-07-01 10:00:00"),
        ("TEXT", DateTime.MaxValue, "9999-12-31 23:59:59.9999999"),
    ];

    [Fact]
    public async Task Load_ValueIntoPostgresColumn_IsStoredAsGivenOrFails()
    {
        using var db = new PostgresTestTarget("CREATE TYPE weekday AS ENUM ('Monday', 'Friday')");
        foreach ((string type, object value, string? stored) in Postgres)
            await CheckAsync(db, type, value, stored);
    }

    [Fact]
    public async Task Load_ValueIntoSqliteColumn_IsStoredAsGivenOrFails()
    {
        using var db = new TestDatabase();
        foreach ((string type, object value, string? stored) in Sqlite)
            await CheckAsync(db, type, value, stored);
    }

    private static async Task CheckAsync(ITestTarget db, string type, object value, string? stored)
    {
        db.Execute("DROP TABLE IF EXISTS t", $"CREATE TABLE t (id int PRIMARY KEY, v {type})");
        LoadRun run = await TestDatabase.LoadAsync(db.Options, [Rec.Of("id", 1, "v", value)]);
        string tried = $"{value} ({value.GetType().Name}) into {type}: ";
        Assert.Equal(tried + (stored ?? "refused"), tried + (db.Rows("SELECT v FROM t") is [var row] ? row : "refused"));
        Assert.Equal(stored is null ? [ErrorCodes.TargetTypeMismatch] : [], run.Output.Select(record => record.Error!.Code));
    }

    /// <summary>The table in docs/values.md is made of the values that the other tests prove: ETLTOOLS_UPDATE=1 writes it anew.</summary>
    [Fact]
    public void Documentation_Table_SaysWhatIsProved() => ValueDocument.Require("| Database |", [
        "| Database | Column | Value | Stored |", "|---|---|---|---|",
        .. Postgres.Select(row => Line("PostgreSQL", row)), .. Sqlite.Select(row => Line("SQLite", row))]);

    private static string Line(string database, (string Type, object Value, string? Stored) row) =>
        $"| {database} | `{row.Type}` | {Show(row.Value)} | {(row.Stored is { } stored ? $"`{(stored.Length > 40 ? stored[..8] + "..." : stored)}`" : "fails")} |";

    internal static string Show(object value) => value switch
    {
        string { Length: > 40 } text => $"a text of {text.Length} characters",
        string text => $"text `{text}`",
        XmlDocument document => $"XmlDocument `{document.OuterXml}`",
        FileInfo => "FileInfo",
        JsonValue json => $"JSON `{json}`",
        DateTime time when time == DateTime.MaxValue => "DateTime.MaxValue",
        DateTime time => $"DateTime `{(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time):yyyy-MM-dd HH:mm}`, {(time.Kind == DateTimeKind.Local ? "that instant as Local" : time.Kind)}",
        TimeOnly time => $"TimeOnly `{time:HH:mm:ss.fffffff}`",
        IEnumerable<byte> bytes => $"byte[] `{string.Join(',', bytes)}`",
        System.Collections.IEnumerable list => $"list of {string.Join(", ", list.Cast<object>().Select(Show))}",
        IFormattable other => $"{value.GetType().Name} `{other.ToString(null, System.Globalization.CultureInfo.InvariantCulture)}`",
        _ => $"{value.GetType().Name} `{value}`",
    };

    internal static XmlDocument Document()
    {
        var document = new XmlDocument();
        document.AppendChild(document.CreateElement("a"));
        return document;
    }
}
