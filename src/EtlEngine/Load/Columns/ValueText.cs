using System.Globalization;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The text of single values, which reads back as the same value whatever the culture.</summary>
internal static class ValueText
{
    public const string DateTime = "yyyy-MM-dd HH:mm:ss.FFFFFFF";
    public const string DateTimeOffset = "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz";
    public const string Date = "yyyy-MM-dd";
    public const string Time = "HH:mm:ss.FFFFFFF";

    /// <summary>The text; null for a value that has none, such as bytes and objects.</summary>
    public static string? Of(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => time.ToString(DateTime, CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString(DateTimeOffset, CultureInfo.InvariantCulture),
        DateOnly day => day.ToString(Date, CultureInfo.InvariantCulture),
        TimeOnly clock => clock.ToString(Time, CultureInfo.InvariantCulture),
        JsonValue json => json.ToString(),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
