using System.Globalization;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a number of calls a second, or a text such as 100/min or 5000/h.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class RateArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        if (given is not string text || !text.Contains('/', StringComparison.Ordinal))
            return given;
        string[] parts = text.Split('/', 2, StringSplitOptions.TrimEntries);
        double seconds = parts[1].ToLowerInvariant() switch
        {
            "s" or "sec" or "second" => 1,
            "m" or "min" or "minute" => 60,
            "h" or "hour" => 3600,
            "d" or "day" => 86400,
            _ => 0,
        };
        return seconds > 0 && double.TryParse(parts[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double calls) && calls > 0
            ? calls / seconds
            : throw new ArgumentTransformationMetadataException($"'{text}' is not a rate. Write calls a second, or such as 5/s, 100/min, 5000/h or 10000/day.");
    }
}
