using System.Globalization;

namespace EtlTools.Engine.Transform.Rules;

/// <summary>A range of numbers, or of dates and times. It includes both ends; null means no limit.</summary>
internal sealed class ValueRange
{
    private readonly bool _isOfDates;
    private readonly decimal? _least;
    private readonly decimal? _most;
    private readonly string _text;
    private readonly ConversionOptions _conversion;

    private ValueRange(bool isOfDates, decimal? least, decimal? most, string text, ConversionOptions conversion)
    {
        _conversion = conversion;
        _isOfDates = isOfDates;
        _least = least;
        _most = most;
        _text = text;
    }

    /// <summary>Creates a range.</summary>
    /// <param name="least">A number, a date, a text of either in the default format but in the given time zone, or null.</param>
    /// <param name="most">The same.</param>
    /// <param name="conversion">The options for converting the checked texts.</param>
    /// <exception cref="ArgumentException">The ends are not numbers or dates, do not match, or are both null.</exception>
    public static ValueRange Create(object? least, object? most, ConversionOptions conversion)
    {
        if (least is null && most is null)
            throw new ArgumentException("a range needs at least one end");
        var ends = new ConversionOptions { TimeZone = conversion.TimeZone };
        bool numbers = TryReadEnds(least, most, ColumnType.Decimal, ends, out decimal? from, out decimal? to);
        if (!numbers && !TryReadEnds(least, most, ColumnType.DateTime, ends, out from, out to))
            throw new ArgumentException("its ends must be two numbers, or two dates");
        if (from > to)
            throw new ArgumentException("its first end is larger than its second");
        string text = FormattableString.Invariant($"{Show(least)} to {Show(most)}");
        return new ValueRange(!numbers, from, to, text, conversion);
    }

    /// <summary>What a value breaks, or null.</summary>
    internal string? Check(in Field field)
    {
        ColumnType type = _isOfDates ? ColumnType.DateTime : ColumnType.Decimal;
        if (!_isOfDates && TryGetDouble(field, out double real))
            return (_least is null || real >= (double)_least) && (_most is null || real <= (double)_most) ? null : Outside;
        bool known = field.IsText
            ? ValueConversion.TryConvert(field.Text, type, out object? value, _conversion)
            : ValueConversion.TryConvert(field.Value, type, out value, _conversion);
        if (!known)
            return $"is not a {(_isOfDates ? "date" : "number")}, as -Range {_text} requires";
        return value is null || (!(Position(value) < _least) && !(Position(value) > _most)) ? null : Outside;
    }

    private string Outside => $"is outside -Range {_text}";

    /// <summary>Floating-point numbers outside a decimal's range or precision are compared as they are.</summary>
    private static bool TryGetDouble(in Field field, out double real)
    {
        switch (field.Value)
        {
            case double d:
                real = d;
                return true;
            case float f:
                real = f;
                return true;
            default:
                real = 0;
                return false;
        }
    }

    private static bool TryReadEnds(object? least, object? most, ColumnType type, ConversionOptions conversion, out decimal? from, out decimal? to)
    {
        to = null;
        return TryReadEnd(least, type, conversion, out from) && TryReadEnd(most, type, conversion, out to);
    }

    private static bool TryReadEnd(object? end, ColumnType type, ConversionOptions conversion, out decimal? position)
    {
        position = null;
        if (end is null)
            return true;
        if (!ValueConversion.TryConvert(end, type, out object? value, conversion) || value is null)
            return false;
        position = Position(value);
        return true;
    }

    private static decimal Position(object value) => value is DateTime time ? time.Ticks : (decimal)value;

    private static string Show(object? end) => end is null ? "…" : Convert.ToString(end, CultureInfo.InvariantCulture)!;
}
