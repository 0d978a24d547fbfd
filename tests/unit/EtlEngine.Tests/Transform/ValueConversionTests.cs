using System.Globalization;
using System.Numerics;
using CsCheck;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Transform;

public class ValueConversionTests
{
    private static object? Convert(string text, ColumnType type)
    {
        Assert.True(ValueConversion.TryConvert(text.AsSpan(), type, out object? value), $"'{text}' as {type}");
        Assert.True(ValueConversion.TryConvert((object)text, type, out object? same));
        Assert.Equal(value, same);
        return value;
    }

    [Theory]
    [InlineData("5", ColumnType.Int, 5)]
    [InlineData(" -2147483648\t", ColumnType.Int, int.MinValue)]
    [InlineData("+7", ColumnType.Int, 7)]
    [InlineData("007", ColumnType.Int, 7)]
    [InlineData("9223372036854775807", ColumnType.Long, long.MaxValue)]
    [InlineData("-1.5e3", ColumnType.Double, -1500.0)]
    [InlineData(".5", ColumnType.Double, 0.5)]
    [InlineData("5.", ColumnType.Double, 5.0)]
    [InlineData("NaN", ColumnType.Double, double.NaN)]
    [InlineData("-Infinity", ColumnType.Double, double.NegativeInfinity)]
    [InlineData("TRUE", ColumnType.Bool, true)]
    [InlineData("t", ColumnType.Bool, true)]
    [InlineData("Yes", ColumnType.Bool, true)]
    [InlineData("Y", ColumnType.Bool, true)]
    [InlineData("1", ColumnType.Bool, true)]
    [InlineData("False", ColumnType.Bool, false)]
    [InlineData("no", ColumnType.Bool, false)]
    [InlineData(" n ", ColumnType.Bool, false)]
    [InlineData("f", ColumnType.Bool, false)]
    [InlineData("0", ColumnType.Bool, false)]
    [InlineData(" x ", ColumnType.String, " x ")]
    [InlineData("", ColumnType.String, "")]
    internal void TryConvert_Text_GivesTheValue(string text, ColumnType type, object expected) => Assert.Equal(expected, Convert(text, type));

    [Theory]
    [InlineData("1.5", "1.5")]
    [InlineData("-0.00", "0.00")]
    [InlineData("1e3", "1000")]
    [InlineData("12.34E-2", "0.1234")]
    [InlineData("79228162514264337593543950335", "79228162514264337593543950335")]
    [InlineData("7.9228162514264337593543950335", "7.9228162514264337593543950335")]
    [InlineData("00000000000000000000000000000000001.50000000000000000000000000000000000", "1.5")]
    [InlineData("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [InlineData("10e-29", "0.0000000000000000000000000001")]
    [InlineData("0e-100", "0")]
    [InlineData("15e27", "15000000000000000000000000000")]
    public void TryConvert_DecimalText_GivesTheValue(string text, string expected)
    {
        object? value = Convert(text, ColumnType.Decimal);
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), value);
    }

