using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>The errors of watermarks.</summary>
internal static class WatermarkFailures
{
    public static EtlException InUse(string name) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run is using -WatermarkName '{name}'. Wait until it has ended, or give this load a name of its own.");

    public static EtlException NotChanged(Watermark watermark, EtlException cause) => new(
        cause.Code, cause.Kind,
        $"A load is using the watermark '{watermark.Name}' of '{watermark.Source}', and its next batch would undo the change. Nothing was changed. Stop the load or wait until it has ended, and run the command again.", cause);

    public static EtlException Moved(Watermark now) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run has moved the watermark '{now.Name}' of '{now.Source}' since this run read it. Nothing was loaded. Run both commands again, Get-EtlWatermark and the load: they continue where the other run ended.");
}
