using System.Data.SqlTypes;
using System.Text;
using EtlTools.Engine.Load.SqlServer;

namespace EtlTools.Engine.Tests.Load.SqlServer;

public sealed class SqlServerTypeTests
{
    private static readonly DateTime Noon = new(2026, 2, 28, 12, 0, 0, DateTimeKind.Utc);

    public static TheoryData<string, object, object> Taken => new()
    {
        { "bit", "yes", true }, { "bit", 1L, true },
        { "tinyint", "255", (byte)255 }, { "smallint", -5, (short)-5 }, { "int", 7m, 7 }, { "bigint", "9223372036854775807", long.MaxValue },
        { "decimal(5,2)", "123.40", 123.40m }, { "decimal(5,2)", 123.450m, 123.450m }, { "decimal(5,2)", 1, 1m },
        { "decimal(38,10)", "1234567890123456789012345678.0123456789", SqlDecimal.Parse("1234567890123456789012345678.0123456789") },
        { "money", -922337203685477.5808m, -922337203685477.5808m }, { "smallmoney", "1.2345", 1.2345m },
        { "real", 0.1, 0.1f }, { "float", "1e300", 1e300 },
        { "date", Noon.Date, new DateTime(2026, 2, 28) }, { "date", "2026-02-28", new DateTime(2026, 2, 28) },
        { "time(3)", new TimeOnly(1, 2, 3, 4).Add(TimeSpan.FromTicks(5_000)), new TimeSpan(0, 1, 2, 3, 5) },
        { "time(0)", new TimeOnly(23, 59, 59, 999), new TimeSpan(23, 59, 59) },
        { "datetime", Noon, new DateTime(2026, 2, 28, 12, 0, 0) }, { "smalldatetime", "2026-02-28 12:00", new DateTime(2026, 2, 28, 12, 0, 0) },
        { "datetime2(3)", Noon.AddTicks(14_999), new DateTime(2026, 2, 28, 12, 0, 0, 1) }, { "datetime2(7)", Noon.AddTicks(1), new DateTime(2026, 2, 28, 12, 0, 0).AddTicks(1) },
        { "datetime2(0)", DateTime.MaxValue, new DateTime(9999, 12, 31, 23, 59, 59) },
        { "datetime2(7)", "2026-02-28T14:00:00+02:00", new DateTime(2026, 2, 28, 12, 0, 0) },
        { "datetimeoffset(0)", "2026-02-28T14:00:00+02:00", new DateTimeOffset(2026, 2, 28, 14, 0, 0, TimeSpan.FromHours(2)) },
        { "uniqueidentifier", "00112233-4455-6677-8899-aabbccddeeff", Guid.Parse("00112233-4455-6677-8899-aabbccddeeff") },
        { "nvarchar(3)", "abc", "abc" }, { "nvarchar(3)", 123, "123" }, { "nvarchar(2)", "\ud83d\ude00", "\ud83d\ude00" }, { "nvarchar(max)", new string('x', 9000), new string('x', 9000) },
        { "varchar(3)", "caf", "caf" }, { "varchar(4)", "caf\u00e9", "caf\u00e9" },
        { "varbinary(2)", new byte[] { 1, 2 }, new byte[] { 1, 2 } }, { "varbinary(2)", "0x01fF", new byte[] { 1, 255 } },
        { "xml", "<?xml version=\"1.0\" encoding=\"utf-8\"?><a>\u00e9</a>", "<a>\u00e9</a>" }, { "xml", "<a/><b/>", "<a/><b/>" },
    };

    public static TheoryData<string, object> Refused => new()
    {
        { "bit", "maybe" }, { "bit", 2 }, { "tinyint", 256 }, { "tinyint", -1 }, { "smallint", 40000 }, { "int", 3_000_000_000L }, { "int", "1.5" }, { "int", "" },
        { "decimal(5,2)", 1000 }, { "decimal(5,2)", "1.234" }, { "decimal(5,2)", "abc" }, { "decimal(38,10)", "1234567890123456789012345678.01234567891" },
        { "money", 922337203685477.5808m }, { "money", 0.00001m }, { "smallmoney", 214748.3648m },
        { "real", 1e39 }, { "float", double.NaN }, { "float", double.PositiveInfinity },
        { "date", Noon }, { "time(7)", "25:00" }, { "datetime", new DateTime(1752, 12, 31) }, { "smalldatetime", new DateTime(2080, 1, 1) }, { "datetime2(7)", "later" },
        { "uniqueidentifier", "1" }, { "nvarchar(3)", "abcd" }, { "nvarchar(1)", "\ud83d\ude00" }, { "nvarchar(3)", new[] { 1 } },
        { "varchar(3)", "caf\u00e9" }, { "varchar(9)", "\u65e5" }, { "varbinary(1)", new byte[] { 1, 2 } }, { "varbinary(9)", "abc" }, { "varbinary(9)", "0x1" }, { "varbinary(9)", "0xzz" },
        { "xml", "<a>" }, { "xml", 1 },
    };

