using System.Data.SqlTypes;
using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using EtlTools.Engine.Records;
using EtlTools.Engine.Transform;

namespace EtlTools.Engine.Load.SqlServer;

/// <summary>Turns a record's values into what the bulk copy sends, or says why that cannot be. Nothing is lost but fractions of
/// a second finer than the column holds, which are rounded as the server does.</summary>
internal static class SqlServerConverter
{
    private const decimal MaxMoney = 922_337_203_685_477.5807m;
    private const decimal MaxSmallMoney = 214_748.3647m;
    private const int MoneyScale = 4;

    /// <summary>The most digits that a <see cref="decimal"/> always holds.</summary>
    private const int DecimalDigits = 28;

    private static readonly DateTime MinDateTime = new(1753, 1, 1);
    private static readonly DateTime MinSmallDateTime = new(1900, 1, 1);
    private static readonly DateTime MaxSmallDateTime = new(2079, 6, 6, 23, 59, 0);

    private const string TooLong = "is too short for the text";
    private const string Rounds = "would round the number";
    private const string NotInCodePage = "has a collation that lacks a character of the text; declare the column nvarchar";

    /// <summary>Converts one value.</summary>
    /// <returns>Null, or what the column does that stands against it, as a clause.</returns>
    public static string? Convert(object? source, SqlServerColumn column, out object? value)
    {
        SqlServerType type = column.Type;
        value = null;
        return source is null or DBNull ? null : type.Kind switch
        {
            SqlServerKind.Bit => To(source, ColumnType.Bool, type, out value),
            SqlServerKind.TinyInt => ToInteger(source, type, byte.MinValue, byte.MaxValue, static n => (byte)n, out value),
            SqlServerKind.SmallInt => ToInteger(source, type, short.MinValue, short.MaxValue, static n => (short)n, out value),
            SqlServerKind.Int => To(source, ColumnType.Int, type, out value),
            SqlServerKind.BigInt => To(source, ColumnType.Long, type, out value),
            SqlServerKind.Decimal => ToDecimal(source, type, out value),
            SqlServerKind.Money => ToMoney(source, type, MaxMoney, out value),
            SqlServerKind.SmallMoney => ToMoney(source, type, MaxSmallMoney, out value),
            SqlServerKind.Float => ToDouble(source, type, out value),
            SqlServerKind.Real => ToSingle(source, type, out value),
            SqlServerKind.Guid => To(source, ColumnType.Guid, type, out value),
            SqlServerKind.Date => ToDate(source, type, out value),
            SqlServerKind.Time => ToTime(source, type, out value),
            SqlServerKind.DateTime => ToDateTime(source, type, MinDateTime, DateTime.MaxValue, out value),
            SqlServerKind.SmallDateTime => ToDateTime(source, type, MinSmallDateTime, MaxSmallDateTime, out value),
            SqlServerKind.DateTime2 => ToDateTime(source, type, DateTime.MinValue, DateTime.MaxValue, out value),
            SqlServerKind.DateTimeOffset => ToOffset(source, type, out value),
            SqlServerKind.Unicode => ToUnicode(source, type, out value),
            SqlServerKind.CodePage => ToCodePage(source, column, out value),
            SqlServerKind.Binary => ToBinary(source, type, out value),
            SqlServerKind.Xml => ToXml(source, type, out value),
            _ => "has a type that cannot be loaded",
        };
    }

    private static string Wrong(SqlServerType type) => type.Kind switch
    {
        SqlServerKind.Bit => "takes true and false only",
        SqlServerKind.TinyInt or SqlServerKind.SmallInt or SqlServerKind.Int or SqlServerKind.BigInt => "takes whole numbers of its range only",
        SqlServerKind.Decimal or SqlServerKind.Money or SqlServerKind.SmallMoney or SqlServerKind.Float or SqlServerKind.Real =>
            "takes numbers of its range only",
        SqlServerKind.Date => "takes dates without a time only",
        SqlServerKind.Time => "takes times of day only",
        SqlServerKind.DateTime or SqlServerKind.SmallDateTime or SqlServerKind.DateTime2 or SqlServerKind.DateTimeOffset =>
            "takes dates and times of its range only",
        SqlServerKind.Guid => "takes GUIDs only",
        SqlServerKind.Binary => "takes bytes only, or text such as 0x00FF",
        SqlServerKind.Xml => "takes well-formed XML only",
        _ => "takes text and single values only",
    };

    private static string? To(object source, ColumnType target, SqlServerType type, out object? value) =>
        ValueConversion.TryConvert(source, target, out value) && value is not null ? null : Wrong(type);

    private static string? ToInteger(object source, SqlServerType type, long min, long max, Func<long, object> narrow, out object? value)
    {
        string? problem = To(source, ColumnType.Long, type, out value);
        if (problem is not null)
            return problem;
        long n = (long)value!;
        value = n >= min && n <= max ? narrow(n) : null;
        return value is null ? Wrong(type) : null;
    }

    private static string? ToDecimal(object source, SqlServerType type, out object? value)
    {
        if (To(source, ColumnType.Decimal, type, out value) is not null)
            return ToLongDecimal(source, type, out value);
        decimal n = (decimal)value!;
        if (type.Scale < DecimalDigits && decimal.Round(n, type.Scale) != n)
            return Rounds;
        int whole = type.Precision - type.Scale;
        return whole > DecimalDigits || Math.Abs(decimal.Truncate(n)) < Power(whole) ? null : Wrong(type);
    }

