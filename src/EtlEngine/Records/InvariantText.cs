using System.Globalization;

namespace EtlTools.Engine.Records;

/// <summary>The text of a value that is the same whatever the culture.</summary>
internal static class InvariantText
{
    /// <summary>The text: moments as ISO 8601, all else as .NET writes it; empty for null.</summary>
    public static string Of(object? value) => value switch
    {
        DateTime or DateTimeOffset or DateOnly or TimeOnly => ((IFormattable)value).ToString("O", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
    };
}
