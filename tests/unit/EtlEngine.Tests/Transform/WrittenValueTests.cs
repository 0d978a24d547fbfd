using System.Globalization;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Transform;

/// <summary>Numbers, truth and times as people write them.</summary>
public sealed class WrittenValueTests
{
    [Theory]
    [InlineData("(1,234.56)", "en-US", "-1234.56")]
    [InlineData("( 1,234.56 )", "en-US", "-1234.56")]
    [InlineData("100.00-", "", "-100.00")]
    [InlineData("100.00 -", "", "-100.00")]
    [InlineData("100+", "", "100")]
    [InlineData("$5.00", "", "5.00")]
    [InlineData("-$5.00", "", "-5.00")]
    [InlineData("$-5.00", "", "-5.00")]
    [InlineData("($1,005.00)", "en-US", "-1005.00")]
    [InlineData("US$ 5", "", "5")]
    [InlineData("-1.000,00 EUR", "de-DE", "-1000.00")]
    [InlineData("1.000,00 €", "de-DE", "1000.00")]
    [InlineData("CHF 12'500.75", "de-CH", "12500.75")]
    [InlineData("CHF 12’500.75", "de-CH", "12500.75")]
    [InlineData("1 000,50 kr", "sv-SE", "1000.50")]
    [InlineData("−7", "", "-7")]
    [InlineData("12.5 %", "", "0.125")]
    [InlineData("12.5%", "", "0.125")]
    [InlineData("(3%)", "", "-0.03")]
    [InlineData("100 %", "", "1.00")]
    [InlineData("1,234.56", "", "1234.56")]
    [InlineData("\u00A0 7 \u2007", "", "7")]
    [InlineData("5", "", "5")]
    [InlineData("1e3", "", "1000")]
    public void TryConvert_Any_ReadsTheNumber(string text, string culture, string expected)
    {
        Assert.True(ValueConversion.TryConvert(text, ColumnType.Decimal, out object? value, Options(culture)));
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), Assert.IsType<decimal>(value));
        Assert.True(ValueConversion.TryConvert(text, ColumnType.Double, out object? real, Options(culture)));
        Assert.Equal(double.Parse(expected, CultureInfo.InvariantCulture), real);
    }

    [Theory]
    [InlineData("(5")]
    [InlineData("5)")]
    [InlineData("(-5)")]
    [InlineData("()")]
    [InlineData("-5-")]
    [InlineData("--5")]
    [InlineData("$")]
    [InlineData("$$5")]
    [InlineData("$5 EUR")]
    [InlineData("5%%")]
    [InlineData("%")]
    [InlineData("5 apples")]
    [InlineData("EURO 5")]
    [InlineData("1,23.45")]
    [InlineData("1e3 %")]
    public void TryConvert_AnyOfWhatIsNoNumber_IsRefused(string text) =>
        Assert.False(ValueConversion.TryConvert(text, ColumnType.Decimal, out _, Options("")));

    [Theory]
    [InlineData("(1)")]
    [InlineData("1-")]
    [InlineData("$1")]
    [InlineData("1%")]
    [InlineData("1,000")]
    public void TryConvert_Plain_TakesNoMark(string text) => Assert.False(ValueConversion.TryConvert(text, ColumnType.Decimal, out _));

    [Theory]
    [InlineData("300 %", 3)]
    [InlineData("(4)", -4)]
    [InlineData("2.5 %", null)]
    public void TryConvert_AnyAsInt_LosesNothing(string text, int? expected)
    {
        Assert.Equal(expected is not null, ValueConversion.TryConvert(text, ColumnType.Int, out object? value, Options("")));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("Ja", true)]
    [InlineData("x", true)]
    [InlineData("NEIN", false)]
    [InlineData("", false)]
    [InlineData("true", null)]
    [InlineData("1", null)]
    public void TryConvert_OwnWords_TakesThemAlone(string text, bool? expected)
    {
        ConversionOptions options = new ConversionOptions { TrueValues = ["ja", "X"], FalseValues = ["nein", ""] }.Validate();
        Assert.Equal(expected is not null, ValueConversion.TryConvert(text, ColumnType.Bool, out object? value, options));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void Validate_AWordForBoth_IsRefused() =>
        Assert.Contains("-FalseValue", Assert.Throws<EtlException>(() => new ConversionOptions { TrueValues = ["x"], FalseValues = ["X"] }.Validate()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("UnixSeconds", "1700000000", "2023-11-14T22:13:20.0000000Z")]
    [InlineData("unixseconds", "1700000000.25", "2023-11-14T22:13:20.2500000Z")]
    [InlineData("UnixSeconds", "-1", "1969-12-31T23:59:59.0000000Z")]
    [InlineData("UnixMilliseconds", "1700000000123", "2023-11-14T22:13:20.1230000Z")]
    [InlineData("ExcelSerial", "45292", "2024-01-01T00:00:00.0000000Z")]
    [InlineData("ExcelSerial", "45292.5", "2024-01-01T12:00:00.0000000Z")]
    [InlineData("ExcelSerial", "1", "1900-01-01T00:00:00.0000000Z")]
    [InlineData("ExcelSerial", "59", "1900-02-28T00:00:00.0000000Z")]
    [InlineData("ExcelSerial", "61", "1900-03-01T00:00:00.0000000Z")]
    [InlineData("ExcelSerial", "60", null)]
    [InlineData("ExcelSerial", "0", null)]
    [InlineData("ExcelSerial", "2958465.5", "9999-12-31T12:00:00.0000000Z")]
    [InlineData("ExcelSerial", "2958465.9999999999", null)]
    [InlineData("ExcelSerial", "2958466", null)]
    [InlineData("UnixSeconds", "99999999999999999999", null)]
    [InlineData("UnixSeconds", "2024-01-01", null)]
    [InlineData("ZoneName", "2026-03-07 06:45 Europe/Berlin", "2026-03-07T05:45:00.0000000Z")]
    [InlineData("ZoneName", "2026-07-07T06:45[Europe/Berlin]", "2026-07-07T04:45:00.0000000Z")]
    [InlineData("ZoneName", "2026-07-07T06:45+02:00[Europe/Berlin]", "2026-07-07T04:45:00.0000000Z")]
    [InlineData("ZoneName", "2026-07-07T06:45+01:00[Europe/Berlin]", null)]
    [InlineData("ZoneName", "2026-03-07 06:45 W. Europe Standard Time", "2026-03-07T05:45:00.0000000Z")]
    [InlineData("ZoneName", "2026-03-29 02:30 Europe/Berlin", null)]
    [InlineData("ZoneName", "2026-03-07 06:45 Europe/Berlim", null)]
    [InlineData("ZoneName", "2026-03-07 06:45 ../../etc/passwd", null)]
    [InlineData("ZoneName", "2026-03-07 06:45", "2026-03-07T06:45:00.0000000Z")]
    [InlineData("dd.MM.yyyy HH:mm|ZoneName", "07.03.2026 06:45 Europe/Berlin", "2026-03-07T05:45:00.0000000Z")]
    public void TryConvert_NamedFormat_ReadsTheTime(string formats, string text, string? expected)
    {
        ConversionOptions options = new ConversionOptions { DateTimeFormats = formats.Split('|') }.Validate();
        Assert.Equal(expected is not null, ValueConversion.TryConvert(text, ColumnType.DateTime, out object? value, options));
        Assert.Equal(expected, (value as DateTime?)?.ToString("O", CultureInfo.InvariantCulture));
    }

    [Fact]
    public void TryConvert_NumbersOfJsonAsDates_AreReadByTheNamedFormat()
    {
        var options = new ConversionOptions { DateTimeFormats = ["UnixSeconds"], Culture = CultureInfo.GetCultureInfo("de-DE") };
        Assert.True(ValueConversion.TryConvert((object)1700000000.5m, ColumnType.DateTime, out object? value, options));
        Assert.Equal(new DateTime(2023, 11, 14, 22, 13, 20, 500, DateTimeKind.Utc), value);
        Assert.True(ValueConversion.TryConvert((object)45292L, ColumnType.Date, out value, options with { DateTimeFormats = ["ExcelSerial"] }));
        Assert.Equal(new DateOnly(2024, 1, 1), value);
        Assert.False(ValueConversion.TryConvert((object)1700000000L, ColumnType.DateTime, out _));
    }

    [Fact]
    public void IsDefault_AnyOptionOfOnesOwn_IsNot()
    {
        Assert.True(new ConversionOptions().IsDefault);
        Assert.False(new ConversionOptions { NumberNotation = NumberNotations.Percent }.IsDefault);
        Assert.False(new ConversionOptions { TrueValues = ["x"] }.IsDefault);
        Assert.False(new ConversionOptions { FalseValues = ["x"] }.IsDefault);
        Assert.False(new ConversionOptions { DateTimeFormats = ["ZoneName"] }.IsDefault);
    }

    private static ConversionOptions Options(string culture) =>
        new ConversionOptions { Culture = CultureInfo.GetCultureInfo(culture), NumberNotation = NumberNotations.Any }.Validate();
}
