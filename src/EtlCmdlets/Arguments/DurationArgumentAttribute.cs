using System.Globalization;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a plain number as seconds; PowerShell by itself would take it as ticks of 100 ns.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationArgumentAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? given = ValueUnwrapper.Unwrap(inputData);
        TimeSpan duration = given switch
        {
            TimeSpan span => span,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) => OfSeconds(seconds),
            string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan span) => span,
            byte or short or int or long or float or double or decimal => OfSeconds(Convert.ToDouble(given, CultureInfo.InvariantCulture)),
            _ => TimeSpan.Zero,
        };
        return duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(49)
            ? duration
            : throw new ArgumentTransformationMetadataException($"'{given}' is not a duration. Write seconds, or hours:minutes:seconds such as 00:45:00; at most 49 days.");
    }

    private static TimeSpan OfSeconds(double seconds) => seconds is > 0 and < 5e6 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
}
