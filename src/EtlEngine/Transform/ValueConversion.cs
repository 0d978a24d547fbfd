using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Transform;

/// <summary>
/// Converts values to column types, by invariant culture and without loss. An empty text is null, except as a string.
/// Failing is an answer here, never an exception.
/// </summary>
public static class ValueConversion
{
    private const NumberStyles Whole = NumberStyles.AllowLeadingSign;
    private const DateTimeStyles InUtc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>The digits that a decimal always holds exactly.</summary>
    private const int MaxDecimalDigits = 28;

    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>Converts a text.</summary>
    /// <param name="text">The text; white space around it is allowed but for strings.</param>
    /// <param name="type">The type wanted.</param>
    /// <param name="value">The value; null for an empty text of any type but string.</param>
    /// <returns>False when the text is no such value.</returns>
    public static bool TryConvert(ReadOnlySpan<char> text, ColumnType type, out object? value)
    {
        if (type == ColumnType.String)
        {
            value = text.ToString();
            return true;
        }
        value = null;
        if (text.IsEmpty)
            return true;
        text = text.Trim();
        value = type switch
        {
            ColumnType.Int => int.TryParse(text, Whole, Culture, out int i) ? i : null,
            ColumnType.Long => long.TryParse(text, Whole, Culture, out long l) ? l : null,
            ColumnType.Decimal => CountDigits(text) <= MaxDecimalDigits && decimal.TryParse(text, NumberStyles.Float, Culture, out decimal m) ? m : null,
            ColumnType.Double => double.TryParse(text, NumberStyles.Float, Culture, out double d) && double.IsFinite(d) ? d : null,
            ColumnType.Float => float.TryParse(text, NumberStyles.Float, Culture, out float f) && float.IsFinite(f) ? f : null,
            ColumnType.Bool => ParseBool(text),
            ColumnType.DateTime => HasYear(text) && DateTime.TryParse(text, Culture, InUtc, out DateTime t) ? t : null,
            ColumnType.DateTimeOffset => HasYear(text) && DateTimeOffset.TryParse(text, Culture, DateTimeStyles.AssumeUniversal, out DateTimeOffset o) ? o : null,
            ColumnType.Date => HasYear(text) && DateOnly.TryParse(text, Culture, out DateOnly day) ? day : null,
            ColumnType.Time => text.Contains(':') && TimeOnly.TryParse(text, Culture, out TimeOnly time) ? time : null,
            ColumnType.Guid => Guid.TryParse(text, out Guid g) ? g : null,
            _ => null,
        };
        return value is not null;
    }

    /// <summary>Converts any value; null stays null.</summary>
    /// <param name="given">The value.</param>
    /// <param name="type">The type wanted.</param>
    /// <param name="value">The value in that type.</param>
    /// <returns>False when the value has no exact form in that type.</returns>
    public static bool TryConvert(object? given, ColumnType type, out object? value)
    {
        switch (given)
        {
            case null:
                value = null;
                return true;
            case string text:
                return TryConvert(text.AsSpan(), type, out value);
            case IFormattable or bool when type == ColumnType.String:
                value = ToText(given);
                return true;
            case DateTime moment when type == ColumnType.DateTimeOffset:
                value = new DateTimeOffset(moment.Kind == DateTimeKind.Local ? moment : System.DateTime.SpecifyKind(moment, DateTimeKind.Utc));
                return true;
            case DateTimeOffset moment when type == ColumnType.DateTime:
                value = moment.UtcDateTime;
                return true;
            case DateTime moment when type == ColumnType.Date && moment.TimeOfDay == TimeSpan.Zero:
                value = DateOnly.FromDateTime(moment);
                return true;
            case DateOnly day when type == ColumnType.DateTime:
                value = day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
                return true;
            case TimeSpan time when type == ColumnType.Time && time >= TimeSpan.Zero && time < TimeSpan.FromDays(1):
                value = TimeOnly.FromTimeSpan(time);
                return true;
        }
        if (IsOf(given, type))
        {
            value = given;
            return true;
        }
        if (given is IConvertible and not (string or DateTime or char) && type is >= ColumnType.Int and <= ColumnType.Bool)
            return TryConvert(ToText(given).AsSpan(), type, out value) && value is not null;
        value = null;
        return false;
    }

    /// <summary>A value's text by invariant culture, from which it can be read back.</summary>
    public static string ToText(object value) => value switch
    {
        string text => text,
        bool b => b ? "true" : "false",
        System.DateTime or System.DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", Culture),
        IFormattable formattable => formattable.ToString(null, Culture),
        _ => value.ToString() ?? "",
    };

    private static bool IsOf(object value, ColumnType type) => type switch
    {
        ColumnType.Int => value is int,
        ColumnType.Long => value is long,
        ColumnType.Decimal => value is decimal,
        ColumnType.Double => value is double,
        ColumnType.Float => value is float,
        ColumnType.Bool => value is bool,
        ColumnType.DateTime => value is System.DateTime,
        ColumnType.DateTimeOffset => value is System.DateTimeOffset,
        ColumnType.Date => value is DateOnly,
        ColumnType.Time => value is TimeOnly,
        ColumnType.Guid => value is System.Guid,
        _ => false,
    };

    /// <summary>The significant digits of a number's text; an exponent's do not count.</summary>
    private static int CountDigits(ReadOnlySpan<char> text)
    {
        int digits = 0;
        foreach (char c in text)
        {
            if (c is 'e' or 'E')
                break;
            if (char.IsAsciiDigit(c) && (digits > 0 || c != '0'))
                digits++;
        }
        return digits;
    }

    /// <summary>True where four digits stand together: .NET also reads "1.5" as a day of this year, and two digits as a year.</summary>
    private static bool HasYear(ReadOnlySpan<char> text)
    {
        int run = 0;
        foreach (char c in text)
        {
            run = char.IsAsciiDigit(c) ? run + 1 : 0;
            if (run == 4)
                return true;
        }
        return false;
    }

    private static bool? ParseBool(ReadOnlySpan<char> text)
    {
        foreach (string yes in (ReadOnlySpan<string>)["true", "1", "yes", "y", "t"])
        {
            if (text.Equals(yes, StringComparison.OrdinalIgnoreCase))
                return true;
        }
        foreach (string no in (ReadOnlySpan<string>)["false", "0", "no", "n", "f"])
        {
            if (text.Equals(no, StringComparison.OrdinalIgnoreCase))
                return false;
        }
        return null;
    }
}
