using System.Globalization;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Tests.Transform;

public class ConversionOptionsTests
{
    private static readonly ConversionOptions Berlin = new() { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") };

    [Theory]
    [InlineData("de-DE", "1.234,56", "1234.56")]
    [InlineData("de-DE", "-1.234.567,8", "-1234567.8")]
    [InlineData("de-DE", "1234,56", "1234.56")]
    [InlineData("de-DE", ",5", "0.5")]
    [InlineData("de-DE", "1.234", "1234")]
    [InlineData("en-US", "1,234.5", "1234.5")]
    [InlineData("en-IN", "12,34,567.5", "1234567.5")]
    [InlineData("fr-FR", "1 234,5", "1234.5")]
    [InlineData("fr-FR", "1\u00A0234,5", "1234.5")]
    [InlineData("sv-SE", "\u22121,5", "-1.5")]
    [InlineData("sv-SE", "-1,5", "-1.5")]
    [InlineData("de-DE", "1,5E3", "1500")]
    public void TryConvert_NumberOfCulture_IsRead(string culture, string text, string expected)
    {
        Assert.True(ValueConversion.TryConvert(text, ColumnType.Decimal, out object? value, Of(culture)));
        Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), value);
        Assert.True(ValueConversion.TryConvert(text, ColumnType.Double, out value, Of(culture)));
        Assert.Equal(double.Parse(expected, CultureInfo.InvariantCulture), value);
    }

    [Theory]
    [InlineData("de-DE", "1.5")]
    [InlineData("de-DE", "1.2345")]
    [InlineData("de-DE", "1234.567")]
    [InlineData("de-DE", "1.23,5")]
    [InlineData("de-DE", "1,5,5")]
    [InlineData("de-DE", "1,234.5")]
    [InlineData("de-DE", ".500")]
    [InlineData("de-DE", "1..000")]
    [InlineData("en-US", "12,34,567")]
    [InlineData("de-DE", "€5")]
    [InlineData("de-DE", "--5")]
    public void TryConvert_SeparatorInWrongPlace_IsRefused(string culture, string text) =>
        Assert.False(ValueConversion.TryConvert(text, ColumnType.Decimal, out _, Of(culture)), text);

    [Theory]
    [InlineData("1.000", 1000)]
    [InlineData("-12", -12)]
    public void TryConvert_IntegerOfCulture_IsRead(string text, int expected)
    {
        Assert.True(ValueConversion.TryConvert(text, ColumnType.Int, out object? value, Of("de-DE")));
        Assert.Equal(expected, value);
    }

    [Theory]
    [InlineData("de-DE", "24.11.2026", "2026-11-24T00:00:00")]
    [InlineData("de-DE", "4.1.2026 7:05", "2026-01-04T07:05:00")]
    [InlineData("en-GB", "04/01/2026 19:05:06.25", "2026-01-04T19:05:06.25")]
    [InlineData("de-DE", "2026-11-24", "2026-11-24T00:00:00")]
    public void TryConvert_DateOfCulture_IsRead(string culture, string text, string expected)
    {
        Assert.True(ValueConversion.TryConvert(text, ColumnType.DateTime, out object? value, Of(culture)));
        Assert.Equal(DateTime.Parse(expected, CultureInfo.InvariantCulture), value);
        Assert.Equal(DateTimeKind.Utc, Assert.IsType<DateTime>(value).Kind);
    }

    [Theory]
    [InlineData("2026-07-01 12:00", "2026-07-01T10:00:00")]
    [InlineData("2026-01-01 12:00", "2026-01-01T11:00:00")]
    [InlineData("2026-01-01 12:00+05:00", "2026-01-01T07:00:00")]
    [InlineData("2026-07-01", "2026-06-30T22:00:00")]
    [InlineData("2026-10-25 02:30", "2026-10-25T01:30:00")]
    [InlineData("2026-03-29 03:00", "2026-03-29T01:00:00")]
    public void TryConvert_TimeZone_IsOfTimestampsWithoutOffset(string text, string utc)
    {
        DateTime expected = DateTime.SpecifyKind(DateTime.Parse(utc, CultureInfo.InvariantCulture), DateTimeKind.Utc);
        Assert.True(ValueConversion.TryConvert(text, ColumnType.DateTime, out object? value, Berlin));
        Assert.Equal(expected, value);
        Assert.True(ValueConversion.TryConvert(text, ColumnType.DateTimeOffset, out value, Berlin));
        Assert.Equal(expected, Assert.IsType<DateTimeOffset>(value).UtcDateTime);
    }

    [Theory]
    [InlineData("2026-03-29 02:00")]
    [InlineData("2026-03-29 02:59:59.999")]
    public void TryConvert_TimeThatTheClocksSkip_IsRefused(string text)
    {
        Assert.False(ValueConversion.TryConvert(text, ColumnType.DateTime, out _, Berlin));
        Assert.False(ValueConversion.TryConvert(DateTime.Parse(text, CultureInfo.InvariantCulture), ColumnType.DateTimeOffset, out _, Berlin));
    }

    [Fact]
    public void TryConvert_DateTimeObject_IsOfTheTimeZoneWhereUnspecified()
    {
        var noon = new DateTime(2026, 7, 1, 12, 0, 0);
        Assert.True(ValueConversion.TryConvert(noon, ColumnType.DateTimeOffset, out object? value, Berlin));
        Assert.Equal(new DateTimeOffset(noon, TimeSpan.FromHours(2)), value);
        Assert.True(ValueConversion.TryConvert(DateTime.SpecifyKind(noon, DateTimeKind.Utc), ColumnType.DateTime, out value, Berlin));
        Assert.Equal(noon, value);
        Assert.True(ValueConversion.TryConvert(new DateOnly(2026, 7, 1), ColumnType.DateTime, out value, Berlin));
        Assert.Equal(new DateTime(2026, 6, 30, 22, 0, 0), value);
    }

    [Theory]
    [InlineData("dd.MM.yy HHmm", "24.11.26 0715", "2026-11-24T07:15:00Z")]
    [InlineData("dd.MM.yyyy HH:mm zzz", "24.11.2026 07:15 +02:00", "2026-11-24T05:15:00Z")]
    [InlineData("yyyyMMddTHHmmssK", "20261124T071500Z", "2026-11-24T07:15:00Z")]
    [InlineData("u", "2026-11-24 07:15:00Z", "2026-11-24T07:15:00Z")]
    public void TryConvert_DateTimeFormat_IsRead(string format, string text, string expected)
    {
        ConversionOptions options = new ConversionOptions { DateTimeFormats = ["yyyy", format] }.Validate();
        Assert.True(ValueConversion.TryConvert(text, ColumnType.DateTimeOffset, out object? value, options));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), Assert.IsType<DateTimeOffset>(value).ToUniversalTime());
    }

    [Fact]
    public void TryConvert_DateTimeFormat_KeepsOtherFormatsOut()
    {
        var options = new ConversionOptions { DateTimeFormats = ["dd/MM/yyyy"] };
        Assert.False(ValueConversion.TryConvert("12/31/2026", ColumnType.Date, out _, options));
        Assert.True(ValueConversion.TryConvert("01/02/2026", ColumnType.Date, out object? value, options));
        Assert.Equal(new DateOnly(2026, 2, 1), value);
    }

    [Fact]
    public void TryConvert_TimeFormat_IsReadBesideTheUsualOnes()
    {
        var options = new ConversionOptions { DateTimeFormats = ["dd/MM/yyyy", "HHmm"] };
        Assert.True(ValueConversion.TryConvert("0715", ColumnType.Time, out object? value, options));
        Assert.Equal(new TimeOnly(7, 15), value);
        Assert.True(ValueConversion.TryConvert("07:15", ColumnType.Time, out value, options));
        Assert.Equal(new TimeOnly(7, 15), value);
    }

    [Theory]
    [InlineData("yyyy-mm-dd", "no month")]
    [InlineData("%", "not a format")]
    [InlineData("", "not a format")]
    [InlineData("x", "not a format")]
    [InlineData("DD.MM.YYYY", "the letter D")]
    [InlineData("dd.MM.YYYY", "the letter Y")]
    [InlineData("yyyy-MM-dd HH:mm:SS", "the letter S")]
    [InlineData("MMM d HH:mm:ss", "no year")]
    [InlineData("dd.MM.", "no year")]
    [InlineData("dddd HH:mm", "no year")]
    [InlineData("M", "no year")]
    [InlineData("d.M.'yyyy'", "no year")]
    [InlineData("dd.MM.yyyy hh:mm", "no AM or PM")]
    [InlineData("h:mm", "no AM or PM")]
    [InlineData("yyyy-MM-dd HH:MM:ss", "behind a colon")]
    public void Validate_UnusableFormat_IsRefused(string format, string reason)
    {
        EtlException e = Assert.Throws<EtlException>(() => new ConversionOptions { DateTimeFormats = [format] }.Validate());
        Assert.Equal(FailureCodes.InvalidParameter, e.Code);
        Assert.Contains("-DateTimeFormat", e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss'Z'", "2025-07-01T12:00:00Z", 12)]
    [InlineData("yyyy-MM-ddTHH:mm:ss\\Z", "2025-07-01T12:00:00Z", 12)]
    [InlineData("yyyy-MM-dd HH:mm 'UTC'", "2025-07-01 12:00 UTC", 12)]
    [InlineData("yyyy-MM-dd hh:mm tt' GMT'", "2025-07-01 12:00 PM GMT", 12)]
    [InlineData("ddd MMM dd HH:mm:ss 'GMT' yyyy", "Tue Jul 01 12:00:00 GMT 2025", 12)]
    [InlineData("yyyy-MM-dd HH:mm 'Uhr'", "2025-07-01 12:00 Uhr", 10)]
    [InlineData("'Z'yyyy-MM-dd HH:mm", "Z2025-07-01 12:00", 10)]
    public void Convert_FormatWithUtcAtItsEnd_IsNoLocalTime(string format, string text, int hour)
    {
        ConversionOptions options = new ConversionOptions { DateTimeFormats = [format], TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") }.Validate();
        Assert.True(ValueConversion.TryConvert(text, ColumnType.DateTime, out object? value, options));
        Assert.Equal(new DateTime(2025, 7, 1, hour, 0, 0, DateTimeKind.Utc), value);
    }

    [Theory]
    [InlineData("amuont", "amount")]
    [InlineData("Emial", "email")]
    [InlineData("order-id", "order_id")]
    [InlineData("zzz", null)]
    public void NearName_Find_IsTheNearest(string name, string? expected) =>
        Assert.Equal(expected, NearName.Find(name, ["order_id", "email", "amount", "ordered_at"]));

    [Fact]
    public void TryConvert_TextWithoutADateOrYear_IsNoTimestampWhateverIsGiven()
    {
        foreach (string[] formats in (string[][])[["dd.MM.yyyy HH:mm", "HH:mm"], ["HH:mm"], ["t"], []])
        {
            ConversionOptions options = new ConversionOptions { DateTimeFormats = formats }.Validate();
            foreach (ColumnType type in (ColumnType[])[ColumnType.DateTime, ColumnType.DateTimeOffset, ColumnType.Date])
                Assert.False(ValueConversion.TryConvert("22:10", type, out _, options));
            Assert.True(ValueConversion.TryConvert("22:10", ColumnType.Time, out object? time, options));
            Assert.Equal(new TimeOnly(22, 10), time);
        }
        var yearless = (CultureInfo)CultureInfo.GetCultureInfo("de-DE").Clone();
        yearless.DateTimeFormat.ShortDatePattern = "dd.MM.";
        Assert.False(ValueConversion.TryConvert("24.11.", ColumnType.Date, out _, new ConversionOptions { Culture = yearless }));
    }

    [Fact]
    public void TryConvert_TimeFormatAlone_LeavesDatesAsEver()
    {
        ConversionOptions options = new ConversionOptions { DateTimeFormats = ["HHmm"] }.Validate();
        Assert.True(ValueConversion.TryConvert("2026-11-24 07:15", ColumnType.DateTime, out object? value, options));
        Assert.Equal(new DateTime(2026, 11, 24, 7, 15, 0), value);
    }

    [Fact]
    public void TryConvert_ChangedCopyOfTheInvariantCulture_IsReadAsChanged()
    {
        var own = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        own.NumberFormat.NumberDecimalSeparator = ",";
        own.NumberFormat.NumberGroupSeparator = ".";
        own.DateTimeFormat.ShortDatePattern = "dd/MM/yyyy";
        foreach (CultureInfo culture in (CultureInfo[])[own, CultureInfo.ReadOnly(own)])
        {
            var options = new ConversionOptions { Culture = culture };
            Assert.True(ValueConversion.TryConvert("2.750", ColumnType.Decimal, out object? value, options));
            Assert.Equal(2750m, value);
            Assert.True(ValueConversion.TryConvert("04/09/2025", ColumnType.Date, out value, options));
            Assert.Equal(new DateOnly(2025, 9, 4), value);
        }
        var copy = new ConversionOptions { Culture = (CultureInfo)CultureInfo.InvariantCulture.Clone() };
        Assert.False(ValueConversion.TryConvert("2,750", ColumnType.Decimal, out _, copy));
    }

    [Theory]
    [InlineData("(12.50)", 0, "Parentheses")]
    [InlineData("12.50-", 0, "TrailingSign")]
    [InlineData("$12.50", 0, "Currency")]
    [InlineData("12.5 %", 0, "Percent")]
    [InlineData("1,234.50", 0, "Groups")]
    [InlineData("($1,234.50)", 0, "Any")]
    [InlineData("$12.50", 8, "Currency, Percent")]
    [InlineData("12.50 apples", 0, null)]
    [InlineData("$12.50 $", 31, null)]
    public void Of_RefusalOfANumber_NamesTheNotationThatReadsIt(string text, int given, string? notation)
    {
        var options = new ConversionOptions { NumberNotation = (NumberNotations)given };
        string refusal = ConversionRefusal.Of("x", ColumnType.Decimal, options, text);
        Assert.EndsWith(notation is null ? "give its -Culture" : $"give its -Culture, or -NumberNotation {notation}", refusal, StringComparison.Ordinal);
        if (notation is not null)
            Assert.True(ValueConversion.TryConvert(text, ColumnType.Decimal, out _, options with { NumberNotation = Enum.Parse<NumberNotations>(notation) }));
    }

    [Theory]
    [InlineData("Decimal", "'x' is not a decimal in the culture de-DE, like 1.234,56")]
    [InlineData("Int", "'x' is not an int in the culture de-DE, like 1.234")]
    [InlineData("Date", "'x' is not a date in the format 'dd.MM.yyyy'; check -DateTimeFormat")]
    [InlineData("Bool", "'x' is not a bool: true, yes, t, y, 1, false, no, f, n and 0 are; name others with -TrueValue and -FalseValue")]
    public void Of_Refusal_SaysWhatWasTried(string type, string expected)
    {
        var options = new ConversionOptions { Culture = CultureInfo.GetCultureInfo("de-DE"), DateTimeFormats = ["dd.MM.yyyy", "HH:mm"] };
        Assert.Equal(expected, ConversionRefusal.Of("x", Enum.Parse<ColumnType>(type), options));
    }

    private static ConversionOptions Of(string culture) => new() { Culture = CultureInfo.GetCultureInfo(culture) };
}
