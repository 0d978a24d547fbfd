using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EtlTools.Engine.Load;

/// <summary>
/// A value of a load's watched column: a time, a number, or text. Text in the usual invariant form of a time or number is treated as such,
/// so that values compare in the same way before and after they are stored.
/// </summary>
internal sealed partial class WatermarkValue : IComparable<WatermarkValue>
{
    private static readonly FrozenSet<string> NoNumbers = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "NaN", "Infinity", "-Infinity");

    private readonly DateTimeOffset? _time;
    private readonly decimal? _number;
    private readonly string _text;

    private WatermarkValue(DateTimeOffset? time, decimal? number, string text)
    {
        _time = time;
        _number = number;
        _text = text;
    }

    /// <summary>Whether a field has no value to watch. NaN and infinity are none: nothing is greater, so nothing would be new any
    /// more.</summary>
    public static bool IsNone(object? value) => value switch
    {
        null or DBNull or "" => true,
        double number => !double.IsFinite(number),
        float number => !float.IsFinite(number),
        Half number => !Half.IsFinite(number),
        string text => NoNumbers.Contains(text),
        _ => false,
    };

    /// <summary>The value of a field, or null if it cannot be watched.</summary>
    public static WatermarkValue? Of(object? value) => value switch
    {
        _ when IsNone(value) => null,
        string text => Parse(text),
        DateTime time => new WatermarkValue(ToOffset(time), null, time.ToString("O", CultureInfo.InvariantCulture)),
        DateTimeOffset time => new WatermarkValue(time, null, time.ToString("O", CultureInfo.InvariantCulture)),
        DateOnly day => Parse(day.ToString("O", CultureInfo.InvariantCulture)),
        double or float => Parse(Convert.ToString(value, CultureInfo.InvariantCulture)!),
        IFormattable other => Parse(other.ToString(null, CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>Reads a value from its text.</summary>
    public static WatermarkValue? Parse(string text)
    {
        if (text.Length == 0)
            return null;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal number))
            return new WatermarkValue(null, number, text);
        // If a text is less than a complete date, .NET takes the rest from the clock.
        bool isDate = text.Length >= 10 && text[4] == '-' && text[7] == '-' && !text.AsSpan(0, 4).ContainsAnyExceptInRange('0', '9');
        return isDate && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? new WatermarkValue(time, null, text)
            : new WatermarkValue(null, null, text);
    }

    public int CompareTo(WatermarkValue? other) =>
        other is null ? 1
        : _time is { } time && other._time is { } otherTime ? time.CompareTo(otherTime)
        : _number is { } number && other._number is { } otherNumber ? number.CompareTo(otherNumber)
        : string.CompareOrdinal(_text, other._text);

    /// <summary>The text to store; for a time, the lag is subtracted. It keeps the form of the value's text, because a database compares
    /// texts by their characters. What the form has no place for, such as seconds, is cut off, which makes it earlier.</summary>
    public string Less(TimeSpan lag)
    {
        if (lag == TimeSpan.Zero || _time is not { } time)
            return _text;
        var earlier = new DateTimeOffset(time.Ticks > lag.Ticks ? time.Ticks - lag.Ticks : 0, time.Offset);
        return FormOfTime().Match(_text) is { Success: true } form
            ? earlier.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + Clock(earlier, form)
            : earlier.ToString(HasOffset ? "O" : "yyyy-MM-ddTHH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture);
    }

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => _number is not null;

    /// <summary>Whether it is a time.</summary>
    public bool IsTime => _time is not null;

    /// <summary>Whether it is a time in a text of which <see cref="Less"/> keeps the form.</summary>
    public bool IsTimeOfKnownForm => IsTime && FormOfTime().IsMatch(_text);

    private static string Clock(DateTimeOffset time, Match form)
    {
        if (!form.Groups["clock"].Success)
            return "";
        string clock = time.ToString(form.Groups["second"].Success ? "HH:mm:ss" : "HH:mm", CultureInfo.InvariantCulture);
        string decimals = time.ToString("fffffff", CultureInfo.InvariantCulture);
        int count = form.Groups["decimals"].Length;
        return $"{form.Groups["between"].Value}{clock}{(count == 0 ? "" : $".{decimals.PadRight(count, '0')[..count]}")}{form.Groups["zone"].Value}";
    }

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?<clock>(?<between>[T ])[0-9]{2}:[0-9]{2}(?<second>:[0-9]{2}(\.(?<decimals>[0-9]+))?)?(?<zone> ?(Z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FormOfTime();

    public override string ToString() => _text;

    private bool HasOffset => _text.EndsWith('Z') || (_text.Length > 19 && _text.AsSpan(19).IndexOfAny('+', '-') >= 0);

    private static DateTimeOffset ToOffset(DateTime time) =>
        time.Kind == DateTimeKind.Local ? new DateTimeOffset(time) : new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