    /// <summary>A number of more digits than a .NET decimal has.</summary>
    private static string? ToLongDecimal(object source, SqlServerType type, out object? value)
    {
        value = null;
        if (type.Precision <= DecimalDigits || !ValueConversion.TryConvert(source, ColumnType.String, out object? text) || text is not string digits)
            return Wrong(type);
        digits = digits.Trim();
        try
        {
            var number = SqlDecimal.Parse(digits);
            SqlDecimal fitted = SqlDecimal.ConvertToPrecScale(number, type.Precision, type.Scale);
            if (!(fitted == number).IsTrue)
                return Rounds;
            value = fitted;
            return null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or SqlTypeException)
        {
            return Wrong(type);
        }
    }

    private static string? ToMoney(object source, SqlServerType type, decimal max, out object? value)
    {
        string? problem = To(source, ColumnType.Decimal, type, out value);
        if (problem is not null)
            return problem;
        decimal n = (decimal)value!;
        // The smallest one is one unit further from zero.
        return decimal.Round(n, MoneyScale) != n ? Rounds : n <= max && n >= -max - 0.0001m ? null : Wrong(type);
    }

    private static string? ToDouble(object source, SqlServerType type, out object? value) =>
        To(source, ColumnType.Double, type, out value) ?? (double.IsFinite((double)value!) ? null : Wrong(type));

    private static string? ToSingle(object source, SqlServerType type, out object? value)
    {
        string? problem = ToDouble(source, type, out value);
        if (problem is not null)
            return problem;
        float n = (float)(double)value!;
        value = n;
        return float.IsFinite(n) ? null : Wrong(type);
    }

    private static string? ToDate(object source, SqlServerType type, out object? value)
    {
        string? problem = To(source, ColumnType.Date, type, out value);
        if (problem is null)
            value = ((DateOnly)value!).ToDateTime(TimeOnly.MinValue);
        return problem;
    }

    private static string? ToTime(object source, SqlServerType type, out object? value)
    {
        string? problem = To(source, ColumnType.Time, type, out value);
        if (problem is null)
            value = new TimeSpan(Math.Min(Round(((TimeOnly)value!).Ticks, type.Scale), TimeSpan.TicksPerDay - Unit(type.Scale)));
        return problem;
    }

    private static string? ToDateTime(object source, SqlServerType type, DateTime min, DateTime max, out object? value)
    {
        string? problem = To(source, ColumnType.DateTime, type, out value);
        if (problem is not null)
            return problem;
        var time = (DateTime)value!;
        // datetime and smalldatetime have steps of their own, to which the driver rounds.
        if (type.Kind == SqlServerKind.DateTime2)
            time = new DateTime(Math.Min(Round(time.Ticks, type.Scale), DateTime.MaxValue.Ticks + 1 - Unit(type.Scale)));
        value = DateTime.SpecifyKind(time, DateTimeKind.Unspecified);
        return time >= min && time <= max ? null : Wrong(type);
    }

    private static string? ToOffset(object source, SqlServerType type, out object? value)
    {
        string? problem = To(source, ColumnType.DateTimeOffset, type, out value);
        if (problem is not null)
            return problem;
        var time = (DateTimeOffset)value!;
        long ticks = Math.Min(Round(time.UtcTicks, type.Scale), DateTime.MaxValue.Ticks + 1 - Unit(type.Scale));
        value = new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(time.Offset);
        return null;
    }

    private static string? ToUnicode(object source, SqlServerType type, out object? value)
    {
        string? problem = To(source, ColumnType.String, type, out value);
        return problem ?? (type.MaxLength < 0 || ((string)value!).Length <= type.MaxLength ? null : TooLong);
    }

    private static string? ToCodePage(object source, SqlServerColumn column, out object? value)
    {
        string? problem = To(source, ColumnType.String, column.Type, out value);
        if (problem is not null)
            return problem;
        string text = (string)value!;
        int length = text.Length;
        if (!Ascii.IsValid(text) && column.Encoding is { } encoding)
        {
            try
            {
                length = encoding.GetByteCount(text);
            }
            catch (EncoderFallbackException)
            {
                return NotInCodePage;
            }
        }
        return column.Type.MaxLength < 0 || length <= column.Type.MaxLength ? null : TooLong;
    }

    private static string? ToBinary(object source, SqlServerType type, out object? value)
    {
        value = source as byte[];
        if (source is string text && text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && text.Length % 2 == 0
            && !text.AsSpan(2).ContainsAnyExcept(HexDigits))
        {
            value = System.Convert.FromHexString(text.AsSpan(2));
        }
        return value is not byte[] bytes ? Wrong(type) : type.MaxLength < 0 || bytes.Length <= type.MaxLength ? null : "is too short for the bytes";
    }

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");

    private static string? ToXml(object source, SqlServerType type, out object? value)
    {
        string? text = source switch
        {
            string s => s,
            XmlNode node => node.OuterXml,
            XNode node => node.ToString(SaveOptions.DisableFormatting),
            _ => null,
        };
        value = null;
        if (text is null)
            return Wrong(type);
        try
        {
            using var reader = XmlReader.Create(new StringReader(text), new XmlReaderSettings { ConformanceLevel = ConformanceLevel.Fragment, DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
            }
        }
        catch (XmlException)
        {
            return Wrong(type);
        }
        // What is sent is UTF-16: the declaration of another encoding would be refused, and the server keeps none.
        int end = text.StartsWith("<?xml ", StringComparison.Ordinal) ? text.IndexOf("?>", StringComparison.Ordinal) + 2 : 0;
        value = text[end..];
        return null;
    }

    private static decimal Power(int exponent)
    {
        decimal power = 1;
        for (int i = 0; i < exponent; i++)
            power *= 10;
        return power;
    }

    /// <summary>The ticks of the smallest step of a scale.</summary>
    private static long Unit(int scale) => (long)Power(7 - scale);

    private static long Round(long ticks, int scale)
    {
        long unit = Unit(scale);
        return (ticks + (unit / 2)) / unit * unit;
    }
}
