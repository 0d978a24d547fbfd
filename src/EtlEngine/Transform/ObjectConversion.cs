using System.Globalization;
using System.Numerics;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>Converts objects other than texts. Returns null if a value would be lost or changed.</summary>
internal static class ObjectConversion
{
    private static readonly BigInteger SmallestDecimal = (BigInteger)decimal.MinValue;
    private static readonly BigInteger LargestDecimal = (BigInteger)decimal.MaxValue;

    public static object? Convert(object value, ColumnType type, ConversionOptions options) => type switch
    {
        ColumnType.String => ToText(value),
        ColumnType.Int => value is int ? value : ToInteger(value) is { } i && i >= int.MinValue && i <= int.MaxValue ? (int)i : null,
        ColumnType.Long => value is long ? value : value is int small ? (long)small : ToInteger(value) is { } l && l >= long.MinValue && l <= long.MaxValue ? (long)l : null,
        ColumnType.Decimal => value is decimal ? value : ToDecimal(value),
        ColumnType.Double => value is double ? value : ToDouble(value),
        ColumnType.Bool => value is bool ? value : ToBool(value),
        ColumnType.DateTime or ColumnType.DateTimeOffset or ColumnType.Date when (options.NamedFormats & NamedFormats.Numbers) != 0 && IsNumber(value) =>
            ToNamedDate(value, type, options),
        ColumnType.DateTime => ToUtc(value, options.TimeZone),
        ColumnType.DateTimeOffset => ToOffset(value, options.TimeZone),
        ColumnType.Date => ToDate(value),
        ColumnType.Time => ToTime(value),
        ColumnType.Guid => value as Guid?,
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    private static string? ToText(object value) => value switch
    {
        bool b => b ? "true" : "false",
        char c => c.ToString(),
        JsonValue nested => nested.ToString(),
        DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan or Guid or Enum => InvariantText.Of(value),
        _ => IsNumber(value) ? InvariantText.Of(value) : null,
    };

    private static bool IsNumber(object value) =>
        value is sbyte or byte or short or ushort or int or uint or long or ulong or Int128 or UInt128 or BigInteger
            or decimal or double or float or Half;

    /// <summary>A number that is a date in a named format, by its invariant text.</summary>
    private static object? ToNamedDate(object value, ColumnType type, ConversionOptions options) =>
        ToText(value) is { } text && ValueConversion.TryConvert(text.AsSpan(), type, out object? date, NumbersOnly(options)) ? date : null;

    private static ConversionOptions NumbersOnly(ConversionOptions options) =>
        options.HasCulture || options.NumberNotation != NumberNotations.Plain
            ? options with { Culture = CultureInfo.InvariantCulture, NumberNotation = NumberNotations.Plain }
            : options;

    private static BigInteger? ToInteger(object value) => value switch
    {
        Enum e => ToInteger(System.Convert.ChangeType(e, Enum.GetUnderlyingType(e.GetType()), CultureInfo.InvariantCulture)),
        sbyte n => n,
        byte n => n,
        short n => n,
        ushort n => n,
        int n => n,
        uint n => n,
        long n => n,
        ulong n => n,
        Int128 n => n,
        UInt128 n => n,
        BigInteger n => n,
        decimal n => decimal.Truncate(n) == n ? (BigInteger)n : null,
        double n => double.IsFinite(n) && Math.Truncate(n) == n ? (BigInteger)n : null,
        float n => ToInteger((double)n),
        Half n => ToInteger((double)n),
        _ => null,
    };

    private static object? ToDecimal(object value)
    {
        switch (value)
        {
            case int n:
                return (decimal)n;
            case long n:
                return (decimal)n;
            case double or float or Half:
                // By the shortest text that gives the same number; a cast would cut it to 15 digits.
                string text = ((IFormattable)value).ToString("R", CultureInfo.InvariantCulture);
                if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal exact))
                    return null;
                string back = exact.ToString(CultureInfo.InvariantCulture);
                return double.Parse(back, CultureInfo.InvariantCulture).Equals(double.Parse(text, CultureInfo.InvariantCulture)) ? exact : null;
            default:
                return ToInteger(value) is { } whole && whole >= SmallestDecimal && whole <= LargestDecimal ? (decimal)whole : null;
        }
    }

    private static object? ToDouble(object value)
    {
        switch (value)
        {
            case float f:
                return (double)f;
            case Half h:
                return (double)h;
            case decimal m:
                double near = (double)m;
                string text = near.ToString("R", CultureInfo.InvariantCulture);
                return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal back) && back == m ? near : null;
            default:
                return ToInteger(value) is { } n && double.IsFinite((double)n) && (BigInteger)(double)n == n ? (double)n : null;
        }
    }

    private static bool? ToBool(object value)
    {
        BigInteger? n = ToInteger(value);
        return n == 1 ? true : n == 0 ? false : null;
    }

    private static object? ToUtc(object value, TimeZoneInfo zone) => value switch
    {
        DateTime { Kind: DateTimeKind.Utc } => value,
        DateTime { Kind: DateTimeKind.Local } t => t.ToUniversalTime(),
        DateTimeOffset t => t.UtcDateTime,
        _ => ToOffset(value, zone) is DateTimeOffset t ? t.UtcDateTime : null,
    };

    private static object? ToOffset(object value, TimeZoneInfo zone) => value switch
    {
        DateTimeOffset => value,
        DateTime { Kind: DateTimeKind.Local } t => DateText.TryAt(t, TimeZoneInfo.Local.GetUtcOffset(t), out DateTimeOffset o) ? o : null,
        DateTime { Kind: DateTimeKind.Utc } t => new DateTimeOffset(t),
        DateTime t => DateText.TryInZone(t, zone, out DateTimeOffset o) ? o : null,
        DateOnly d => DateText.TryInZone(d.ToDateTime(TimeOnly.MinValue), zone, out DateTimeOffset o) ? o : null,
        _ => null,
    };

    private static object? ToDate(object value) => value switch
    {
        DateOnly => value,
        DateTime t when t.TimeOfDay == TimeSpan.Zero => DateOnly.FromDateTime(t),
        DateTimeOffset t when t.TimeOfDay == TimeSpan.Zero => DateOnly.FromDateTime(t.DateTime),
        _ => null,
    };

    private static object? ToTime(object value) => value switch
    {
        TimeOnly => value,
        TimeSpan t when t >= TimeSpan.Zero && t < TimeSpan.FromDays(1) => TimeOnly.FromTimeSpan(t),
        _ => null,
    };
}
