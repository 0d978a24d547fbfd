using System.Globalization;
using System.Management.Automation;

namespace EtlTools.Cmdlets.Arguments;

/// <summary>Takes a plain number as seconds; PowerShell by itself would take it as ticks of 100 ns.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationArgumentAttribute : ArgumentTransformationAttribute
{
    private const int MaxDays = 49;

    /// <summary>Whether a duration may also be zero, or longer than a timer can wait.</summary>
    public bool IsLag { get; init; }

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
            _ => TimeSpan.MinValue,
        };
        bool isGood = IsLag ? duration >= TimeSpan.Zero : duration > TimeSpan.Zero && duration <= TimeSpan.FromDays(MaxDays);
        return isGood
            ? duration
            : throw new ArgumentTransformationMetadataException($"'{given}' is not a duration. Write seconds, or hours:minutes:seconds such as 00:45:00{(IsLag ? "" : $"; at most {MaxDays} days")}.");
    }

    private static TimeSpan OfSeconds(double seconds) => seconds >= 0 && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : TimeSpan.MinValue;
}
