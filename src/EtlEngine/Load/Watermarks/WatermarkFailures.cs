namespace EtlTools.Engine.Load;

/// <summary>What can be wrong with a watermark.</summary>
internal static class WatermarkFailures
{
    public static EtlException InUse(string name) => new(
        FailureCodes.WatermarkInUse, FailureKind.Unavailable,
        $"Another run loads with -WatermarkName '{name}' at this moment. Wait for its end, or give this load a name of its own.");
}