    [Theory]
    [InlineData("1.5", ColumnType.Int)]
    [InlineData("12,345", ColumnType.Int)]
    [InlineData("1e3", ColumnType.Int)]
    [InlineData("0x1F", ColumnType.Int)]
    [InlineData("1 2", ColumnType.Int)]
    [InlineData("--1", ColumnType.Int)]
    [InlineData("5\0", ColumnType.Int)]
    [InlineData("٣", ColumnType.Int)]
    [InlineData("2147483648", ColumnType.Int)]
    [InlineData("9223372036854775808", ColumnType.Long)]
    [InlineData("1,5", ColumnType.Decimal)]
    [InlineData("$1", ColumnType.Decimal)]
    [InlineData("(1)", ColumnType.Decimal)]
    [InlineData("1-", ColumnType.Decimal)]
    [InlineData("79228162514264337593543950336", ColumnType.Decimal)]
    [InlineData("0.12345678901234567890123456789012", ColumnType.Decimal)]
    [InlineData("7.9228162514264337593543950336", ColumnType.Decimal)]
    [InlineData("0.00000000000000000000000000001", ColumnType.Decimal)]
    [InlineData("11e-29", ColumnType.Decimal)]
    [InlineData("1e-40", ColumnType.Decimal)]
    [InlineData("1e-99999999999", ColumnType.Decimal)]
    [InlineData("1e400", ColumnType.Double)]
    [InlineData("1,5", ColumnType.Double)]
    [InlineData("2", ColumnType.Bool)]
    [InlineData("oui", ColumnType.Bool)]
    [InlineData("2026-02-29", ColumnType.DateTime)]
    [InlineData("2026-1-2", ColumnType.DateTime)]
    [InlineData("1.5", ColumnType.DateTime)]
    [InlineData("12:30", ColumnType.DateTime)]
    [InlineData("May 5", ColumnType.DateTime)]
    [InlineData("2026-01-02T24:00:00", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:60", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:05.", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:05+15:00", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:05+01:", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:05+01:60", ColumnType.DateTime)]
    [InlineData("2026-01-02T03:04:05 ", ColumnType.Guid)]
    [InlineData("0001-01-01T00:00:00+02:00", ColumnType.DateTime)]
    [InlineData("13/13/2026", ColumnType.DateTime)]
    [InlineData("0000-01-01", ColumnType.Date)]
    [InlineData("2026-01-02T03:04", ColumnType.Date)]
    [InlineData("2026-01-02T00:00Z", ColumnType.Date)]
    [InlineData("25:00", ColumnType.Time)]
    [InlineData("1.02:03:04", ColumnType.Time)]
    [InlineData("12", ColumnType.Time)]
    [InlineData("x", ColumnType.Guid)]
    internal void TryConvert_TextOfAnotherKind_Fails(string text, ColumnType type)
    {
        Assert.False(ValueConversion.TryConvert(text.AsSpan(), type, out object? value));
        Assert.Null(value);
        Assert.False(ValueConversion.TryConvert((object)text, type, out _));
    }

    [Theory]
    [InlineData("2026-01-02", "2026-01-02T00:00:00.0000000Z")]
    [InlineData("2026-01-02 03:04", "2026-01-02T03:04:00.0000000Z")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.1234567Z")]
    [InlineData("2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.1234567Z")]
    [InlineData("2026-01-02t03:04:05.5z", "2026-01-02T03:04:05.5000000Z")]
    [InlineData("2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.0000000Z")]
    [InlineData("2026-01-02 03:04:05 -0530", "2026-01-02T08:34:05.0000000Z")]
    [InlineData("2026-01-02 03:04:05+02", "2026-01-02T01:04:05.0000000Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.0000000Z")]
    [InlineData("1/2/2026", "2026-01-02T00:00:00.0000000Z")]
    [InlineData("01/02/2026 03:04:05", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("1/2/2026 3:04 PM", "2026-01-02T15:04:00.0000000Z")]
    [InlineData("Fri, 02 Jan 2026 03:04:05 GMT", "2026-01-02T03:04:05.0000000Z")]
    public void TryConvert_DateTimeText_IsInUtc(string text, string expected)
    {
        var value = (DateTime)Convert(text, ColumnType.DateTime)!;
        Assert.Equal(DateTimeKind.Utc, value.Kind);
        Assert.Equal(expected, value.ToString("O", CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("2026-01-02T03:04:05+02:00", 2)]
    [InlineData("2026-01-02T03:04:05", 0)]
    [InlineData("2026-01-02", 0)]
    public void TryConvert_DateTimeOffsetText_KeepsTheOffset(string text, int hours) =>
        Assert.Equal(TimeSpan.FromHours(hours), ((DateTimeOffset)Convert(text, ColumnType.DateTimeOffset)!).Offset);

    [Fact]
    public void TryConvert_DateTimeAndGuidTexts_GiveTheValue()
    {
        Assert.Equal(new DateOnly(2026, 1, 2), Convert("2026-01-02", ColumnType.Date));
        Assert.Equal(new DateOnly(2026, 1, 2), Convert("2026-01-02T00:00:00", ColumnType.Date));
        Assert.Equal(new TimeOnly(3, 4), Convert("3:04", ColumnType.Time));
        Assert.Equal(new TimeOnly(15, 4, 5), Convert("3:04:05 PM", ColumnType.Time));
        Assert.Equal(new TimeOnly(0, 0, 1, 500), Convert("00:00:01.5", ColumnType.Time));
        var guid = Guid.Parse("6f9619ff-8b86-d011-b42d-00cf4fc964ff");
        Assert.Equal(guid, Convert("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", ColumnType.Guid));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \t")]
    public void TryConvert_EmptyTextOfATypedColumn_IsNull(string text)
    {
        foreach (ColumnType type in Enum.GetValues<ColumnType>().Where(type => type != ColumnType.String))
            Assert.Null(Convert(text, type));
    }

    [Fact]
    public void TryConvert_Null_IsNull()
    {
        foreach (ColumnType type in Enum.GetValues<ColumnType>())
        {
            Assert.True(ValueConversion.TryConvert((object?)null, type, out object? value));
            Assert.Null(value);
            Assert.True(ValueConversion.TryConvert(DBNull.Value, type, out value));
            Assert.Null(value);
        }
    }

    public static TheoryData<object, string, object?> Objects => new()
    {
        { (byte)5, nameof(ColumnType.Int), 5 },
        { 5L, nameof(ColumnType.Int), 5 },
        { 5.0, nameof(ColumnType.Int), 5 },
        { 5.5, nameof(ColumnType.Int), null },
        { 5.00m, nameof(ColumnType.Int), 5 },
        { 1L << 40, nameof(ColumnType.Int), null },
        { double.NaN, nameof(ColumnType.Int), null },
        { DayOfWeek.Friday, nameof(ColumnType.Int), 5 },
        { ulong.MaxValue, nameof(ColumnType.Long), null },
        { (BigInteger)7, nameof(ColumnType.Long), 7L },
        { true, nameof(ColumnType.Int), null },
        { 0.1, nameof(ColumnType.Decimal), 0.1m },
        { 0.1f, nameof(ColumnType.Decimal), 0.1m },
        { 1e300, nameof(ColumnType.Decimal), null },
        { double.PositiveInfinity, nameof(ColumnType.Decimal), null },
        { 7, nameof(ColumnType.Decimal), 7m },
        { 0.1m, nameof(ColumnType.Double), 0.1 },
        { 0.12345678901234567890m, nameof(ColumnType.Double), null },
        { (1L << 53) + 1, nameof(ColumnType.Double), null },
        { 1L << 53, nameof(ColumnType.Double), 9007199254740992.0 },
        { 0.5f, nameof(ColumnType.Double), 0.5 },
        { 1, nameof(ColumnType.Bool), true },
        { 0m, nameof(ColumnType.Bool), false },
        { 2, nameof(ColumnType.Bool), null },
        { true, nameof(ColumnType.Bool), true },
        { "x", nameof(ColumnType.String), "x" },
        { 1.5, nameof(ColumnType.String), "1.5" },
        { true, nameof(ColumnType.String), "true" },
        { new DateOnly(2026, 1, 2), nameof(ColumnType.String), "2026-01-02" },
        { new object(), nameof(ColumnType.String), null },
        { new DateTime(2026, 1, 2, 3, 4, 5), nameof(ColumnType.DateTime), new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc) },
        { new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)), nameof(ColumnType.DateTime), new DateTime(2026, 1, 2, 2, 4, 5, DateTimeKind.Utc) },
        { new DateTime(2026, 1, 2), nameof(ColumnType.Date), new DateOnly(2026, 1, 2) },
        { new DateTime(2026, 1, 2, 3, 0, 0), nameof(ColumnType.Date), null },
        { TimeSpan.FromHours(3), nameof(ColumnType.Time), new TimeOnly(3, 0) },
        { TimeSpan.FromHours(24), nameof(ColumnType.Time), null },
        { 5, nameof(ColumnType.DateTime), null },
        { 5, nameof(ColumnType.Guid), null },
        { Guid.Empty, nameof(ColumnType.Guid), Guid.Empty },
    };

    [Theory]
    [MemberData(nameof(Objects), DisableDiscoveryEnumeration = true)]
    public void TryConvert_Object_ConvertsWithoutLossOrFails(object given, string type, object? expected)
    {
        Assert.Equal(expected is not null, ValueConversion.TryConvert(given, Enum.Parse<ColumnType>(type), out object? value));
        Assert.Equal(expected, value);
        if (value is DateTime moment)
            Assert.Equal(DateTimeKind.Utc, moment.Kind);
    }

    [Fact]
    public void TryConvert_TextOfAnyValue_GivesItBack()
    {
        Gen.Int.Sample(n => Equals(Convert(n.ToString(CultureInfo.InvariantCulture), ColumnType.Int), n));
        Gen.Long.Sample(n => Equals(Convert(n.ToString(CultureInfo.InvariantCulture), ColumnType.Long), n));
        Gen.Decimal.Sample(n => Equals(Convert(n.ToString(CultureInfo.InvariantCulture), ColumnType.Decimal), n));
        Gen.Double.Sample(n => Equals(Convert(n.ToString("R", CultureInfo.InvariantCulture), ColumnType.Double), n));
        Gen.DateTime.Sample(t => Equals(Convert(DateTime.SpecifyKind(t, DateTimeKind.Utc).ToString("O", CultureInfo.InvariantCulture), ColumnType.DateTime), t));
        Gen.DateTimeOffset.Sample(t =>
        {
            var back = (DateTimeOffset)Convert(t.ToString("O", CultureInfo.InvariantCulture), ColumnType.DateTimeOffset)!;
            return back.EqualsExact(t);
        });
        Gen.String.Sample(text =>
        {
            foreach (ColumnType type in Enum.GetValues<ColumnType>())
                _ = ValueConversion.TryConvert(text.AsSpan(), type, out _);
        });
    }
}
