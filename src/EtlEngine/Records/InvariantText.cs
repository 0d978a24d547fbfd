using System.Globalization;

namespace EtlTools.Engine.Records;

/// <summary>The culture-independent text of a value.</summary>
internal static class InvariantText
{
    /// <summary>The text: ISO 8601 for times, .NET's invariant format for everything else; empty for null.</summary>
    public static string Of(object? value) => value switch
    {
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>The text of a number for comparing: without zeros at its end.</summary>
    public static string KeyOf(decimal number) => number.ToString("G29", CultureInfo.InvariantCulture);
}
