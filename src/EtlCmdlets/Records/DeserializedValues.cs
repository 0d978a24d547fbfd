using System.Globalization;
using System.Management.Automation;
using System.Numerics;

namespace EtlTools.Cmdlets;

/// <summary>Values that have come from a job, a remote session or CLIXML. PowerShell keeps the types it knows; of others it makes objects
/// with the original's properties and text, and of enums numbers. Here they become the values that they were.</summary>
internal static class DeserializedValues
{
    private const string Prefix = "Deserialized.";
    private const string CustomName = Prefix + "System.Management.Automation.PSCustomObject";
    private const string EnumName = Prefix + "System.Enum";

    /// <summary>The original value; null if the value is none of these.</summary>
    public static object? Restore(PSObject value) => value.BaseObject switch
    {
        PSCustomObject => FromProperties(value),
        sbyte or byte or short or ushort or int or uint or long or ulong => FromNumber(value),
        _ => null,
    };

    private static object? FromProperties(PSObject value) => value.TypeNames.Count == 0 ? null : value.TypeNames[0] switch
    {
        Prefix + "System.DateTimeOffset" when value.Properties["DateTime"]?.Value is DateTime time && value.Properties["Offset"]?.Value is TimeSpan offset =>
            new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Unspecified), offset),
        Prefix + "System.DateOnly" when value.Properties["DayNumber"]?.Value is int day => DateOnly.FromDayNumber(day),
        Prefix + "System.TimeOnly" when value.Properties["Ticks"]?.Value is long ticks => new TimeOnly(ticks),
        Prefix + "System.Numerics.BigInteger" when BigInteger.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, NumberFormatInfo.InvariantInfo, out BigInteger number) => number,
        // An object without anything but its text.
        string name when name.StartsWith(Prefix, StringComparison.Ordinal) && name != CustomName && !value.Properties.Any() => value.ToString(),
        _ => null,
    };

    /// <summary>An enum whose type is not known here becomes its name.</summary>
    private static object? FromNumber(PSObject value)
    {
        if (!value.TypeNames.Contains(EnumName))
            return null;
        return LanguagePrimitives.TryConvertTo(value.TypeNames[0][Prefix.Length..], out Type type) && type.IsEnum ? Enum.ToObject(type, value.BaseObject) : value.ToString();
    }
}
