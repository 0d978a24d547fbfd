using EtlTools.Engine.Records;
using EtlTools.Engine.Stages;

namespace EtlTools.Engine.Load;

/// <summary>The errors of watermarks.</summary>
internal static class WatermarkFailures
{
    public static EtlException InUse(string name) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run is using -WatermarkName '{name}'. Wait until it has ended, or give this load a name of its own.{Abandoned}");

    /// <summary>Where another run of this process is active: how to end one that a script has left behind.</summary>
    private static string Abandoned => LiveRuns.Book.Live.Count > 1 ? " If Get-EtlRun lists it as Running, though its command has ended, end it with Stop-EtlPipeline -Drop." : "";

    public static EtlException NoTime(string column, Record record) => new(
        FailureCodes.InvalidParameter, FailureKind.InvalidCall,
        $"-WatermarkLag needs a time in -WatermarkColumn, and '{column}' has none in the record {record.Position}: it is a number, or a text that does not begin like 2026-01-31. Make it a time with Invoke-EtlTransform -Type, or leave out -WatermarkLag and subtract it from the watermark's value where you use that.");

    public static EtlException NotChanged(Watermark watermark, EtlException cause) => new(
        cause.Code, cause.Kind,
        $"A load is using the watermark '{watermark.Name}' of '{watermark.Source}', and its next batch would undo the change. Nothing was changed. Stop the load or wait until it has ended, and run the command again.", cause);

    public static EtlException Moved(Watermark now) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run has moved the watermark '{now.Name}' of '{now.Source}' since this run read it. Nothing was loaded. Run both commands again, Get-EtlWatermark and the load: they continue where the other run ended.");
}
