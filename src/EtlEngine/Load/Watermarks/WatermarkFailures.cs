using EtlTools.Engine.Records;

namespace EtlTools.Engine.Load;

/// <summary>What can be wrong with a watermark.</summary>
internal static class WatermarkFailures
{
    public static EtlException InUse(string name) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run loads with -WatermarkName '{name}' at this moment. Wait for its end, or give this load a name of its own.");

    public static EtlException Moved(Watermark now) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run has moved the watermark '{now.Name}' of '{now.Source}' since this one was told where to go on. Nothing was loaded. Read the watermark again and run again: it goes on where the other one ended.");
}
