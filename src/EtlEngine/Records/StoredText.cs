using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;

namespace EtlTools.Engine.Records;

/// <summary>The text of a single value, which reads back as the same value in any culture.</summary>
internal static class StoredText
{
    public const string DateTime = "yyyy-MM-dd HH:mm:ss.FFFFFFF";
    public const string DateTimeOffset = "yyyy-MM-dd HH:mm:ss.FFFFFFFzzz";
    public const string Date = "yyyy-MM-dd";
    public const string Time = "HH:mm:ss.FFFFFFF";

    /// <summary>Converts a time in the computer's zone to UTC, so that an instant is always stored as the same value. A time without a zone
    /// stays as it is.</summary>
    public static DateTime AsUtc(DateTime time) => time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time;

    /// <summary>The text; null for a value that has none, such as bytes and objects.</summary>
    public static string? Of(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => AsUtc(time).ToString(DateTime, CultureInfo.InvariantCulture),
        DateTimeOffset time => time.ToString(DateTimeOffset, CultureInfo.InvariantCulture),
        DateOnly day => day.ToString(Date, CultureInfo.InvariantCulture),
        TimeOnly clock => clock.ToString(Time, CultureInfo.InvariantCulture),
        JsonValue json => json.ToString(),
        XmlNode xml => xml.OuterXml,
        FileSystemInfo file => file.FullName,
        Regex pattern => pattern.ToString(),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