    [Theory]
    [MemberData(nameof(Taken))]
    public void Convert_ValueThatFits_IsWhatTheDriverSends(string type, object value, object expected)
    {
        Assert.Null(Type(type).Convert(value, out object? converted));
        Assert.Equal(expected, converted);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void Convert_ValueThatDoesNotFit_SaysWhyWithoutIt(string type, object value)
    {
        string? problem = Type(type).Convert(value, out _);
        Assert.NotNull(problem);
        if (value is string { Length: > 1 } text)
            Assert.DoesNotContain(text, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_Null_IsNull()
    {
        Assert.Null(Type("int").Convert(DBNull.Value, out object? value));
        Assert.Null(value);
    }

    [Fact]
    public void Convert_TextInUtf8Collation_IsMeasuredInBytes()
    {
        SqlServerType type = (SqlServerCodePageText)Type("varchar(3)") with { Encoding = new UTF8Encoding(false, true) };
        Assert.Null(type.Convert("\u65e5", out _));
        Assert.NotNull(type.Convert("\u65e5a", out _));
        Assert.NotNull(type.Convert("\ud800", out _));
    }

    [Fact]
    public void Hash_KeysThatTheServerHoldsForEqual_AreEqual()
    {
        SqlServerType text = Type("nvarchar(9)") with { Collation = "Latin1_General_BIN2" };
        Assert.Equal(text.Hash("a"), text.Hash("a  "));
        Assert.Equal(Type("decimal(9,2)").Hash(1.5m), Type("decimal(9,2)").Hash(1.50m));
        Assert.Equal(HashOf("datetime", Noon.AddMilliseconds(3)), HashOf("datetime", Noon.AddMilliseconds(4)));
        Assert.Equal(HashOf("smalldatetime", Noon.AddMilliseconds(29_999)), HashOf("smalldatetime", Noon.AddMinutes(1)));
        Assert.Equal(
            Type("datetimeoffset(7)").Hash(new DateTimeOffset(Noon)), Type("datetimeoffset(7)").Hash(new DateTimeOffset(Noon).ToOffset(TimeSpan.FromHours(2))));
        Assert.False((Type("nvarchar(9)") with { Collation = "SQL_Latin1_General_CP1_CI_AS" }).IsHashable);
        Assert.False(Type("varbinary(9)").IsHashable);
    }

    private static int HashOf(string type, object value)
    {
        Assert.Null(Type(type).Convert(value, out object? converted));
        return Type(type).Hash(converted);
    }

    /// <summary>A type as T-SQL writes it.</summary>
    private static SqlServerType Type(string sql)
    {
        int open = sql.IndexOf('(', StringComparison.Ordinal);
        string name = open < 0 ? sql : sql[..open];
        string[] arguments = open < 0 ? [] : sql[(open + 1)..^1].Split(',');
        int first = arguments is ["max", ..] ? -1 : arguments.Length > 0 ? int.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture) : 0;
        int second = arguments.Length > 1 ? int.Parse(arguments[1], System.Globalization.CultureInfo.InvariantCulture) : 0;
        bool isDecimal = name == "decimal";
        int length = first > 0 && name == "nvarchar" ? first * 2 : first;
        SqlServerType type = SqlServerTypes.Of(name, length, isDecimal ? first : 0, isDecimal ? second : first);
        return type is SqlServerCodePageText text
            ? text with { Encoding = CodePagesEncodingProvider.Instance.GetEncoding(1252, EncoderFallback.ExceptionFallback, DecoderFallback.ReplacementFallback) } : type;
    }
}
