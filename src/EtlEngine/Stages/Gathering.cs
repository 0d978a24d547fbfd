namespace EtlTools.Engine.Stages;

/// <summary>How long records may be gathered before they are handed to a worker.</summary>
internal static class Gathering
{
    /// <summary>A chunk that has not been filled after one to two of these is handed over as it is.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);
}
