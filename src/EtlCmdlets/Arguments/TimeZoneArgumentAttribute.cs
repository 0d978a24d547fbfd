using System.Management.Automation;
using EtlTools.Engine;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a time zone by its IANA or Windows id, <c>Local</c> for the machine's own, or as it is.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeZoneArgumentAttribute : ArgumentTransformationAttribute
{
    private const string Local = "Local";

    /// <summary>The ids that tab completion offers.</summary>
    public static IEnumerable<string> Ids => TimeZoneInfo.GetSystemTimeZones().Select(zone => zone.Id).Prepend(Local);

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        if (given is null or TimeZoneInfo)
            return given;
        string id = given.ToString() ?? "";
        if (id.Equals(Local, StringComparison.OrdinalIgnoreCase))
            return TimeZoneInfo.Local;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(id, out TimeZoneInfo? zone))
            return zone;
        throw new ArgumentTransformationMetadataException(
            $"'{id}' is not a time zone. Use an id such as Europe/Berlin or 'W. Europe Standard Time', UTC, or Local.{NearName.Hint(id, Ids)}");
    }
}
